"""A time series from every stats worker: each point is summed over the partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import msgspec

from chatstream.domain.series import Span
from chatstream.domain.times import now_text
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.series import Series
from tables.watched import WatchedWords
from web.counts.peers import Client, Remote, answered, ask_all, other_owners

AllSeries = Mapping[str, Series]

_WORD = "word/"


def word_series(word: str) -> str:
    """The name of a watched word's series."""
    return _WORD + word


class SeriesPart(msgspec.Struct, frozen=True, rename="camel"):
    """What one worker says of its partitions: a count for each point of the question.

    `in_open` is the part that open rooms said, for words only.
    """

    generation: int
    partitions: tuple[int, ...]
    counts: list[int]
    in_open: list[int] = []


class SeriesPeer(Protocol):
    """A stats worker, this one or another; raises OSError or TimeoutError when it cannot say."""

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        """The sum over the partitions that it owns and has recovered."""
        ...


class LocalSeries:
    """This worker's own partitions."""

    def __init__(self, series: AllSeries, watched: WatchedWords) -> None:
        self.series = series
        self.watched = watched

    def table_of(self, name: str) -> DurableTable:
        """Where a series is kept."""
        return self.watched.table if name.startswith(_WORD) else self.series[name].table

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        """See SeriesPeer."""
        if name.startswith(_WORD):
            return self._uses(name.removeprefix(_WORD), asked)
        series = self.series[name]
        held = series.readable()
        total = _sum([asked.counts(minutes) for minutes in held.values()], asked)
        return SeriesPart(series.app.consumer_generation_id, tuple(sorted(held)), total)

    def _uses(self, word: str, asked: Span) -> SeriesPart:
        held = self.watched.readable()
        found = [view.counts(word, asked) for view in held.values()]
        return SeriesPart(
            self.watched.app.consumer_generation_id,
            tuple(sorted(held)),
            _sum([counts for counts, _ in found], asked),
            _sum([in_open for _, in_open in found], asked),
        )


def _sum(points: Iterable[Sequence[int]], asked: Span) -> list[int]:
    total = [0] * len(asked.starts)
    for each in points:
        total = [left + right for left, right in zip(total, each, strict=True)]
    return total


class RemoteSeries:
    """Another worker, over its internal routes."""

    _decoder = msgspec.json.Decoder(SeriesPart)

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        """See SeriesPeer."""
        query = f"begin={asked.begin}&end={asked.end}&step={asked.step}"
        return await self._remote.get(
            f"/internal/partial/series/{quote(name)}?{query}", self._decoder
        )


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """The counts of a question's points, when they were read, and from how many partitions."""

    counts: Sequence[int]
    as_of: str
    expected: int
    answered: int
    in_open: Sequence[int] = ()

    @property
    def complete(self) -> bool:
        """Whether every partition is in the counts."""
        return self.answered == self.expected


class SeriesGather:
    """Answers for all partitions, from this worker and its peers."""

    def __init__(
        self,
        peers: Callable[[str], Sequence[SeriesPeer]],
        partitions: int,
        timeout: float,
    ) -> None:
        self.peers = peers
        self.partitions = partitions
        self.timeout = timeout

    async def ask(self, name: str, asked: Span) -> SeriesAnswer:
        """The points of one series; what is not in `answered` is missing in every one of them."""
        as_of = now_text()
        parts = await ask_all(self.peers(name), lambda p: p.counts(name, asked), self.timeout)
        total = _sum([part.counts for part in parts.values()], asked)
        in_open = _sum([part.in_open for part in parts.values() if part.in_open], asked)
        found = answered(parts.values())
        return SeriesAnswer(total, as_of, self.partitions, found, in_open)


def series_peers(
    app: ChatStreamApp, local: LocalSeries, client: Client
) -> Callable[[str], Sequence[SeriesPeer]]:
    """This worker, and every other that owns a partition of the series."""

    def peers(name: str) -> Sequence[SeriesPeer]:
        others = other_owners(app, local.table_of(name))
        return [local, *(RemoteSeries(Remote(client, url)) for url in others)]

    return peers
