"""The periodic check of the tables against Postgres, as a metric.

One partition of this worker at a time, and of its words one slice, so that memory stays small;
after some rounds everything was looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from prometheus_client import Counter, Gauge

from agents.periodic_check import PeriodicCheck
from agents.stats.recount import Recounter
from chatstream.domain.drift import TornError, slice_of
from infra.faust.app import ChatStreamApp
from tables.snapshot import rows_of
from tables.stats import StatsTables

log = logging.getLogger(__name__)

_SLICES = 16
_TRIES = 5

DRIFT = Gauge(
    "chatstream_stats_drift", "counts that differed from Postgres at the last check", ["partition"]
)
CHECKS = Counter("chatstream_stats_checks", "checks of the tables against Postgres")


class DriftCheck(PeriodicCheck):
    """Compares a part of the tables every `interval` seconds; 0: never."""

    what = "the tables were"

    def __init__(
        self,
        tables: StatsTables,
        recounter: Recounter,
        readable: Callable[[], Collection[int]],
        interval: float,
    ) -> None:
        super().__init__(interval)
        self._tables = tables
        self._recounter = recounter
        self._readable = readable

    async def check(self) -> None:
        """Compare one slice of the next partition; what differs is logged and measured."""
        partitions = sorted(self._readable())
        if not partitions:
            return
        turn = next(self.rounds)
        partition = partitions[turn % len(partitions)]
        keep = slice_of(turn // len(partitions) % _SLICES, _SLICES)
        for _ in range(_TRIES):
            rows = rows_of(self._tables, partition)
            try:
                _, found = await self._recounter.compare(partition, rows, keep)
            except TornError:
                await self.sleep(0.2)
                continue
            DRIFT.labels(partition=str(partition)).set(len(found))
            CHECKS.inc()
            for each in found[:10]:
                log.error("partition %s drifts: %s: %s", partition, each.table, each)
            return


def register(
    app: ChatStreamApp,
    tables: StatsTables,
    recounter: Recounter,
    readable: Callable[[], Collection[int]],
) -> None:
    """Run the check in a stats worker."""
    interval = app.chatstream.stats.check_interval
    app.run_beside(DriftCheck(tables, recounter, readable, interval))
