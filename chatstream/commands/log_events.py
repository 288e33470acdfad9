"""Events that are missing: counted by `log verify`, and created by `log rebuild`.

An event that the log service writes says more than one made from Postgres: when its record was
wished and told, where it lies, its trace. It is the first that stays, so the service goes first.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

from agents.log_maintenance.events import EventGaps, Line
from chatstream.domain.backoff import Backoff
from chatstream.domain.documents import EVENTS, Document
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import GroupOffsets
from chatstream.ports.search import DocumentStore
from infra.faust.app import group_of
from infra.retrying import retried
from schemas.services import LOG

_AGAIN = 1.0

Say = Callable[[str], None]
Missing = Counter[tuple[str, str]]
"""How many, by topic and month (YYYY.MM)."""


class LogEvents:
    """Fills the gaps and counts them; raises TransientFailure when a store is away.

    `patience`: seconds that the log service has for what it has to read still.
    """

    def __init__(self, gaps: EventGaps, say: Say, patience: float) -> None:
        self._gaps = gaps
        self._say = say
        self._patience = patience

    async def count(self, lines: Sequence[Line]) -> Missing:
        """How many events of the facts of this moment are missing when patience is over."""
        heads, until = await self._gaps.heads(lines), time.monotonic() + self._patience
        while True:
            is_over, found, behind = time.monotonic() >= until, Missing(), set[Line]()
            async for missing in self._gaps.missing(heads):
                found.update(map(_place, missing))
                behind.update(_line(each) for each in missing)
            if is_over or not found:
                break
            # A line that has its events has them for good.
            heads = {line: head for line, head in heads.items() if line in behind}
            await asyncio.sleep(_AGAIN)
        for (topic, month), number in sorted(found.items()):
            self._say(f"{topic} {month}: {number} facts have no event")
        return found

    async def fill(self, lines: Sequence[Line], store: DocumentStore, offsets: GroupOffsets) -> int:
        """Create those that are missing, of the facts of this moment; how many were made.

        An event that is there meanwhile stays as it is. One that Elasticsearch refuses is told and
        left out. Raises TransientFailure while the log service has records of them to read.
        """
        heads, made = await self._gaps.heads(lines), 0
        await self._await_service(lines, offsets)
        async for missing in self._gaps.missing(heads):
            written = await store.write(missing)
            for reason in written.delayed.values():
                raise TransientFailure(reason)
            for number, reason in written.refused.items():
                self._say(f"{missing[number].id} is refused: {reason}")
            made += len(missing) - len(written.refused)
        return made

    async def _await_service(self, lines: Sequence[Line], offsets: GroupOffsets) -> None:
        ends = await offsets.ends(sorted({topic for topic, _ in lines}))

        async def passed() -> None:
            # On brokers without any group yet the first question is refused for a moment.
            if not await offsets.has_passed(group_of(LOG.name), ends):
                raise TransientFailure(
                    "the log service has records to read, whose events say more than those made"
                    " here: let it, then run `log rebuild --events`"
                )

        await retried(passed, Backoff(_AGAIN, _AGAIN), within=self._patience)


def _line(event: Document) -> Line:
    topic, partition, _ = event.id.split(":")
    return topic, int(partition)


def _place(event: Document) -> tuple[str, str]:
    # `_id` is `topic:partition:number`, the index `chatstream-events-YYYY.MM`.
    return event.id.split(":")[0], event.index.removeprefix(f"{EVENTS}-")
