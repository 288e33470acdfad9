"""Facts in Postgres that have no event in Elasticsearch.

Numbers of a line have no holes, so counts tell where events are missing: only there facts are read.
Months that retention has removed are passed over.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from agents.log_documents import event_of
from chatstream.domain.documents import EVENTS, Document
from chatstream.domain.event_documents import Origin
from chatstream.domain.retention import is_expired
from chatstream.errors import PoisonMessage
from chatstream.ports.counting import FactReader, LineHeads

WIDTH = 1_000
"""Facts that are counted, and where one is missing read, together."""

Line = tuple[str, int]
"""Topic and partition."""


class LineFacts(FactReader, LineHeads, Protocol):
    """Reads fact lines, and knows how far they go."""


class EventCounts(Protocol):
    """See infra.elastic.held_events.HeldEvents."""

    async def counts(self, topic: str, partition: int, head: int, width: int) -> Mapping[int, int]:
        """How many facts of each slot have an event."""
        ...

    async def present(self, ids: Collection[str]) -> set[str]:
        """Which ids are those of events."""
        ...


class EventGaps:
    """Finds them; `days`: how long events are kept, `months` (YYYY.MM) limits it.

    Raises TransientFailure when a store is away. `say` is told of a fact that cannot be read.
    """

    def __init__(
        self,
        facts: LineFacts,
        held: EventCounts,
        days: int,
        say: Callable[[str], None],
        *,
        months: Collection[str] = (),
    ) -> None:
        self._facts = facts
        self._held = held
        self._days = days
        self._say = say
        self._indices = {f"{EVENTS}-{month}" for month in months}

    async def heads(self, lines: Sequence[Line]) -> Mapping[Line, int]:
        """The number of the last fact of each line."""
        return {line: await self._facts.head(*line) for line in lines}

    async def missing(self, heads: Mapping[Line, int]) -> AsyncIterator[Sequence[Document]]:
        """The events that are missing up to these facts, those of some facts in a row together."""
        for line, head in heads.items():
            counts = await self._held.counts(*line, head, WIDTH)
            for slot, after in enumerate(range(0, head, WIDTH)):
                upto = min(after + WIDTH, head)
                count = counts.get(slot, 0)
                if count < upto - after and (found := await self._absent(line, after, upto, count)):
                    yield found

    async def _absent(self, line: Line, after: int, upto: int, count: int) -> list[Document]:
        # Times of a line grow: where the last is too old all are, which is seen by one fact.
        if not count and any(map(self._is_old, await self._events(line, upto - 1, upto))):
            return []
        made = [
            each
            for each in await self._events(line, after, upto)
            if not self._is_old(each) and (not self._indices or each.index in self._indices)
        ]
        present = await self._held.present([each.id for each in made]) if made else set()
        return [each for each in made if each.id not in present]

    async def _events(self, line: Line, after: int, upto: int) -> list[Document]:
        topic, partition = line
        ingested, found = round(time.time() * 1000), []
        for number, value in await self._facts.facts(topic, partition, after, upto):
            try:
                event = event_of(Origin(topic=topic, partition=partition), value, ingested)
            except PoisonMessage as error:
                self._say(f"{topic} partition {partition} fact {number}: {error.reason}")
                continue
            if event is not None:
                found.append(event)
        return found

    def _is_old(self, event: Document) -> bool:
        return is_expired(event.index, {EVENTS: self._days}, datetime.now(UTC))
