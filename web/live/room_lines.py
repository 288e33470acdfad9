"""The rooms' fact lines as the hub follows them: every fact once, in order, none left out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from chatstream.domain.lines import FactStep, step
from chatstream.ports.counting import FactReader
from schemas import codec
from schemas.contexts.rooms import ROOM
from schemas.records import RoomFact
from web.edge.retrying import patiently
from web.live.metrics import PASSED_OVER, Gap, filled

log = logging.getLogger(__name__)

PAGE = 500
_TOPIC = ROOM.response.name


class RoomLines:
    """Hands each fact of the rooms' RESPONSE topic to `then` once and in the order of its number.

    A line begins with the first fact that is seen of it: what was stored before is in Postgres,
    where every subscription begins. A fact behind a gap waits until those before it are read back.
    It is not kept meanwhile, nor are those behind it: they are read back as well, so a store that
    is away for long costs no memory.
    """

    def __init__(self, reader: FactReader, then: Callable[[RoomFact], None]) -> None:
        self._reader = reader
        self._then = then
        self._cursors: dict[int, int] = {}
        self._wanted: dict[int, int] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def on_fact(self, partition: int, fact: RoomFact) -> None:
        """A fact from the topic, maybe again."""
        if partition in self._tasks:
            self._wanted[partition] = max(self._wanted[partition], fact.fact_no)
            return
        match step(self._cursors.get(partition, fact.fact_no - 1), fact.fact_no):
            case FactStep.APPLY:
                self._apply(partition, fact)
            case FactStep.GAP:
                self._wanted[partition] = fact.fact_no
                loop = asyncio.get_running_loop()
                self._tasks[partition] = loop.create_task(self._fill(partition))

    def _apply(self, partition: int, fact: RoomFact) -> None:
        self._cursors[partition] = fact.fact_no
        self._then(fact)

    async def _fill(self, partition: int) -> None:
        try:
            while (after := self._cursors[partition]) < self._wanted[partition]:
                await self._read(partition, after, min(after + PAGE, self._wanted[partition]))
        except Exception:
            PASSED_OVER.inc(self._wanted[partition] - self._cursors[partition])
            log.exception("room facts of partition %s are passed over", partition)
            self._cursors[partition] = self._wanted[partition]
        finally:
            del self._tasks[partition]

    async def _read(self, partition: int, after: int, upto: int) -> None:
        stored = await patiently(partial(self._reader.facts, _TOPIC, partition, after, upto))
        if [number for number, _ in stored] != list(range(after + 1, upto + 1)):
            raise LookupError(f"facts {after + 1} to {upto} are not all there")
        filled(Gap.FACTS, len(stored))
        for _, body in stored:
            self._apply(partition, codec.decode(_TOPIC, body))

    async def stop(self) -> None:
        """End the work that waits."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
