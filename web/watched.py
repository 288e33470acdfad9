"""Watched words: the operators' list, and each word's series for everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from aiohttp import web
from uuid_utils.compat import uuid7

from chatstream.domain.times import now_text, text_of
from chatstream.domain.watched_words import MOST
from chatstream.errors import ErrorCode, UserError, invalid
from schemas import records
from tables.followed.watched import Watched
from web.edge.bodies import Shape, answer
from web.edge.openapi import operation
from web.operators import operator_of
from web.series import SeriesQuery, SeriesView, SeriesViews
from web.stats_relay import StatsRelay
from web.stats_shapes import NoQuery, asked_word, strict_query


class WatchedWordView(Shape):
    """A word in the form in which it is counted, and since when it is watched."""

    word: str
    since: str


class WatchedView(Shape):
    """The list, in the order of time."""

    words: list[WatchedWordView]


@dataclass(frozen=True)
class WatchedPorts:
    """What the views need.

    `publish` returns when the event is on the topic; `is_current` says whether `watched` is
    certainly up to date; a change is waited for `within` seconds.
    """

    relay: StatsRelay
    watched: Watched
    publish: Callable[[records.WatchedEvent], Awaitable[None]]
    is_current: Callable[[], bool]
    within: float


class WatchedViews:
    """The handlers."""

    def __init__(self, ports: WatchedPorts, series: SeriesViews) -> None:
        self._ports = ports
        self._series = series

    @operation(
        "Watched words (operators)",
        query=NoQuery,
        answers={200: WatchedView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.INVALID_INPUT),
    )
    async def list(self, request: web.Request) -> web.Response:
        """The list as this front knows it."""
        operator_of(request)
        strict_query(request, NoQuery)
        if not self._ports.is_current():
            raise UserError(ErrorCode.STORE_UNAVAILABLE, "the list is not read", retry_after=1)
        words = self._ports.watched.list.words
        rows = [WatchedWordView(word=word, since=text_of(at)) for word, at in words.items()]
        return answer(WatchedView(words=rows))

    @operation(
        "Watch a word (operators)",
        answers={204: None},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def watch(self, request: web.Request) -> web.Response:
        """Any form of a word will do; its series begins a minute later; a repeat is fine."""
        operator_of(request)
        word, is_counted = await self._form(request)
        if not is_counted:
            raise invalid("word", "must be one word that is counted")
        known = self._ports.watched.list
        if word not in known.words:
            if known.is_full:
                raise invalid("word", "must not be one more than {most}", most=MOST)
            await self._publish(
                records.WordWatched(request_id=str(uuid7()), word=word, at=now_text())
            )
        return web.Response(status=204)

    @operation(
        "Watch a word no longer (operators)",
        answers={204: None},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.STORE_UNAVAILABLE),
    )
    async def unwatch(self, request: web.Request) -> web.Response:
        """A repeat changes nothing."""
        operator_of(request)
        word, _ = await self._form(request)
        if word in self._ports.watched.list.words:
            await self._publish(
                records.WordUnwatched(request_id=str(uuid7()), word=word, at=now_text())
            )
        return web.Response(status=204)

    @operation(
        "A watched word by minute",
        query=SeriesQuery,
        answers={200: SeriesView, 304: None},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.NOT_FOUND, ErrorCode.STORE_UNAVAILABLE),
    )
    async def points(self, request: web.Request) -> web.Response:
        """From the minute on since when it is watched; NOT_FOUND when it is not.

        What private rooms say is in it by the rule of the words.
        """
        word = asked_word(request)
        return await self._series.points(request, f"word/{word}")

    async def _form(self, request: web.Request) -> tuple[str, bool]:
        asked = asked_word(request)
        found = orjson.loads(await self._ports.relay.ask(f"/internal/forms/{asked}"))
        return found["word"], found["isCounted"]

    async def _publish(self, event: records.WatchedEvent) -> None:
        """Returns when this front knows of it too: a list that is read next has it.

        STORE_UNAVAILABLE when that takes too long. The event may come true all the same; a repeat
        of the call changes nothing then.
        """
        try:
            async with asyncio.timeout(self._ports.within):
                await self._ports.publish(event)
                await self._ports.watched.until_seen(event.request_id)
        except TimeoutError as error:
            reason = "the list has not changed yet"
            raise UserError(ErrorCode.STORE_UNAVAILABLE, reason, retry_after=1) from error


def register(web_app: web.Application, ports: WatchedPorts, series: SeriesViews) -> None:
    """Add the routes."""
    views = WatchedViews(ports, series)
    web_app.router.add_get("/stats/watched", views.list)
    web_app.router.add_put("/stats/watched/{word}", views.watch)
    web_app.router.add_delete("/stats/watched/{word}", views.unwatch)
    web_app.router.add_get("/stats/series/word/{word}", views.points)
