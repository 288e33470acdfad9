"""GET /stats/words and GET /stats/words/{word}: who calls is checked, a worker answers."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from chatstream.errors import ErrorCode
from web.bodies import Shape
from web.openapi import operation
from web.stats_relay import StatsRelay
from web.stats_shapes import NoQuery, PartitionsView, strict_query


class WordsQuery(Shape):
    """The query of GET /stats/words."""

    top: int = Field(20, ge=1, le=100, description="how many words")


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

    def __init__(self, relay: StatsRelay) -> None:
        self._relay = relay

    @operation(
        "The most used words of all rooms",
        query=WordsQuery,
        answers={200: WordsView, 304: None},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def words(self, request: web.Request) -> web.Response:
        """Words of private rooms only when 3 rooms and 5 people used them."""
        query = strict_query(request, WordsQuery)
        return await self._relay.relay(request, f"/internal/words?top={query.top}")

    @operation(
        "How often one word was said",
        query=NoQuery,
        answers={200: OneWordView, 304: None},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def word(self, request: web.Request) -> web.Response:
        """Any form of a word will do: `먹었다` is counted as `먹다`."""
        strict_query(request, NoQuery)
        word = quote(request.match_info["word"], safe="")
        return await self._relay.relay(request, f"/internal/words/{word}")


def register(web_app: web.Application, relay: StatsRelay) -> None:
    """Add the routes."""
    views = StatsViews(relay)
    web_app.router.add_get("/stats/words", views.words)
    web_app.router.add_get("/stats/words/{word}", views.word)
