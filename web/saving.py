"""The talk drawer over HTTP: GET /chat/saved, PUT and DELETE /chat/saved/{roomId}/{messageId}."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.saving import SavedMessage, SavedReader
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.saving import SAVED
from web.edge.bodies import Shape, answer, read_query
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.edge.rates import MessageRates
from web.shown_names import person_name, room_name

_BUSY = (ErrorCode.RATE_LIMITED, ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)


class SavedQuery(Shape):
    """The query of the list."""

    cursor: str | None = None
    limit: int = Field(50, ge=1, le=100)


class SavedView(Shape):
    """A kept message. `state` is what is left of it: `deleted` has no text, `left` has nothing."""

    room_id: str
    message_id: str
    saved_at: str
    state: Literal["shown", "deleted", "left"]
    room_kind: str | None
    room_name: str | None
    seq: int | None
    user_id: str | None
    user_name: str | None
    message: str | None
    created_at: str | None


class SavedListView(Shape):
    """Kept messages, last kept first; `cursor` asks for the next page, null at the end."""

    saved: list[SavedView]
    cursor: str | None = None


@dataclass(frozen=True)
class SavedPorts:
    """What the views of this module need."""

    wishes: WishSender
    saved: SavedReader
    rates: MessageRates


class SavedViews:
    """The handlers."""

    def __init__(self, ports: SavedPorts) -> None:
        self._ports = ports

    @operation("My saved messages", query=SavedQuery, answers={200: SavedListView})
    async def mine(self, request: web.Request) -> web.Response:
        """Last saved first; nothing is shown of a room one left, no text of a deleted message."""
        caller, query = caller_of(request), read_query(request, SavedQuery)
        found, cursor = await self._ports.saved.saved(caller.account_id, query.cursor, query.limit)
        return answer(SavedListView(saved=list(map(_view, found)), cursor=cursor))

    @operation(
        "Save a message",
        answers={204: None},
        errors=(
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.MESSAGE_NOT_FOUND,
            *_BUSY,
        ),
    )
    async def save(self, request: web.Request) -> web.Response:
        """Keep a message of a room one is in; again, nothing changes."""
        await self._ask(request, records.SaveMessage)
        return web.Response(status=204)

    @operation(
        "Save a message no longer",
        answers={204: None},
        errors=(ErrorCode.ROOM_NOT_FOUND, ErrorCode.MESSAGE_NOT_FOUND, *_BUSY),
    )
    async def unsave(self, request: web.Request) -> web.Response:
        """Let go of a saved message, also of a room one has left; what is not saved is no error.

        NOT_FOUND is what can be no id.
        """
        await self._ask(request, records.UnsaveMessage)
        return web.Response(status=204)

    async def _ask(
        self,
        request: web.Request,
        kind: type[records.SaveMessage] | type[records.UnsaveMessage],
    ) -> None:
        caller = caller_of(request)
        room_id = _id_in(request, "roomId", ErrorCode.ROOM_NOT_FOUND)
        message_id = _id_in(request, "messageId", ErrorCode.MESSAGE_NOT_FOUND)
        wish = kind(
            request_id=str(uuid7()),
            room_id=room_id,
            account_id=caller.account_id,
            message_id=message_id,
            requested_at=now_text(),
        )
        with self._ports.rates.charged(caller.account_id, (kind.__name__, room_id, message_id)):
            outcome = await self._ports.wishes.ask(SAVED.request.name, wish)
        if isinstance(outcome, records.SaveRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)


def _id_in(request: web.Request, name: str, code: ErrorCode) -> str:
    try:
        return check_uuid(name, request.match_info[name])
    except UserError:
        raise UserError(code, f"{name} is no UUID") from None


def _view(kept: SavedMessage) -> SavedView:
    return SavedView(
        room_id=kept.room_id,
        message_id=kept.message_id,
        saved_at=kept.saved_at,
        state=kept.kept.value,
        room_kind=kept.room_kind,
        room_name=kept.room_name and room_name(kept.room_name, kept.room_id),
        seq=kept.seq,
        user_id=kept.user_id,
        user_name=person_name(kept.user_name, kept.user_id),
        message=kept.message,
        created_at=kept.created_at,
    )


def register(web_app: web.Application, ports: SavedPorts) -> None:
    """Add the routes."""
    views = SavedViews(ports)
    one = "/chat/saved/{roomId}/{messageId}"
    web_app.router.add_get("/chat/saved", views.mine)
    web_app.router.add_put(one, views.save)
    web_app.router.add_delete(one, views.unsave)
