"""The public GET /stats/words and GET /stats/words/{word}: who calls is checked, a worker answers.

Any stats worker can answer: it gathers from its peers. They are tried in turn, beginning anywhere.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

import aiohttp
from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.settings import StatsSettings
from web.bodies import JSON, Shape, read_query
from web.middleware import caller_of
from web.openapi import operation

log = logging.getLogger(__name__)

# The worker gathers in a few rounds, each with the time limit of the settings.
_ROUNDS = 3


class WordsQuery(Shape):
    """The query of GET /stats/words."""

    top: int = Field(20, ge=1, le=100, description="how many words")


class NoQuery(Shape):
    """No query at all."""


class WordView(Shape):
    """A word and how often it was said."""

    word: str
    count: int


class PartitionsView(Shape):
    """How many partitions there are and how many of them are in the answer."""

    expected: int
    answered: int


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

    def __init__(
        self, settings: StatsSettings, client: Callable[[], aiohttp.ClientSession]
    ) -> None:
        self._workers = settings.workers
        self._timeout = aiohttp.ClientTimeout(total=settings.gather_timeout * _ROUNDS)
        self._client = client

    @operation(
        "The most used words of all rooms",
        query=WordsQuery,
        answers={200: WordsView},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def words(self, request: web.Request) -> web.Response:
        """Words of private rooms only when 3 rooms and 5 people used them."""
        query = _query(request, WordsQuery)
        return await self._relay(f"/internal/words?top={query.top}")

    @operation(
        "How often one word was said",
        query=NoQuery,
        answers={200: OneWordView},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def word(self, request: web.Request) -> web.Response:
        """Any form of a word will do: `먹었다` is counted as `먹다`."""
        _query(request, NoQuery)
        return await self._relay(f"/internal/words/{quote(request.match_info['word'], safe='')}")

    async def _relay(self, path: str) -> web.Response:
        for worker in _shuffled(self._workers):
            try:
                async with self._client().get(
                    worker.rstrip("/") + path, timeout=self._timeout
                ) as response:
                    response.raise_for_status()
                    body = await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("stats worker %s: %s", worker, error or type(error).__name__)
                continue
            headers: Mapping[str, str] = {hdrs.CACHE_CONTROL: "no-store"}
            return web.Response(body=body, content_type=JSON, headers=headers)
        raise UserError(ErrorCode.STORE_UNAVAILABLE, "no stats worker answers", retry_after=1)


def _shuffled(workers: Sequence[str]) -> Sequence[str]:
    return random.sample(workers, len(workers))


M = TypeVar("M", bound=BaseModel)


def _query(request: web.Request, model: type[M]) -> M:
    caller_of(request)
    known = {info.alias or name for name, info in model.model_fields.items()}
    for name in request.query:
        if name not in known:
            raise invalid(name[:40], "is not a known field")
    return read_query(request, model)


def register(
    web_app: web.Application, settings: StatsSettings, client: Callable[[], aiohttp.ClientSession]
) -> None:
    """Add the routes."""
    views = StatsViews(settings, client)
    web_app.router.add_get("/stats/words", views.words)
    web_app.router.add_get("/stats/words/{word}", views.word)
