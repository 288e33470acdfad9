"""Facts that nobody will tell any more: counted from Postgres where a partition stands still.

A gap is filled when a record comes after it. Where none comes (new tables, and a partition whose
facts are older than what Kafka keeps) this looks at the line's head instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from mode import Service

from agents.loop.batching import EXIT_FENCED, end_process
from chatstream.errors import Fenced, TransientFailure
from chatstream.ports.counting import LineHeads
from infra.faust.app import ChatStreamApp

log = logging.getLogger(__name__)

_EVERY = 15.0


class LineCounter(Protocol):
    """What agents.stats.counting.LineSink offers."""

    topic: str

    def cursor(self, partition: int) -> int:
        """The last fact that is counted."""
        ...

    async def catch_up(self, partition: int, head: int, may_go_on: Callable[[], bool]) -> None:
        """Count facts up to `head` from Postgres, as long as it may."""
        ...


class CatchUp(Service):
    """Looks at the partitions of this worker; one that did not move since the last look is read."""

    def __init__(
        self,
        lines: Collection[LineCounter],
        heads: LineHeads,
        readable: Callable[[], Collection[int]],
    ) -> None:
        super().__init__()
        self._lines = lines
        self._heads = heads
        self._readable = readable
        self._seen: Mapping[tuple[str, int], int] = {}

    @Service.timer(_EVERY)
    async def _look_on(self) -> None:
        try:
            await self.look()
        except TransientFailure as error:
            log.warning("lines are not looked at: %s", error)
        except Fenced as error:
            log.error("fenced, ending: %s", error)
            end_process(EXIT_FENCED)

    async def look(self) -> None:
        """Count what is missing in every line that stands still before its head."""
        before, self._seen = (
            self._seen,
            {
                (line.topic, partition): line.cursor(partition)
                for line in self._lines
                for partition in self._readable()
            },
        )
        for line in self._lines:
            for partition in list(self._readable()):
                cursor = line.cursor(partition)
                if before.get((line.topic, partition)) != cursor:
                    continue
                head = await self._heads.head(line.topic, partition)
                if head > cursor:
                    log.info("%s-%s: %s to %s are counted", line.topic, partition, cursor, head)
                    await line.catch_up(partition, head, self._goes_on(partition))

    def _goes_on(self, partition: int) -> Callable[[], bool]:
        return lambda: partition in self._readable() and not self.should_stop


def register(
    app: ChatStreamApp,
    lines: Collection[LineCounter],
    heads: LineHeads,
    readable: Callable[[], Collection[int]],
) -> None:
    """Run it in a stats worker."""
    app.run_beside(CatchUp(lines, heads, readable))
