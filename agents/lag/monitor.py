"""The monitor itself: it samples all groups again and again, judges them, and tells of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

from mode import Service

from agents.lag import samples
from agents.lag.metrics import KAFKA_LAG, MISSED, SAMPLED
from chatstream.domain.backoff import Backoff
from chatstream.domain.lag.groups import replaced, still_read
from chatstream.domain.lag.states import LagState, Sampling
from chatstream.domain.lag.telling import is_kept, is_told, recalled
from chatstream.domain.lag.watching import GroupLag, GroupPosition, GroupWatch, Place
from chatstream.errors import TransientFailure
from chatstream.ports.lag import GroupPositions, GroupReader, SampleReader
from infra.kafka.producer import Outgoing
from infra.retrying import retried, warn

log = logging.getLogger(__name__)

BACK = 900.0
"""Seconds of samples that a monitor that starts takes up again."""
TOLD_WITHIN = 10.0
"""Seconds for samples to be on Kafka; what is late is told by the next ones."""

Positions = Mapping[Place, GroupPosition]
Put = Callable[[Sequence[Outgoing]], Awaitable[None]]


class LagMonitor(Service):
    """Watches every group from its start on, with the windows that the one before it left.

    `put` produces samples to `partitions` partitions; `probe` gives the seconds that records take
    to Kafka and back. An outage of Kafka leaves samples out, and says so.
    """

    def __init__(
        self,
        groups: GroupReader,
        told: SampleReader,
        put: Put,
        sampling: Sampling,
        *,
        partitions: int,
        probe: Callable[[], float | None] = lambda: None,
    ) -> None:
        super().__init__()
        self._groups = groups
        self._told = told
        self._put = put
        self._sampling = sampling
        self._partitions = partitions
        self._probe = probe
        self._watches: dict[str, GroupWatch] = {}
        self._last: dict[str, GroupLag] = {}
        self._kept: dict[str, GroupLag] = {}

    @Service.task
    async def _watch(self) -> None:
        read = partial(self._told.recent, BACK)
        told = warn(log, "reading the last samples")
        found = await retried(read, Backoff(0.5, 5.0), told=told, sleep=self.sleep)
        self._watches = dict(recalled(found, self._sampling))
        log.info("watching, with %s samples of %s groups", len(found), len(self._watches))
        while not self.should_stop:
            began = time.monotonic()
            try:
                await self.sample()
            except TransientFailure as error:
                MISSED.inc()
                log.warning("a sample was not taken, or not told: %s", error)
            await self.sleep(max(0.0, began + self._sampling.interval - time.monotonic()))

    async def sample(self) -> None:
        """Take one sample of all groups and tell of it; TransientFailure when Kafka is away."""
        before = {group: watch.places for group, watch in self._watches.items()}
        found = await self._groups.positions(before)
        gone = replaced({each.group: each.members for each in found})
        read = {
            each.group: (each, still_read(each.positions, is_stable=each.is_stable))
            for each in found
            if each.group not in gone and (each.positions or each.members)
        }
        made = await self._groups.made(
            _first_uncommitted(positions for _, positions in read.values())
        )
        lags = [self._look(each, positions, made) for each, positions in read.values()]
        KAFKA_LAG.groups = lags
        SAMPLED.set_to_current_time()
        await self._tell(lags)
        for known in (self._watches, self._last, self._kept):
            for group in known.keys() - read.keys():
                del known[group]

    def _look(
        self, found: GroupPositions, positions: Positions, made: Mapping[tuple[Place, int], float]
    ) -> GroupLag:
        watch = self._watches.setdefault(found.group, GroupWatch(found.group, self._sampling))
        now = time.time()
        ages = {
            place: max(0.0, now - made[place, each.first])
            for place, each in positions.items()
            if each.lag and (place, each.first) in made
        }
        lag = watch.observe(now, found.members, positions, ages)
        before, after = self._last.get(found.group), lag.together.state
        if (before.together.state if before else LagState.OK) != after:
            log.warning("%s is %s: %s records behind", found.group, after, lag.together.lag)
        return lag

    async def _tell(self, lags: Sequence[GroupLag]) -> None:
        wanted = [lag for lag in lags if is_told(self._last.get(lag.group), lag)]
        kept = {lag.group for lag in wanted if is_kept(self._kept.get(lag.group), lag)}
        probe = self._probe()
        outgoing = [
            samples.outgoing(lag, self._partitions, is_kept=lag.group in kept, probe=probe)
            for lag in wanted
        ]
        try:
            async with asyncio.timeout(TOLD_WITHIN):
                await self._put(outgoing)
        except TimeoutError as error:
            raise TransientFailure("kafka: samples were not acknowledged in time") from error
        for lag in wanted:
            self._last[lag.group] = lag
            if lag.group in kept:
                self._kept[lag.group] = lag


def _first_uncommitted(groups: Iterable[Positions]) -> set[tuple[Place, int]]:
    """Where the records lie whose times say how far the groups are behind."""
    return {
        (place, each.first)
        for positions in groups
        for place, each in positions.items()
        if each.lag and each.first < each.end
    }
