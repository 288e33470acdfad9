"""POST /user: a signup is a wish, answered once the account exists for everybody.

The 201 of an account is given once. A call that ended without it (503, or no answer at all) may be
repeated: whoever proves the same password and name gets the 201 that nobody had, with the time at
which the account was made. Everybody else is told that the handle is taken.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web
from pydantic import Field, SecretStr
from uuid_utils.compat import uuid7

from chatstream.domain.accounts import check_name, check_new_handle
from chatstream.domain.backoff import Backoff
from chatstream.domain.passwords import check_password_length, check_password_strength
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError, check_all
from chatstream.ports.accounts import AccountReader, SignupAnswers
from chatstream.ports.copies import AccountFact
from chatstream.ports.secrets import Passwords, Sealer
from chatstream.ports.wishes import WishSender
from chatstream.settings import LimitSettings
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from web.copies import Copies
from web.credentials import CredentialCheck
from web.edge.bodies import Shape, answer, read_body
from web.edge.limits import PerMinute
from web.edge.middleware import caller_address
from web.edge.openapi import Route, mount, operation
from web.edge.retrying import patiently
from web.own_account import UserView

# Seconds, more than the clocks of two machines differ: whoever made an account waits no longer.
_MARGIN = 1.0
_PAUSES = (0.05, 0.5)


class Signup(Shape):
    """The body of POST /user."""

    user_id: str = Field(
        description="the handle: 3 to 40 of a-z 0-9 . _ -, a letter first, a letter or digit last"
    )
    password: SecretStr = Field(description="8 to 256 characters in NFC, not a common one")
    name: str = Field(description="the shown name: 1 to 40 characters")


@dataclass(frozen=True, slots=True)
class _Made:
    """An account, by the fact that it exists."""

    fact: AccountFact
    created_at: str


@dataclass(frozen=True)
class SignupPorts:
    """What the view of this module needs."""

    wishes: WishSender
    accounts: AccountReader
    credentials: CredentialCheck
    passwords: Passwords
    sealer: Sealer
    signups: SignupAnswers
    copies: Copies


class SignupViews:
    """The handler."""

    def __init__(self, limits: LimitSettings, ports: SignupPorts) -> None:
        self._ports = ports
        self._signups = PerMinute(limits.signups_per_minute)
        self._waits = limits.wish_timeout + _MARGIN

    @operation(
        "Sign up",
        body=Signup,
        answers={201: UserView},
        errors=(
            ErrorCode.USER_EXISTS,
            ErrorCode.WEAK_PASSWORD,
            ErrorCode.RATE_LIMITED,
            ErrorCode.BUSY,
            ErrorCode.STORE_UNAVAILABLE,
        ),
        public=True,
    )
    async def signup(self, request: web.Request) -> web.Response:
        """Make an account; 201 when it is stored and everybody can invite it.

        After 503 the same call may be repeated: the one answer 201 goes to whoever has the
        password, within a day.
        """
        self._signups.hit(caller_address(request))
        deadline = self._ports.copies.deadline()
        user_id, name, password = await self._read(request)
        made = None
        if await self._ports.accounts.credentials(user_id) is None:
            hashed = await self._ports.passwords.hash(password)
            made = await self._create(user_id, name, hashed, deadline)
        if made is None:
            made = await self._untold(user_id, name, deadline)
            await self._prove(request, user_id, password)
        await self._tell(made.fact, deadline)
        view = UserView(user_id=user_id, name=name, created_at=made.created_at)
        return answer(view, status=201)

    async def _read(self, request: web.Request) -> tuple[str, str, str]:
        """Handle, name and password, as they may be."""
        body = await read_body(request, Signup)
        password = body.password.get_secret_value()
        check_all(
            lambda: check_name(body.name),
            lambda: check_new_handle(body.user_id),
            lambda: check_password_length(password),
        )
        known = user_id, name = body.user_id, check_name(body.name)
        common = await self._ports.passwords.is_common(password, known)
        check_password_strength(password, known, lambda *_: common)
        return user_id, name, password

    async def _create(self, user_id: str, name: str, hashed: str, deadline: float) -> _Made | None:
        """The account; None when the handle is taken, perhaps by a former try of the same call."""
        account_id, request_id = str(uuid7()), str(uuid7())
        wish = records.CreateAccount(
            request_id=request_id,
            account_id=account_id,
            user_id=user_id,
            name=name,
            sealed_hash=self._ports.sealer.seal(account_id, hashed),
            requested_at=now_text(),
        )
        try:
            async with asyncio.timeout_at(deadline):
                outcome = await self._ports.wishes.ask(ACCOUNT.request.name, wish)
        except TimeoutError as error:
            raise _undecided("no outcome yet") from error
        if isinstance(outcome, records.AccountCreated):
            return _Made(AccountFact(account_id, outcome.fact_no), outcome.created_at)
        if not isinstance(outcome, records.AccountRefused):
            raise TypeError(f"a signup was answered with {type(outcome).__name__}")
        if outcome.code != ErrorCode.USER_EXISTS:
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        return None

    async def _untold(self, user_id: str, name: str, deadline: float) -> _Made:
        """The account that has the handle, if its 201 is to be had; USER_EXISTS otherwise.

        Not before whoever made it has given up: until then the 201 is theirs. STORE_UNAVAILABLE
        when that is not known in time.
        """
        backoff = Backoff(*_PAUSES)
        while True:
            untold = await self._ports.signups.untold(user_id)
            if untold is None or untold.account.name != name:
                raise _taken()
            if untold.age > self._waits:
                fact = AccountFact(untold.account.account_id, untold.fact_no)
                return _Made(fact, untold.account.created_at)
            pause = backoff.wait()
            if asyncio.get_running_loop().time() + pause > deadline:
                raise _undecided("another signup of this handle is under way")
            await asyncio.sleep(pause)

    async def _prove(self, request: web.Request, user_id: str, password: str) -> None:
        """USER_EXISTS unless it is the account's password; counts like a login."""
        try:
            await self._ports.credentials.verified(request, user_id, password)
        except UserError as error:
            if error.code is ErrorCode.BAD_CREDENTIALS:
                raise _taken() from None
            raise

    async def _tell(self, fact: AccountFact, deadline: float) -> None:
        """Returns when this call may give the 201; USER_EXISTS when another one does."""
        await self._ports.copies.until(fact, deadline)
        caller = str(uuid7())
        left = deadline - asyncio.get_running_loop().time()
        tell = self._ports.signups.tell
        if not await patiently(lambda: tell(fact.account_id, caller), within=left):
            raise _taken()


def _undecided(reason: str) -> UserError:
    return UserError(ErrorCode.STORE_UNAVAILABLE, reason, retry_after=1)


def _taken() -> UserError:
    return UserError(ErrorCode.USER_EXISTS, "the handle is taken", details={"field": "userId"})


# What the pool that owns sessions serves; the other pool only describes it.
ROUTES: tuple[Route, ...] = (("POST", "/user", SignupViews.signup),)


def register(web_app: web.Application, limits: LimitSettings, ports: SignupPorts) -> None:
    """Add the route: for the pool that owns sessions."""
    mount(web_app, ROUTES, SignupViews(limits, ports))
