"""What the broker deleted before this reader came to it: told once, and facts read from Postgres.

A topic keeps its records for some days. A reader that was away for longer finds the first record
beyond its committed offset. Of a RESPONSE topic the facts between are in Postgres; a wish or an
event that is gone is gone, and counted.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import Counter

from chatstream.domain.offsets import Hole
from chatstream.domain.tracing import HeaderPair
from chatstream.ports.counting import FactReader, LineHeads

log = logging.getLogger(__name__)

LOST = Counter(
    "chatstream_records_lost_to_retention",
    "records that the broker deleted before their reader came to them",
    ["topic"],
)

# Facts read at once.
_SLICE = 500


class FactSource(FactReader, LineHeads, Protocol):
    """Reads fact lines, and knows how far they go."""


# A fact number of (topic, partition) up to which a reader surely has everything; 0: nothing known.
Cursor = Callable[[str, int], Awaitable[int]]


async def from_the_first(_topic: str, _partition: int) -> int:
    """A Cursor for readers that know of none: every fact of the line is read again."""
    return 0


@dataclass(slots=True)
class PlacedMessage:
    """What a sink asks of a record that came by another way; a fact from Postgres has no offset."""

    topic: str
    partition: int
    value: bytes | None
    generation_id: int | None
    key: bytes | None = None
    offset: int = -1
    timestamp: float | None = None
    headers: Sequence[HeaderPair] = field(default_factory=list)


class RecalledEvent:
    """A fact from Postgres in the place of the record that the broker has deleted."""

    def __init__(self, message: PlacedMessage) -> None:
        self.message = message
        self.value = message.value
        self.headers = message.headers

    def ack(self) -> bool:
        """Nothing: no offset belongs to it."""
        return False


class Recall:
    """Facts of the lines of a reader; `source` is opened for each use, `cursor` as in Cursor."""

    def __init__(
        self,
        source: Callable[[], AbstractAsyncContextManager[FactSource]],
        cursor: Cursor = from_the_first,
    ) -> None:
        self._source = source
        self._cursor = cursor

    async def events(
        self, hole: Hole, generation: int | None
    ) -> AsyncIterator[Sequence[RecalledEvent]]:
        """The facts of the line that may be in the hole, in order; raises TransientFailure.

        They reach to the line's head, so beyond the hole: what comes again is a repeat. Facts whose
        texts were forgotten since are left out.
        """
        async with self._source() as facts:
            head = await facts.head(hole.topic, hole.partition)
            for after in range(await self._cursor(hole.topic, hole.partition), head, _SLICE):
                upto = min(after + _SLICE, head)
                found = await facts.facts(hole.topic, hole.partition, after, upto)
                yield [
                    RecalledEvent(
                        PlacedMessage(hole.topic, hole.partition, value, generation_id=generation)
                    )
                    for _, value in found
                ]


def tell(hole: Hole, *, recalled: bool) -> None:
    """Say once that the broker has deleted the records of the hole, and count them."""
    LOST.labels(hole.topic).inc(len(hole))
    what = (
        "facts are read from Postgres"
        if recalled
        else "wishes and events among them are lost, facts are found by their numbers"
    )
    log.error("%s: deleted by the broker before they were read; %s", hole, what)
