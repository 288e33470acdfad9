"""PATCH and DELETE /chat/{roomId}/messages/{messageId}: edit or delete an own message."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.messages import MENTIONS, check_mentions, check_message, check_uuid
from chatstream.domain.rates import cost_of
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from schemas import records
from schemas.contexts.messages import MESSAGE
from web.edge.bodies import Shape, answer, read_body
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.mutes import refusal_of
from web.rooms import RoomPorts, present
from web.shapes import MessageView

ERRORS = (
    ErrorCode.NOT_A_MEMBER,
    ErrorCode.ACCESS_DENIED,
    ErrorCode.ROOM_NOT_FOUND,
    ErrorCode.MESSAGE_NOT_FOUND,
    ErrorCode.RATE_LIMITED,
    ErrorCode.BUSY,
    ErrorCode.STORE_UNAVAILABLE,
)


class EditBody(Shape):
    """The body of PATCH /chat/{roomId}/messages/{messageId}."""

    message: str = Field(description="1 to 4,000 characters")
    mentions: list[str] = Field(
        default_factory=list,
        max_length=MENTIONS,
        description="userIds; the text says who is named, what it does not name is left out",
    )


class ChangeViews:
    """The handlers; both are safe to repeat."""

    def __init__(self, ports: RoomPorts) -> None:
        self._ports = ports

    @operation(
        "Edit a message",
        body=EditBody,
        answers={200: MessageView},
        errors=(*ERRORS, ErrorCode.MESSAGE_REFUSED),
    )
    async def edit(self, request: web.Request) -> web.Response:
        """Only the own messages, for 24 hours, not while muted; the same text changes nothing.

        Who is mentioned follows the new text.
        """
        caller, ids = caller_of(request), _ids(request)
        body = await read_body(request, EditBody)
        check_mentions(body.mentions)
        wish = records.EditMessage(**_wish(caller, ids), message=check_message(body.message))
        muted = await self._ports.muting.refusal(caller.account_id, wish.room_id)
        if muted is not None:
            raise muted
        return await self._change(caller, wish)

    @operation("Delete a message for everybody", answers={200: MessageView}, errors=ERRORS)
    async def delete(self, request: web.Request) -> web.Response:
        """Only the own messages, for 24 hours; its place in the room stays, without text."""
        caller = caller_of(request)
        return await self._change(caller, records.DeleteMessage(**_wish(caller, _ids(request))))

    async def _change(
        self, caller: Caller, wish: records.EditMessage | records.DeleteMessage
    ) -> web.Response:
        text = wish.message if isinstance(wish, records.EditMessage) else ""
        change = (type(wish).__name__, wish.room_id, wish.message_id)
        with self._ports.rates.charged(caller.account_id, change, cost_of(text)):
            outcome: Any = await self._ports.wishes.ask(MESSAGE.request.name, wish)
        if isinstance(outcome, records.ChangeRefused):
            raise refusal_of(outcome)
        return answer(await present(self._ports.rooms, wish.room_id, outcome.seq))


def _wish(caller: Caller, ids: tuple[str, str]) -> dict[str, Any]:
    room_id, message_id = ids
    return {
        "request_id": str(uuid7()),
        "room_id": room_id,
        "account_id": caller.account_id,
        "message_id": message_id,
        "requested_at": now_text(),
    }


def _ids(request: web.Request) -> tuple[str, str]:
    """The room and the message of the path; what cannot be an id names nothing."""
    try:
        room_id = check_uuid("roomId", request.match_info["roomId"])
    except UserError:
        raise UserError(ErrorCode.ROOM_NOT_FOUND, "no room has such an id") from None
    try:
        return room_id, check_uuid("messageId", request.match_info["messageId"])
    except UserError:
        raise UserError(ErrorCode.MESSAGE_NOT_FOUND, "no message has such an id") from None


def register(web_app: web.Application, ports: RoomPorts) -> None:
    """Add the routes."""
    views = ChangeViews(ports)
    path = "/chat/{roomId}/messages/{messageId}"
    web_app.router.add_patch(path, views.edit)
    web_app.router.add_delete(path, views.delete)
