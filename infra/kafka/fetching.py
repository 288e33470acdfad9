"""How the program's consumers fetch: in a steady pace, and not held up by silent partitions.

A fetch costs aiokafka about the same whether it brings one record or a hundred, so under load
`tune` keeps a least time between two of them: each brings more. Where somebody waits, one that
brought records of a few partitions only is followed by the next at once.

aiokafka has one fetch a broker under way. When records of one partition lie unread for a tenth of
a second, it asks for all others without it, and that fetch is answered only when one of the
others gets a record, or after `fetch_max_wait_ms` (1,500 in Faust): until then nothing new comes
of the partition that was left out, though the reader has long caught up. Under load, when every
sender waits for an answer in that partition, everything stands still for that long. `tune` bounds
the wait of such a fetch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from chatstream.settings import KafkaSettings

PARTIAL_WAIT_MS = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two fetches at least, after one that brought as many partitions' records."""

    interval: float
    busy_from: int


def pace_of(settings: KafkaSettings, *, is_waited_for: bool) -> Pace:
    """Where somebody waits only load slows a fetch down, elsewhere every record does."""
    if is_waited_for:
        return Pace(settings.fetch_interval, 4)
    return Pace(settings.background_fetch_interval, 1)


class _PacedFetcher:
    """Wraps the two steps of a fetcher in which fetches are planned and sent."""

    def __init__(self, fetcher: Any, pace: Pace, wanted: Callable[[], Container[Any]]) -> None:
        self._fetcher = fetcher
        self._pace = pace
        self._wanted = wanted
        self._last = 0.0
        self._is_busy = False
        self._plan = fetcher._get_actions_per_node
        self._send = fetcher._proc_fetch_request

    def plan(self, assignment: Any) -> tuple[Any, ...]:
        planned: tuple[Any, ...] = self._plan(assignment)
        unread = self._fetcher._records
        if unread and planned[0]:
            wanted = self._wanted()
            if any(tp in wanted for tp in unread):
                for _node, request in planned[0]:
                    request._max_wait_ms = min(request._max_wait_ms, PARTIAL_WAIT_MS)
        return planned

    async def send(self, assignment: Any, node_id: int, request: Any) -> bool:
        wait = self._last + self._pace.interval - time.monotonic()
        if wait > 0 and self._is_busy:
            await asyncio.sleep(wait)
        self._last = time.monotonic()
        unread = len(self._fetcher._records)
        is_new: bool = await self._send(assignment, node_id, request)
        self._is_busy = len(self._fetcher._records) - unread >= self._pace.busy_from
        return is_new


def tune(consumer: AIOKafkaConsumer, pace: Pace, wanted: Callable[[], Container[Any]]) -> None:
    """From now on the consumer, which must have started, fetches in this pace.

    `wanted` tells the partitions that the reader takes; of others records may lie for ever (a
    table's changelog, while the table is written here).
    """
    # Untyped, and private: aiokafka has no setting for either.
    fetcher: Any = consumer._fetcher
    paced = _PacedFetcher(fetcher, pace, wanted)
    fetcher._get_actions_per_node = paced.plan
    fetcher._proc_fetch_request = paced.send
