"""A least time between things that cost much the same whether they bring little or much."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass

from chatstream.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds from one beginning to the next at least, after one that held `busy_from` or more.

    `together`: those that wait begin at common moments, so that what they lead to goes out at once
    (to the broker: in one request); then it is up to twice as long.
    """

    interval: float
    busy_from: int
    together: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """Topics that nobody waits for beside others, and seconds between two fetches of them."""

    topics: frozenset[str]
    seconds: float


NO_REST = Rest(frozenset(), 0.0)


def pace_of(settings: KafkaSettings, *, is_waited_for: bool) -> Pace:
    """Of fetches, by partitions: where nobody waits any record slows them, elsewhere load."""
    if is_waited_for:
        return Pace(settings.fetch_interval, 4)
    return Pace(settings.background_fetch_interval, 1)


def to_common_moment(interval: float, now: float) -> float:
    """Seconds from `now` to a moment that all have in common who ask by the same clock.

    Common moments are an interval apart. It is half an interval away at least, so that who wakes up
    a little early does not take the same moment again.
    """
    return _common_moment(interval, now + interval / 2) - now


def _common_moment(interval: float, earliest: float) -> float:
    return math.ceil(earliest / interval) * interval


class Pacer:
    """Keeps the pace of one thing that happens again and again."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._began = 0.0
        self._is_busy = False

    async def begin(self) -> None:
        """Wait until the next one may begin, and begin it."""
        pace, now = self._pace, time.monotonic()
        due = self._began + pace.interval
        if due > now and self._is_busy:
            if pace.together:
                due = _common_moment(pace.interval, due)
            await asyncio.sleep(due - now)
        self._began = time.monotonic()

    def held(self, count: int) -> None:
        """Tell how much the one that began has brought."""
        self._is_busy = count >= self._pace.busy_from
