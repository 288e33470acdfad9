"""GET, PUT, DELETE /chat/{roomId}/notice: what a room shows above its messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.messages import check_text, check_uuid
from chatstream.domain.notices import NOTICE_LENGTH
from chatstream.domain.rates import cost_of
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError, invalid, refused
from chatstream.ports.logins import Caller
from chatstream.ports.notices import NoticeReader, RoomNotice
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.notices import NOTICE
from web.edge.bodies import Shape, answer, read_body
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.edge.rates import MessageRates
from web.mutes import Muting
from web.room_wishes import room_id_of
from web.shown_names import person_name

_ROOM = (ErrorCode.NOT_A_MEMBER, ErrorCode.ROOM_NOT_FOUND)
_WISHED = (
    *_ROOM,
    ErrorCode.NOTICE_LOCKED,
    ErrorCode.RATE_LIMITED,
    ErrorCode.BUSY,
    ErrorCode.STORE_UNAVAILABLE,
)


class NoticeBody(Shape):
    """The body of PUT /chat/{roomId}/notice: either of them."""

    text: str | None = Field(None, description="1 to 1,000 characters")
    message_id: str | None = Field(None, description="a message of this room")


class NoticeView(Shape):
    """A room's notice; `messageId` is that of a pinned message, whose text it has as it is now."""

    text: str
    message_id: str | None = None
    user_id: str | None
    user_name: str | None
    at: str
    rev: int


class NoticeOfRoom(Shape):
    """The notice of a room, null where it has none."""

    notice: NoticeView | None


@dataclass(frozen=True)
class NoticePorts:
    """What the views of this module need."""

    wishes: WishSender
    notices: NoticeReader
    rates: MessageRates
    muting: Muting


class NoticeViews:
    """The handlers; all are safe to repeat."""

    def __init__(self, ports: NoticePorts) -> None:
        self._ports = ports

    @operation("The notice of a room", answers={200: NoticeOfRoom}, errors=_ROOM)
    async def read(self, request: web.Request) -> web.Response:
        """For members; a direct room has none."""
        caller = caller_of(request)
        return await self._now(room_id_of(request), caller)

    @operation(
        "Set the notice of a room",
        body=NoticeBody,
        answers={200: NoticeOfRoom},
        errors=(*_WISHED, ErrorCode.MESSAGE_NOT_FOUND, ErrorCode.MESSAGE_REFUSED),
    )
    async def set(self, request: web.Request) -> web.Response:
        """A text or a message of the room, for everybody at once, in place of the one before."""
        caller, room_id = caller_of(request), room_id_of(request)
        text, message_id = _said(await read_body(request, NoticeBody))
        wish = records.SetNotice(**_wish(caller, room_id), text=text, message_id=message_id)
        muted = await self._ports.muting.refusal(caller.account_id, room_id)
        if muted is not None:
            raise muted
        await self._ask(wish, cost_of(text or ""))
        return await self._now(room_id, caller)

    @operation("End the notice of a room", answers={204: None}, errors=_WISHED)
    async def end(self, request: web.Request) -> web.Response:
        """Whoever may set one ends it, for everybody; where there is none nothing changes."""
        wish = records.EndNotice(**_wish(caller_of(request), room_id_of(request)))
        await self._ask(wish, 1)
        return web.Response(status=204)

    async def _ask(self, wish: records.SetNotice | records.EndNotice, cost: int) -> None:
        what = (type(wish).__name__, wish.room_id)
        with self._ports.rates.charged(wish.account_id, what, cost):
            outcome = await self._ports.wishes.ask(NOTICE.request.name, wish)
        if isinstance(outcome, records.NoticeRefused):
            code = ErrorCode(outcome.code)
            if code is ErrorCode.MESSAGE_REFUSED:
                raise refused(outcome.reason, outcome.until, outcome.cause)
            raise UserError(code, outcome.reason)

    async def _now(self, room_id: str, caller: Caller) -> web.Response:
        notice = await self._ports.notices.notice(room_id, caller.account_id)
        return answer(NoticeOfRoom(notice=None if notice is None else _view(notice)))


def _said(body: NoticeBody) -> tuple[str | None, str | None]:
    """The text or the message's id; INVALID_INPUT for both, neither, and what can be none.

    What can be no message's id is MESSAGE_NOT_FOUND.
    """
    if body.text is None and body.message_id is None:
        raise invalid("text", "must be given, or `messageId` instead")
    if body.text is not None and body.message_id is not None:
        raise invalid("messageId", "must not be given together with `text`")
    if body.text is not None:
        return check_text("text", body.text, NOTICE_LENGTH), None
    try:
        return None, check_uuid("messageId", body.message_id)
    except UserError:
        raise UserError(ErrorCode.MESSAGE_NOT_FOUND, "no message has such an id") from None


def _wish(caller: Caller, room_id: str) -> dict[str, Any]:
    return {
        "request_id": str(uuid7()),
        "room_id": room_id,
        "account_id": caller.account_id,
        "requested_at": now_text(),
    }


def _view(notice: RoomNotice) -> NoticeView:
    return NoticeView(
        text=notice.text,
        message_id=notice.message_id,
        user_id=notice.user_id,
        user_name=person_name(notice.user_name, notice.user_id),
        at=notice.at,
        rev=notice.rev,
    )


def register(web_app: web.Application, ports: NoticePorts) -> None:
    """Add the routes."""
    views = NoticeViews(ports)
    path = "/chat/{roomId}/notice"
    web_app.router.add_get(path, views.read)
    web_app.router.add_put(path, views.set)
    web_app.router.add_delete(path, views.end)
