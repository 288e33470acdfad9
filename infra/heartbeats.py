"""What a process tells of itself: every ten seconds, at each change, and as its last word.

The supervisor knows which processes it started, but not every deployment has ours; so each tells
itself, on `kakao.ops.process.EVENT` (ADR 0072). Whoever is killed or stopped falls silent.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mode import Service
from prometheus_client import REGISTRY

from chatstream import VERSION
from chatstream.domain.overview.judging import COUNTED
from chatstream.domain.overview.processes import ENDED, EVERY, HOLDS, READY, UNREADY
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.errors import Fenced, TransientFailure
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import records
from schemas.contexts.ops import PROCESS

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks whether something changed."""
GOODBYE_WITHIN = 2.0
"""Seconds that a process that ends gives its last word."""

Put = Callable[[Sequence[Outgoing]], Awaitable[None]]
Reasons = Callable[[], Mapping[str, str]]
_State = tuple[str, Mapping[str, str], tuple[str, ...]]


def counted(names: Collection[str] = COUNTED) -> dict[str, float]:
    """Metrics of this process by name, the values of their labels joined to it by `|`."""
    registry = REGISTRY.restricted_registry(names)
    return {
        "|".join((sample.name, *sample.labels.values())): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The start `instance` of a worker of a service, on topics of so many partitions."""

    instance: str
    worker: str
    service: str
    partitions: int


class Heartbeats(Service):
    """Tells of `who` by `put`, as long as it is started.

    `reasons` says why it is not ready, by check; `away` for which stores its lanes wait; `counts`
    what its process counted. While Kafka is away one beat waits, and no more.
    """

    def __init__(
        self,
        put: Put,
        who: Who,
        reasons: Reasons,
        away: Callable[[], Iterable[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
        counts: Callable[[], Mapping[str, float]] = counted,
    ) -> None:
        super().__init__()
        self._put = put
        self._who = who
        self._reasons = reasons
        self._away = away
        self._clock = clock
        self._counts = counts
        self._started_at = now_text()
        self._told: _State | None = None
        self._told_at = 0.0

    @Service.task
    async def _beat_on(self) -> None:
        while not self.should_stop:
            await self.look()
            await self.sleep(LOOK)

    async def look(self) -> None:
        """Tell, if something changed or it is time; what cannot be told is told by the next."""
        state = self._state()
        now = self._clock()
        if state == self._told and now - self._told_at < EVERY:
            return
        try:
            await self._put([self._outgoing(*state, counts=self._counts())])
        except (TransientFailure, Fenced) as error:
            log.debug("a heartbeat is not told: %s", error)
            return
        self._told = state
        self._told_at = now

    async def goodbye(self) -> None:
        """The last word, as long as there is a producer; then no more is told."""
        await self.stop()
        try:
            async with asyncio.timeout(GOODBYE_WITHIN):
                await self._put([self._outgoing(ENDED, {}, (), counts={})])
        except (TransientFailure, Fenced, TimeoutError) as error:
            log.info("the last word is not told: %s", error or "no answer")

    def _state(self) -> _State:
        reasons = dict(self._reasons())
        return UNREADY if reasons else READY, reasons, tuple(sorted(set(self._away())))

    def _outgoing(
        self,
        state: str,
        reasons: Mapping[str, str],
        away: tuple[str, ...],
        counts: Mapping[str, float],
    ) -> Outgoing:
        who = self._who
        beat = records.Heartbeat(
            worker=who.worker,
            service=who.service,
            instance=who.instance,
            version=VERSION,
            state=state,
            started_at=self._started_at,
            at=now_text(),
            holds=HOLDS,
            reasons=dict(reasons),
            away=away,
            counts=dict(counts),
        )
        partition = partition_of(who.worker, who.partitions)
        return Outgoing(PROCESS.event.name, partition, who.worker.encode(), records.encode(beat))


def register(
    app: ChatStreamApp,
    reasons: Reasons,
    away: Callable[[], Iterable[str]] = tuple,
    *,
    counts: Callable[[], Mapping[str, float]] = counted,
) -> None:
    """Tell of this process from before its tables are read until it ends.

    Of the services of one process only one may tell its `counts`: readers add them up.
    """
    settings = app.chatstream
    beats = Heartbeats(
        partial(send_all, app),
        Who(
            instance=app.instance,
            worker=settings.worker_name,
            service=settings.service,
            partitions=settings.kafka.partitions,
        ),
        reasons,
        away,
        counts=counts,
    )

    async def start() -> None:
        await beats.start()

    app.before_start.insert(0, start)
    app.before_stop.append(beats.goodbye)
