"""GET /stats/words and GET /stats/words/{word}: who calls is checked, a worker answers."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from pydantic import Field

from chatstream.domain.windows import Window
from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.ports.rooms import RoomReader
from web.edge.bodies import Shape
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.stats_relay import StatsRelay
from web.stats_shapes import NoQuery, PartitionsView, asked_word, strict_query


class WordsQuery(Shape):
    """The query of GET /stats/words."""

    top: int = Field(20, ge=1, le=100, description="how many words")
    window: Window = Field(Window.ALL, description="all time, the last day or the last hour")
    room_id: UUID | None = Field(None, description="of one room, for its members; all time only")


class WordView(Shape):
    """A word and how often it was said."""

    word: str
    count: int


class WordsView(Shape):
    """The most used words; without `complete` some counts or words may be missing."""

    words: list[WordView]
    as_of: str
    complete: bool
    partitions: PartitionsView


class OneWordView(Shape):
    """One word in the form in which it is counted; 0 also when it may not be shown."""

    word: str
    count: int
    as_of: str
    complete: bool


class StatsViews:
    """The handlers."""

    def __init__(self, relay: StatsRelay, rooms: RoomReader) -> None:
        self._relay = relay
        self._rooms = rooms

    @operation(
        "The most used words of all rooms, or of one",
        query=WordsQuery,
        answers={200: WordsView, 304: None},
        errors=(
            ErrorCode.INVALID_INPUT,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def words(self, request: web.Request) -> web.Response:
        """Words of private rooms only when 3 rooms and 5 people used them."""
        query = strict_query(request, WordsQuery)
        path = "/internal/words"
        if query.room_id is not None:
            if query.window is not Window.ALL:
                raise invalid("window", "must be left out for one room")
            room_id = str(query.room_id)
            await self._check_member(room_id, caller_of(request).account_id)
            path = f"/internal/rooms/{room_id}/words"
        return await self._relay.relay(request, f"{path}?top={query.top}&window={query.window}")

    async def _check_member(self, room_id: str, account_id: str) -> None:
        """Raises ROOM_NOT_FOUND or NOT_A_MEMBER."""
        _, members = await self._rooms.members_of(room_id, [account_id])
        if account_id not in members:
            await self._rooms.room(room_id)
            raise UserError(ErrorCode.NOT_A_MEMBER)

    @operation(
        "How often one word was said",
        query=NoQuery,
        answers={200: OneWordView, 304: None},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def word(self, request: web.Request) -> web.Response:
        """Any form of a word will do: `먹었다` is counted as `먹다`."""
        strict_query(request, NoQuery)
        word = asked_word(request)
        return await self._relay.relay(request, f"/internal/words/{word}")


def register(web_app: web.Application, relay: StatsRelay, rooms: RoomReader) -> None:
    """Add the routes."""
    views = StatsViews(relay, rooms)
    web_app.router.add_get("/stats/words", views.words)
    web_app.router.add_get("/stats/words/{word}", views.word)
