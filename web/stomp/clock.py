"""One timer for all sockets: heart-beats, silence, expiry."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import Protocol

from infra.tracing import outside

TICK = 0.25


class Ticked(Protocol):
    """Something that wants to be looked at from time to time."""

    def tick(self, now: float) -> float | None:
        """Do what is due at `now` (the loop's time); the next time to look, None for never."""
        ...


class Clock:
    """Calls `tick` of everything that was added, within a quarter of a second of its time."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Ticked]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, when: float, ticked: Ticked) -> None:
        """Look at it first at `when`; until then and after its last look nothing is spent."""
        heapq.heappush(self._due, (when, next(self._order), ticked))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(TICK, self._advance, context=outside())

    def _advance(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        while self._due and self._due[0][0] <= now:
            _, _, ticked = heapq.heappop(self._due)
            following = ticked.tick(now)
            if following is not None:
                heapq.heappush(self._due, (following, next(self._order), ticked))
        if self._due:
            self._timer = loop.call_later(TICK, self._advance)

    def stop(self) -> None:
        """Forget everything."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
