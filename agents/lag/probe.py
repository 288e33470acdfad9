"""Records to Kafka and back: what a reader of the log waits for at least.

One goes to each partition, so that every broker that leads some is asked. A reader that waits for
it is there all the time, and asks the broker only when there is something: idle it costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from mode import Service
from prometheus_client import Counter, Histogram

from chatstream.errors import PoisonMessage, TransientFailure
from infra.kafka.producer import Outgoing
from infra.metrics import ReadGauge
from schemas import codec, records
from schemas.contexts.lag import PROBE

log = logging.getLogger(__name__)

SECONDS = Histogram(
    "chatstream_lag_probe_seconds",
    "from producing a record to reading it back",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LOST = Counter("chatstream_lag_probes_lost", "probes that were not back before they were given up")
GIVEN_UP = 60.0
"""Seconds after which a probe is not waited for any more."""

Put = Callable[[Sequence[Outgoing]], Awaitable[None]]


class Probes(Service):
    """Sends a probe to each of the partitions every `interval` seconds and times its way.

    `put` produces records; `on_record` is told of what is read of the topic.
    """

    def __init__(
        self,
        put: Put,
        name: str,
        *,
        partitions: int,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._put = put
        self._name = name
        self._partitions = partitions
        self._interval = interval
        self._clock = clock
        self._numbers = count()
        self._under_way: dict[int, float] = {}
        self._last: dict[int, float] = {}
        WAITING.watch(self)

    @Service.task
    async def _send_on(self) -> None:
        while not self.should_stop:
            self.give_up()
            await asyncio.gather(*(self.send(each) for each in range(self._partitions)))
            await self.sleep(self._interval)

    async def send(self, partition: int) -> None:
        """Send one; while Kafka is away it is a probe that does not come back."""
        number = next(self._numbers)
        record = records.LagProbe(monitor=self._name, number=number)
        outgoing = Outgoing(
            PROBE.event.name, partition, self._name.encode(), records.encode(record)
        )
        self._under_way[number] = self._clock()
        try:
            async with asyncio.timeout(self._interval):
                await self._put([outgoing])
        except (TransientFailure, TimeoutError) as error:
            log.warning("a probe is not sent so far: %s", error or "no answer")

    def on_record(self, partition: int, value: bytes) -> None:
        """A record of the topic was read: one of ours, or another monitor's."""
        try:
            probe = codec.decode(PROBE.event.name, value)
        except PoisonMessage as error:
            log.error("unreadable probe in partition %s: %s", partition, error)
            return
        sent = self._under_way.pop(probe.number, None) if probe.monitor == self._name else None
        if sent is not None:
            self._last[partition] = self._clock() - sent
            SECONDS.observe(self._last[partition])

    def give_up(self) -> None:
        """Forget those that are not back for too long, and count them."""
        until = self._clock() - GIVEN_UP
        for number in [each for each, sent in self._under_way.items() if sent <= until]:
            del self._under_way[number]
            LOST.inc()

    @property
    def waiting(self) -> float:
        """Seconds since the oldest was sent that is not back; 0: all are."""
        now = self._clock()
        return now - min(self._under_way.values(), default=now)

    @property
    def slowest(self) -> float | None:
        """Of the last of each partition; None: none is back yet, or one is not for too long."""
        if not self._last or self.waiting > self._interval:
            return None
        return max(self._last.values())


WAITING = ReadGauge[Probes](
    "chatstream_lag_probe_waiting_seconds",
    "since the oldest probe was sent that is not back",
    [],
    lambda probes: [((), probes.waiting)],
)
