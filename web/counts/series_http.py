"""The stats worker's time series over HTTP, for fronts and for its peers.

`/internal/series/{name}` answers for all partitions, gathered; `/internal/partial/series/{name}`
for the partitions that this worker owns and has recovered.
"""

from __future__ import annotations

import msgspec
from aiohttp import web
from pydantic import Field

from chatstream.domain.series import MINUTE, Span
from chatstream.domain.times import text_of
from chatstream.errors import ErrorCode, UserError
from web.counts.series import LocalSeries, SeriesAnswer, SeriesGather, word_series
from web.edge.bodies import JSON, Shape, answer, read_query


class SpanQuery(Shape):
    """The query of the internal routes: minutes since 1970, and a step in minutes."""

    begin: int = Field(ge=0)
    end: int = Field(ge=0)
    step: int = Field(ge=1)

    def span(self) -> Span:
        """As the domain has it."""
        return Span(self.begin, self.end, self.step)


def series_body(name: str, asked: Span, found: SeriesAnswer) -> dict[str, object]:
    """The body of the public answer."""
    return {
        "series": name,
        "step": asked.step * MINUTE,
        "points": [
            {"t": text_of(start * MINUTE), "count": count}
            for start, count in zip(asked.starts, found.counts, strict=True)
        ],
        "asOf": found.as_of,
        "complete": found.complete,
        "partitions": {"expected": found.expected, "answered": found.answered},
    }


def register(web_app: web.Application, local: LocalSeries, gather: SeriesGather) -> None:
    """Add the routes."""

    def name_of(request: web.Request) -> str:
        name = request.match_info["name"]
        if name not in local.series:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such series")
        return name

    async def points(request: web.Request) -> web.Response:
        name, asked = name_of(request), read_query(request, SpanQuery).span()
        return answer(series_body(name, asked, await gather.ask(name, asked)))

    async def part(request: web.Request) -> web.Response:
        name, asked = name_of(request), read_query(request, SpanQuery).span()
        found = await local.counts(name, asked)
        return web.Response(body=msgspec.json.encode(found), content_type=JSON)

    async def word_part(request: web.Request) -> web.Response:
        asked = read_query(request, SpanQuery).span()
        found = await local.counts(word_series(request.match_info["word"]), asked)
        return web.Response(body=msgspec.json.encode(found), content_type=JSON)

    web_app.router.add_get("/internal/partial/series/word/{word}", word_part)
    web_app.router.add_get("/internal/series/{name}", points)
    web_app.router.add_get("/internal/partial/series/{name}", part)
