"""The log service's step that removes what was kept for long enough."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from prometheus_client import Counter, Gauge

from agents.periodic_check import PeriodicCheck

log = logging.getLogger(__name__)

REMOVED = Counter(
    "chatstream_log_indices_removed", "indices that were kept for long enough", ["dataset"]
)
LOOKED = Gauge(
    "chatstream_log_retention_timestamp_seconds", "when the age of indices was looked at last"
)


class LogRetention(PeriodicCheck):
    """Calls `remove` with the moment every `interval` seconds (0: never), and tells what went."""

    what = "the age of indices was"

    def __init__(
        self,
        remove: Callable[[datetime], Awaitable[Sequence[str]]],
        interval: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(interval)
        self._remove = remove
        self._clock = clock

    async def check(self) -> None:
        """Remove what is old enough by the clock of now."""
        for index in await self._remove(self._clock()):
            REMOVED.labels(index.rpartition("-")[0]).inc()
            log.info("%s was kept for long enough and is removed", index)
        LOOKED.set_to_current_time()
