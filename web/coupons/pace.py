"""How many claims are decided in a second, as this front hears of them."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

OVER = 10
"""Seconds over which it is told."""


class ClaimPace:
    """The decided claims of the last seconds, by campaign."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._seconds: deque[tuple[int, Counter[str]]] = deque(maxlen=OVER + 1)

    def heard(self, campaign_id: str) -> None:
        """One more was decided."""
        second = int(self._clock())
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][campaign_id] += 1

    def rate(self, campaign_id: str) -> float:
        """Claims of a campaign in a second, over the last whole seconds that this front has."""
        now = int(self._clock())
        span = min(OVER, now - int(self._began))
        if span < 1:
            return 0.0
        counts = (each for second, each in self._seconds if now - span <= second < now)
        return sum(each[campaign_id] for each in counts) / span
