"""Logins and one's own account: /user/login, /user/refresh, /user/logout, /user/me.

A login gives an access token (a JWT, short-lived) and a refresh token (opaque, used once). The body
of a login has both, and both are set as cookies for pages. POST /user/refresh takes the refresh
token from the body, or from the cookie when a page of the same origin asks; a page gets the new
pair as cookies only, so that no script of a page ever holds a refreshed token.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web
from pydantic import Field, SecretStr
from uuid_utils.compat import uuid7

from chatstream.domain.accounts import check_name, is_handle
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.accounts import Account, AccountReader, SignupAnswers
from chatstream.ports.logins import (
    LoginAttempts,
    RevocationNews,
    Revoked,
    SessionStore,
    TokenIssuer,
)
from chatstream.ports.secrets import Passwords, Sealer, Successors
from chatstream.ports.wishes import WishSender
from chatstream.settings import Settings
from schemas import records, topics
from web.bodies import Shape, answer, read_body
from web.cookies import REFRESH_PATH
from web.copies import Copies
from web.limits import PerMinute
from web.middleware import EDGE, caller_address, caller_of, require_same_origin
from web.openapi import Route, operation

log = logging.getLogger(__name__)

TOLD_WITHIN = 2.0
JWKS_PATH = "/.well-known/jwks.json"


class LoginBody(Shape):
    """The body of POST /user/login."""

    user_id: str
    password: SecretStr


class RefreshBody(Shape):
    """The body of POST /user/refresh; without it the cookie counts."""

    refresh_token: SecretStr


class ProfileBody(Shape):
    """The body of PATCH /user/me."""

    name: str = Field(description="the shown name: 1 to 40 characters")


class UserView(Shape):
    """An account as its owner sees it."""

    user_id: str
    name: str
    created_at: str


class TokenPair(Shape):
    """What a login or a refresh gives. `expiresIn` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class Renewed(Shape):
    """What a page's refresh gives: the tokens are in the cookies."""

    token_type: str
    expires_in: int


@dataclass(frozen=True)
class AuthPorts:
    """What the views of this module need."""

    wishes: WishSender
    accounts: AccountReader
    sessions: SessionStore
    attempts: LoginAttempts
    passwords: Passwords
    tokens: TokenIssuer
    successors: Successors
    sealer: Sealer
    news: RevocationNews
    signups: SignupAnswers
    copies: Copies


class UserViews:
    """The handlers."""

    def __init__(self, settings: Settings, ports: AuthPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._changes = PerMinute(settings.limits.changes_per_minute)

    @operation(
        "Log in",
        body=LoginBody,
        answers={200: TokenPair},
        errors=(ErrorCode.BAD_CREDENTIALS, ErrorCode.RATE_LIMITED, ErrorCode.BUSY),
        public=True,
    )
    async def login(self, request: web.Request) -> web.Response:
        """Begin a login; the same answer, as late, for an unknown handle and a wrong password."""
        body = await read_body(request, LoginBody)
        password = body.password.get_secret_value()
        known = await verified(self._ports, request, body.user_id, password)
        sid, refresh = str(uuid7()), _new_refresh_token()
        account = await self._ports.sessions.open(sid, known.account_id, _digest(refresh))
        if account is None:  # erased while its password was looked at
            raise _bad_credentials()
        return self._pair(request, account, sid, refresh, in_body=True)

    @operation(
        "Renew the tokens of a login",
        body=RefreshBody,
        answers={200: TokenPair},
        errors=(ErrorCode.NOT_AUTHENTICATED, ErrorCode.ACCESS_DENIED),
        public=True,
    )
    async def refresh(self, request: web.Request) -> web.Response:
        """Exchange a refresh token for a new pair.

        A used one gives the same refresh token again within 5 s; later, or when that one has been
        used, it ends the login.
        """
        in_body = request.can_read_body
        if in_body:
            presented = (await read_body(request, RefreshBody)).refresh_token.get_secret_value()
        else:
            presented = self._cookie_refresh(request)
        successors = {_digest(each): each for each in self._ports.successors.of(presented)}
        rotation = await self._ports.sessions.rotate(_digest(presented), list(successors))
        if rotation.revoked is not None:
            await announce(self._ports, rotation.revoked)
        if rotation.account is None:
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "the refresh token is not good")
        refresh = successors[rotation.successor]
        return self._pair(request, rotation.account, rotation.sid, refresh, in_body=in_body)

    def _cookie_refresh(self, request: web.Request) -> str:
        token = request.app[EDGE].cookies.refresh(request)
        if token is None:
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "no refresh token")
        require_same_origin(request)
        return token

    def _pair(
        self, request: web.Request, account: Account, sid: str, refresh: str, *, in_body: bool
    ) -> web.Response:
        access = self._ports.tokens.issue(account, sid)
        ttl = self._settings.auth.access_ttl
        body: Shape = Renewed(token_type="Bearer", expires_in=ttl)  # noqa: S106 (not a secret)
        if in_body:
            body = TokenPair(
                access_token=access,
                refresh_token=refresh,
                token_type="Bearer",  # noqa: S106 (not a secret)
                expires_in=ttl,
            )
        response = answer(body)
        request.app[EDGE].cookies.set(response, access, refresh)
        return response

    @operation("Log out", answers={204: None})
    async def logout(self, request: web.Request) -> web.Response:
        """End this login everywhere: its tokens are void and its sockets close."""
        revoked = await self._ports.sessions.revoke(caller_of(request).sid)
        if revoked is not None:
            await announce(self._ports, revoked)
        response = web.Response(status=204)
        request.app[EDGE].cookies.clear(response)
        return response

    @operation("Who am I", answers={200: UserView})
    async def me(self, request: web.Request) -> web.Response:
        """The caller's own account."""
        return await self._view(caller_of(request).account_id)

    @operation(
        "Change my name",
        body=ProfileBody,
        answers={200: UserView},
        errors=(ErrorCode.RATE_LIMITED, ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE),
    )
    async def change(self, request: web.Request) -> web.Response:
        """200 when it is stored; it shows everywhere, in what was said before too."""
        caller = caller_of(request)
        name = check_name((await read_body(request, ProfileBody)).name)
        self._changes.hit(caller.account_id)
        wish = records.ChangeProfile(
            request_id=str(uuid7()),
            account_id=caller.account_id,
            user_id=caller.user_id,
            name=name,
            requested_at=now_text(),
        )
        outcome = await self._ports.wishes.ask(topics.ACCOUNT_REQUEST.name, caller.account_id, wish)
        if isinstance(outcome, records.AccountRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        return await self._view(caller.account_id)

    async def _view(self, account_id: str) -> web.Response:
        account = await self._ports.accounts.account(account_id)
        if account is None:
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "the account is gone")
        return answer(
            UserView(user_id=account.user_id, name=account.name, created_at=account.created_at)
        )


async def verified(ports: AuthPorts, request: web.Request, user_id: str, password: str) -> Account:
    """The account of a handle and its password; a failed try counts, as do too many.

    BAD_CREDENTIALS, as late, for an unknown handle and for a wrong password; RATE_LIMITED.
    """
    attempt = await ports.attempts.begin(user_id, caller_address(request))
    try:
        known = is_handle(user_id)
        credentials = await ports.accounts.credentials(user_id) if known else None
        hashed = credentials.password_hash if credentials else None
        fits = await ports.passwords.verify(password, hashed)
    except UserError:
        await ports.attempts.forget(attempt)
        raise
    if credentials is None or not fits:
        await ports.attempts.fail(attempt)
        raise _bad_credentials()
    await ports.attempts.forget(attempt)
    return credentials.account


async def announce(ports: AuthPorts, revoked: Revoked) -> None:
    """Tell the other fronts of a login's end; it is stored, so the sweep tells what fails here."""
    try:
        async with asyncio.timeout(TOLD_WITHIN):
            await ports.news.announce(revoked)
            await ports.sessions.announced(revoked.sid)
    except (TransientFailure, TimeoutError) as error:
        log.warning("the end of a login will be told later: %s", error)


def _bad_credentials() -> UserError:
    return UserError(ErrorCode.BAD_CREDENTIALS, "wrong handle or password")


def _new_refresh_token() -> str:
    return secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


# What the pool that owns sessions serves; the other pool only describes it.
ROUTES: tuple[Route, ...] = (
    ("POST", "/user/login", UserViews.login),
    ("POST", REFRESH_PATH, UserViews.refresh),
    ("POST", "/user/logout", UserViews.logout),
    ("GET", "/user/me", UserViews.me),
    ("PATCH", "/user/me", UserViews.change),
)


def register(web_app: web.Application, settings: Settings, ports: AuthPorts) -> None:
    """Add the routes of accounts and logins: for the pool that owns sessions."""
    views = UserViews(settings, ports)
    for method, path, handler in ROUTES:
        bound = handler.__get__(views)
        if method == "GET":
            web_app.router.add_get(path, bound)
        else:
            web_app.router.add_route(method, path, bound)


def register_keys(web_app: web.Application, keys: Callable[[], Mapping[str, object]]) -> None:
    """Add the route of the public signing keys; `keys` gives the JWK set of the moment."""

    @operation("The public keys that verify access tokens (a JWK set)", public=True)
    async def jwks(request: web.Request) -> web.Response:
        """The JWK set."""
        return answer(keys(), headers={"Cache-Control": "public, max-age=60"})

    web_app.router.add_get(JWKS_PATH, jwks)
