"""Logins: /user/login, /user/refresh, /user/logout.

A login gives an access token (a JWT, short-lived) and a refresh token (opaque, used once). The body
of a login has both, and both are set as cookies for pages. POST /user/refresh takes the refresh
token from the body, or from the cookie when a page of the same origin asks; a page gets the new
pair as cookies only, so that no script of a page ever holds a refreshed token.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Account
from chatstream.ports.logins import SessionStore, TokenIssuer
from chatstream.ports.secrets import Successors
from web.credentials import CredentialCheck, bad_credentials
from web.edge.bodies import Shape, answer, read_body
from web.edge.cookies import REFRESH_PATH
from web.edge.middleware import EDGE, caller_of, require_same_origin
from web.edge.openapi import Route, mount, operation
from web.login_ends import LoginEnds

JWKS_PATH = "/.well-known/jwks.json"


class LoginBody(Shape):
    """The body of POST /user/login."""

    user_id: str
    password: SecretStr


class RefreshBody(Shape):
    """The body of POST /user/refresh; without it the cookie counts."""

    refresh_token: SecretStr


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
class LoginPorts:
    """What the views of this module need."""

    credentials: CredentialCheck
    sessions: SessionStore
    ends: LoginEnds
    tokens: TokenIssuer
    successors: Successors


class LoginViews:
    """The handlers; an access token lives `access_ttl` seconds."""

    def __init__(self, access_ttl: int, ports: LoginPorts) -> None:
        self._access_ttl = access_ttl
        self._ports = ports

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
        known = await self._ports.credentials.verified(request, body.user_id, password)
        sid, refresh = str(uuid7()), _new_refresh_token()
        account = await self._ports.sessions.open(sid, known.account_id, _digest(refresh))
        if account is None:  # erased while its password was looked at
            raise bad_credentials()
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
            await self._ports.ends.announce(rotation.revoked)
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
        ttl = self._access_ttl
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
            await self._ports.ends.announce(revoked)
        response = web.Response(status=204)
        request.app[EDGE].cookies.clear(response)
        return response


def _new_refresh_token() -> str:
    return secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


# What the pool that owns sessions serves; the other pool only describes it.
ROUTES: tuple[Route, ...] = (
    ("POST", "/user/login", LoginViews.login),
    ("POST", REFRESH_PATH, LoginViews.refresh),
    ("POST", "/user/logout", LoginViews.logout),
)


def register(web_app: web.Application, access_ttl: int, ports: LoginPorts) -> None:
    """Add the routes of logins: for the pool that owns sessions."""
    mount(web_app, ROUTES, LoginViews(access_ttl, ports))


def register_keys(web_app: web.Application, keys: Callable[[], Mapping[str, object]]) -> None:
    """Add the route of the public signing keys; `keys` gives the JWK set of the moment."""

    @operation("The public keys that verify access tokens (a JWK set)", public=True)
    async def jwks(request: web.Request) -> web.Response:
        """The JWK set."""
        return answer(keys(), headers={"Cache-Control": "public, max-age=60"})

    web_app.router.add_get(JWKS_PATH, jwks)
