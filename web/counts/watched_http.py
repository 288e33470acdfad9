"""The stats worker's part of watched words: their series, and the form in which a word counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from chatstream.domain.series import Span
from chatstream.domain.watched_words import first_minute
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.counting import Tokenizer
from web.counts.series import SeriesAnswer, SeriesGather, word_series
from web.counts.series_http import SpanQuery, series_body
from web.counts.words import WordsGather
from web.counts.words_http import counted_form
from web.edge.bodies import answer, read_query

Words = Callable[[], Awaitable[Mapping[str, float]]]


class WatchedSeries:
    """The series of watched words, under the rule of disclosure.

    Like the count of a word: all of it once 3 rooms and 5 accounts have said it, else what open
    rooms say.
    """

    def __init__(self, gather: WordsGather, series: SeriesGather, words: Words) -> None:
        self._gather = gather
        self._series = series
        self.words = words

    async def ask(self, word: str, asked: Span) -> SeriesAnswer:
        """The shown counts of the points."""
        is_disclosed = await self._gather.is_disclosed(word)
        found = await self._series.ask(word_series(word), asked)
        return found if is_disclosed else replace(found, counts=found.in_open)

    async def counts(self, word: str, asked: Span) -> Sequence[int] | None:
        """The shown counts of the points; None when a partition is missing."""
        found = await self.ask(word, asked)
        return found.counts if found.complete else None


def _from(asked: Span, first: int) -> Span:
    """The points that begin at or after the minute `first`."""
    later = asked.begin + asked.step * max(0, -((asked.begin - first) // asked.step))
    return Span(later, max(later, asked.end), asked.step)


def register(web_app: web.Application, watched: WatchedSeries, tokenizer: Tokenizer) -> None:
    """Add the routes."""

    async def points(request: web.Request) -> web.Response:
        word = counted_form(tokenizer, request.match_info["word"])
        since = (await watched.words()).get(word)
        if since is None:
            raise UserError(ErrorCode.NOT_FOUND, "the word is not watched")
        asked = _from(read_query(request, SpanQuery).span(), first_minute(since))
        return answer(series_body(word_series(word), asked, await watched.ask(word, asked)))

    async def form(request: web.Request) -> web.Response:
        word = counted_form(tokenizer, request.match_info["word"])
        return answer({"word": word, "isCounted": list(tokenizer.count(word)) == [word]})

    web_app.router.add_get("/internal/series/word/{word}", points)
    web_app.router.add_get("/internal/forms/{word}", form)
