"""How long somebody waits before the next try at a server that is away."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Waits that double from `first` to `most` seconds, each cut by up to a half, by chance.

    So those who lost a server together do not come back together, and whoever waits uses a server
    that is back after `most` seconds at the latest. `chance` draws from 0 to 1.
    """

    def __init__(
        self, first: float, most: float, chance: Callable[[], float] = random.random
    ) -> None:
        self._next = first
        self._most = most
        self._chance = chance

    def wait(self) -> float:
        """Seconds until the next try; longer each time."""
        whole = min(self._next, self._most)
        self._next = 2 * whole
        return whole * (1 + self._chance()) / 2
