"""The periodic comparison of the reporting database with its sources: measured and told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from prometheus_client import Gauge

from agents.periodic_check import PeriodicCheck
from chatstream.domain.captured_differences import RowDifference

log = logging.getLogger(__name__)

DIFFERENCES = Gauge(
    "chatstream_cdc_differences",
    "rows of the reports unlike their source at the last comparison",
    ["database"],
)
_SETTLES = 15.0


class ReportingCheck(PeriodicCheck):
    """Compares all rows every `interval` seconds (0: never).

    What people change meanwhile differs for a moment: only what still does a little later counts.
    `compare` reads both sides, in a thread, and raises TransientFailure when one is away.
    """

    what = "the reports were"

    def __init__(
        self,
        compare: Callable[[], Sequence[RowDifference]],
        databases: Sequence[str],
        interval: float,
    ) -> None:
        super().__init__(interval)
        self._compare = compare
        self._databases = databases

    async def check(self) -> None:
        """Compare, and once more if something differs."""
        found = set(await asyncio.to_thread(self._compare))
        if found:
            await self.sleep(_SETTLES)
            found &= set(await asyncio.to_thread(self._compare))
        for name in self._databases:
            count = sum(each.table.partition(".")[0] == name for each in found)
            DIFFERENCES.labels(name).set(count)
        for each in list(found)[:10]:
            log.error("the reports differ: %s %s %s", each.table, each.what, each.key)
