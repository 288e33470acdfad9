"""/ops/sanctions, page or JSON: who is muted, since when and why; an operator lifts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.messages import check_uuid
from chatstream.domain.times import from_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import MuteFact
from chatstream.ports.sanctions import Sanction, SanctionReader
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.conduct import SANCTION
from web.copies import Copies
from web.edge.bodies import Shape, answer, read_query
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.operators import operator_of
from web.shown_names import person_name

PATH = "/ops/sanctions"


class SanctionsQuery(Shape):
    """The query of the list."""

    user_id: str | None = Field(None, min_length=1, max_length=40, description="only this user's")
    state: Literal["active", "all"] = Field("active", description="active: neither over nor lifted")
    cursor: str | None = Field(None, min_length=1, max_length=200)
    limit: int = Field(50, ge=1, le=100)


class SanctionView(Shape):
    """A sanction; `roomId` null: in every room; `userId` and `userName` null: an erased account.

    `reason` names the rule, `detail` says what it found, for operators.
    """

    sanction_id: str
    user_id: str | None
    user_name: str | None
    room_id: str | None
    kind: str
    reason: str
    detail: str
    since: str
    until: str
    lifted_at: str | None
    lifted_by: str | None


class SanctionsView(Shape):
    """A page of the list, the latest first."""

    sanctions: list[SanctionView]
    cursor: str | None = None


@dataclass(frozen=True)
class SanctionPorts:
    """What the views of this module need; `page` answers browsers."""

    wishes: WishSender
    sanctions: SanctionReader
    page: Handler
    copies: Copies


class SanctionViews:
    """The handlers."""

    def __init__(self, ports: SanctionPorts) -> None:
        self._ports = ports

    @operation(
        "Sanctions, the latest first (operators)",
        query=SanctionsQuery,
        answers={200: SanctionsView},
        errors=(ErrorCode.ACCESS_DENIED,),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the list for programs."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        operator_of(request)
        query = read_query(request, SanctionsQuery)
        found, cursor = await self._ports.sanctions.sanctions(
            user_id=query.user_id,
            is_active=query.state == "active",
            cursor=query.cursor,
            limit=query.limit,
        )
        shown = SanctionsView(sanctions=[_view(each) for each in found], cursor=cursor)
        return by_accept(answer(shown))

    @operation(
        "Lift a sanction (operators)",
        answers={204: None},
        errors=(
            ErrorCode.ACCESS_DENIED,
            ErrorCode.NOT_FOUND,
            ErrorCode.BUSY,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def lift(self, request: web.Request) -> web.Response:
        """From the answer on it keeps nobody from writing; repeating it changes nothing.

        503 when that cannot be promised in time: it is stored, and the call may be repeated.
        """
        deadline = self._ports.copies.deadline()
        operator = operator_of(request)
        sanction_id = _sanction_id(request)
        account_id = await self._ports.sanctions.account_of(sanction_id)
        if account_id is None:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such sanction")
        wish = records.LiftSanction(
            request_id=str(uuid7()),
            account_id=account_id,
            sanction_id=sanction_id,
            lifted_by=operator.account_id,
        )
        outcome = await self._ports.wishes.ask(SANCTION.request.name, wish)
        if isinstance(outcome, records.SanctionRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        if not isinstance(outcome, records.SanctionLifted):
            raise TypeError(f"a lift was answered with {type(outcome).__name__}")
        if from_text(outcome.until) > datetime.now(UTC):  # else it is over, and copies forget it
            await self._ports.copies.until(MuteFact(sanction_id, outcome.fact_no), deadline)
        return web.Response(status=204)


def _sanction_id(request: web.Request) -> str:
    try:
        return check_uuid("sanctionId", request.match_info["sanctionId"])
    except UserError:
        raise UserError(ErrorCode.NOT_FOUND, "no sanction has such an id") from None


def _view(sanction: Sanction) -> SanctionView:
    return SanctionView(
        sanction_id=sanction.sanction_id,
        user_id=sanction.user_id,
        user_name=person_name(sanction.user_name, sanction.user_id),
        room_id=sanction.room_id,
        kind=sanction.kind,
        reason=sanction.reason,
        detail=sanction.detail,
        since=sanction.since,
        until=sanction.until,
        lifted_at=sanction.lifted_at,
        lifted_by=sanction.lifted_by,
    )


# What the pool with the auth database serves; the other pool only describes it.
ROUTES: tuple[Route, ...] = (
    ("GET", PATH, SanctionViews.list),
    ("DELETE", PATH + "/{sanctionId}", SanctionViews.lift),
)


def register(web_app: web.Application, ports: SanctionPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, SanctionViews(ports))
