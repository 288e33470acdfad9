"""GET /stats/series/chatAdd and /stats/series/userAdd: messages and signups over time."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiohttp import web
from pydantic import Field

from chatstream.domain.series import span
from chatstream.domain.times import from_query
from chatstream.errors import ErrorCode, invalid
from web.edge.bodies import Shape
from web.edge.openapi import operation
from web.stats_relay import StatsRelay
from web.stats_shapes import PartitionsView, strict_query

_USUAL = 3600


class SeriesQuery(Shape):
    """The query of the series."""

    since: str | None = Field(
        None, alias="from", description="RFC 3339; an hour before `to` when left out"
    )
    to: str | None = Field(None, description="RFC 3339; now when left out")
    step: int = Field(60, ge=60, le=30 * 86400, description="seconds, a multiple of 60")


class PointView(Shape):
    """How many from `t` on, for the length of a step."""

    t: str
    count: int


class SeriesView(Shape):
    """The points of a series, oldest first, none left out; `complete`: no partition is missing.

    Points begin at `from`, at most 30 days ago, and end with the present minute.
    """

    series: str
    step: int
    points: list[PointView]
    as_of: str
    complete: bool
    partitions: PartitionsView


class SeriesViews:
    """The handlers; `clock` gives seconds since 1970."""

    def __init__(self, relay: StatsRelay, clock: Callable[[], float] = time.time) -> None:
        self._relay = relay
        self._clock = clock

    @operation(
        "Messages by minute",
        query=SeriesQuery,
        answers={200: SeriesView, 304: None},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def chat_add(self, request: web.Request) -> web.Response:
        """At most 5,000 points; empty ones are 0."""
        return await self.points(request, "chatAdd")

    @operation(
        "Signups by minute",
        query=SeriesQuery,
        answers={200: SeriesView, 304: None},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.STORE_UNAVAILABLE),
    )
    async def user_add(self, request: web.Request) -> web.Response:
        """At most 5,000 points; empty ones are 0."""
        return await self.points(request, "userAdd")

    async def points(self, request: web.Request, name: str) -> web.Response:
        """The points of a worker's series, as the query asks."""
        query = strict_query(request, SeriesQuery)
        now = self._clock()
        until = now if query.to is None else _moment("to", query.to)
        since = until - _USUAL if query.since is None else _moment("from", query.since)
        asked = span(since, until, query.step, now)
        path = f"/internal/series/{name}?begin={asked.begin}&end={asked.end}&step={asked.step}"
        return await self._relay.relay(request, path)


def _moment(name: str, text: str) -> float:
    """Seconds since 1970; INVALID_INPUT when the text is no time or names no zone."""
    try:
        return from_query(text).timestamp()
    except ValueError:
        raise invalid(name, "must be a time in RFC 3339, with a zone") from None


def register(
    web_app: web.Application, relay: StatsRelay, clock: Callable[[], float] = time.time
) -> SeriesViews:
    """Add the routes; returns their handlers, for other series."""
    views = SeriesViews(relay, clock)
    web_app.router.add_get("/stats/series/chatAdd", views.chat_add)
    web_app.router.add_get("/stats/series/userAdd", views.user_add)
    return views
