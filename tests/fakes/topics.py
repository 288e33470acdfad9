"""Records and documents as operators look at them, given by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatstream.errors import TransientFailure
from chatstream.ports.log_reading import Bars, LogDocument, LogQuery
from chatstream.ports.topics import HeldRecord, PartitionSpan, RecordsFound, RecordsWanted


@dataclass
class GivenRecords:
    """Answers with the records it was given, by topic; `wanted` is what was asked of it."""

    held: dict[str, list[HeldRecord]] = field(default_factory=dict)
    bounds: Mapping[int, int] | None = None
    away: bool = False
    partitions: int = 8
    wanted: list[RecordsWanted] = field(default_factory=list)

    async def spans(self, topics: Sequence[str]) -> Mapping[str, Sequence[PartitionSpan]]:
        self._check()
        return {
            topic: [
                PartitionSpan(number, 0, len(self.held.get(topic, ())) if number == 0 else 0)
                for number in range(self.partitions)
            ]
            for topic in topics
        }

    async def read(self, wanted: RecordsWanted) -> RecordsFound:
        self._check()
        self.wanted.append(wanted)
        found = self.held.get(wanted.topic, [])
        spans = [PartitionSpan(number, 0, 100) for number in wanted.partitions]
        return RecordsFound(found, spans, self.bounds, len(found))

    def _check(self) -> None:
        if self.away:
            raise TransientFailure("kafka: away")


@dataclass
class GivenLog:
    """Answers with the documents it was given; `asked` is what was asked of it."""

    documents: list[LogDocument] = field(default_factory=list)
    away: bool = False
    cursor: str | None = None
    asked: list[LogQuery] = field(default_factory=list)
    bars_found: Bars = field(default_factory=lambda: Bars(0, 60, 1, (), 0, (), ()))
    ran: list[tuple[str, Any]] = field(default_factory=list)
    found: Mapping[str, Any] = field(default_factory=lambda: {"hits": {"total": {"value": 1}}})

    async def find(
        self, query: LogQuery, after: str | None, limit: int
    ) -> tuple[Sequence[LogDocument], str | None]:
        self._check()
        self.asked.append(query)
        return self.documents[:limit], self.cursor

    async def bars(self, query: LogQuery) -> Bars:
        self._check()
        self.asked.append(query)
        return self.bars_found

    async def of_trace(self, trace_id: str) -> Sequence[LogDocument]:
        self._check()
        return [each for each in self.documents if each.source["trace"]["id"] == trace_id]

    async def run(self, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self._check()
        self.ran.append((index, body))
        return self.found

    def _check(self) -> None:
        if self.away:
            raise TransientFailure("elasticsearch: away")
