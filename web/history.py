"""GET /chat/{roomId}/messages: pages of what was said, from an end, from a seq, or around one."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field, RootModel

from chatstream.domain.reading import SEQ_MOST
from chatstream.errors import ErrorCode, invalid
from chatstream.ports.rooms import RoomReader
from web.edge.bodies import Shape, answer, read_query
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.room_wishes import room_id_of
from web.shapes import MessagesAroundView, MessagesView, messages_around_view, messages_view

LATEST = 50


class HistoryQuery(Shape):
    """The query of a history: before, after or around a seq, or none of them for the latest."""

    before: int | None = Field(None, ge=1, le=SEQ_MOST)
    after: int | None = Field(None, ge=0, le=SEQ_MOST)
    around: int | None = Field(
        None,
        ge=1,
        le=SEQ_MOST,
        description="the page with this seq in its middle, answered with hasBefore and hasAfter; "
        "what one side lacks the other has; beyond the newest message it is the newest page",
    )
    limit: int = Field(LATEST, ge=1, le=200)


class HistoryAnswer(RootModel[MessagesView | MessagesAroundView]):
    """With `around` the messages around a seq, else those in one direction."""


class HistoryViews:
    """The handler."""

    def __init__(self, rooms: RoomReader) -> None:
        self._rooms = rooms

    @operation(
        "The history of a room",
        query=HistoryQuery,
        answers={200: HistoryAnswer},
        errors=(ErrorCode.ROOM_NOT_FOUND, ErrorCode.NOT_A_MEMBER),
    )
    async def history(self, request: web.Request) -> web.Response:
        """Messages before, after or around a seq, ascending."""
        caller, query = caller_of(request), read_query(request, HistoryQuery)
        _check_one_place(query)
        room_id = room_id_of(request)
        if query.around is not None:
            around = await self._rooms.around(room_id, caller.account_id, query.around, query.limit)
            return answer(messages_around_view(around))
        page = await self._rooms.history(
            room_id,
            caller.account_id,
            before=query.before,
            after=query.after,
            limit=query.limit,
        )
        return answer(messages_view(page))


def _check_one_place(query: HistoryQuery) -> None:
    """INVALID_INPUT when the query names two places."""
    if query.before is not None and query.after is not None:
        raise invalid("after", "must not be given together with `before`")
    if query.around is not None and (query.before is not None or query.after is not None):
        raise invalid("around", "must not be given together with `before` or `after`")


def register(web_app: web.Application, rooms: RoomReader) -> None:
    """Add the route."""
    web_app.router.add_get("/chat/{roomId}/messages", HistoryViews(rooms).history)
