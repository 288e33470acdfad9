"""A time series from every stats worker: each point is summed over the partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from chatstream.domain.series import Span
from chatstream.domain.times import now_text
from infra.kafka.app import ChatStreamApp
from tables.series import Series
from web.peers import Client, Remote, answered, ask_all, other_owners

AllSeries = Mapping[str, Series]


class SeriesPart(msgspec.Struct, frozen=True, rename="camel"):
    """What one worker says of its partitions: a count for each point of the question."""

    generation: int
    partitions: tuple[int, ...]
    counts: list[int]


class SeriesPeer(Protocol):
    """A stats worker, this one or another; raises OSError or TimeoutError when it cannot say."""

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        """The sum over the partitions that it owns and has recovered."""
        ...


class LocalSeries:
    """This worker's own partitions."""

    def __init__(self, series: AllSeries) -> None:
        self._series = series

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        """See SeriesPeer."""
        series = self._series[name]
        held = series.readable()
        sums = [asked.counts(minutes) for minutes in held.values()]
        total = [sum(point) for point in zip(*sums, strict=True)] or [0] * len(asked.starts)
        return SeriesPart(series.app.consumer_generation_id, tuple(sorted(held)), total)


class RemoteSeries:
    """Another worker, over its internal routes."""

    _decoder = msgspec.json.Decoder(SeriesPart)

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        """See SeriesPeer."""
        query = f"begin={asked.begin}&end={asked.end}&step={asked.step}"
        return await self._remote.get(f"/internal/partial/series/{name}?{query}", self._decoder)


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """The counts of a question's points, when they were read, and from how many partitions."""

    counts: Sequence[int]
    as_of: str
    expected: int
    answered: int

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
        total = [0] * len(asked.starts)
        for part in parts.values():
            total = [left + right for left, right in zip(total, part.counts, strict=True)]
        return SeriesAnswer(total, as_of, self.partitions, answered(parts.values()))


def series_peers(
    app: ChatStreamApp, series: AllSeries, client: Client
) -> Callable[[str], Sequence[SeriesPeer]]:
    """This worker, and every other that owns a partition of the series."""
    local = LocalSeries(series)

    def peers(name: str) -> Sequence[SeriesPeer]:
        others = other_owners(app, series[name].table)
        return [local, *(RemoteSeries(Remote(client, url)) for url in others)]

    return peers
