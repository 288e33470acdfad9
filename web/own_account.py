"""One's own account: /user/me."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.accounts import check_name
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import AccountReader
from chatstream.ports.copies import NameFact
from chatstream.ports.wishes import WishSender
from chatstream.settings import LimitSettings
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from web.copies import Copies
from web.edge.bodies import Shape, answer, read_body
from web.edge.limits import PerMinute
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation
from web.shown_names import person_name


class ProfileBody(Shape):
    """The body of PATCH /user/me."""

    name: str = Field(description="the shown name: 1 to 40 characters")


class UserView(Shape):
    """An account as its owner sees it."""

    user_id: str
    name: str
    created_at: str


@dataclass(frozen=True)
class OwnAccountPorts:
    """What the views of this module need."""

    wishes: WishSender
    accounts: AccountReader
    copies: Copies


class OwnAccountViews:
    """The handlers."""

    def __init__(self, limits: LimitSettings, ports: OwnAccountPorts) -> None:
        self._ports = ports
        self._changes = PerMinute(limits.changes_per_minute)

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
        """200 when it is stored and the account is found by it; it shows everywhere.

        In what was said before too. After 503 it is stored perhaps, and the call may be repeated.
        """
        caller, deadline = caller_of(request), self._ports.copies.deadline()
        name = check_name((await read_body(request, ProfileBody)).name)
        self._changes.hit(caller.account_id)
        wish = records.ChangeProfile(
            request_id=str(uuid7()),
            account_id=caller.account_id,
            user_id=caller.user_id,
            name=name,
            requested_at=now_text(),
        )
        outcome = await self._ports.wishes.ask(ACCOUNT.request.name, wish)
        if isinstance(outcome, records.AccountRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        if isinstance(outcome, records.ProfileChanged):
            fact_no = outcome.fact_no
        else:
            fact_no = await self._ports.accounts.newest_fact(caller.account_id)
        await self._ports.copies.until(NameFact(caller.account_id, fact_no), deadline)
        return await self._view(caller.account_id)

    async def _view(self, account_id: str) -> web.Response:
        account = await self._ports.accounts.account(account_id)
        if account is None:
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "the account is gone")
        name = person_name(account.name, account.user_id)
        return answer(UserView(user_id=account.user_id, name=name, created_at=account.created_at))


ROUTES: tuple[Route, ...] = (
    ("GET", "/user/me", OwnAccountViews.me),
    ("PATCH", "/user/me", OwnAccountViews.change),
)


def register(web_app: web.Application, limits: LimitSettings, ports: OwnAccountPorts) -> None:
    """Add the routes: for the pool that owns the auth database."""
    mount(web_app, ROUTES, OwnAccountViews(limits, ports))
