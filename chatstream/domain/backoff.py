"""How long somebody waits before the next try at a server that is away, or look for work."""

from __future__ import annotations

import random
from collections.abc import Callable


def whole() -> float:
    """The chance of a wait that is not cut: for who looks for work, and meets nobody there."""
    return 1.0


class Backoff:
    """Waits that double from `first` to `most` seconds, each cut by up to a half, by chance.

    So those who lost a server together do not come back together, and whoever waits uses a server
    that is back after `most` seconds at the latest. `chance` draws from 0 to 1.
    """

    def __init__(
        self, first: float, most: float, chance: Callable[[], float] = random.random
    ) -> None:
        self._first = first
        self._next = first
        self._most = most
        self._chance = chance

    def wait(self) -> float:
        """Seconds until the next try; longer each time."""
        uncut = min(self._next, self._most)
        self._next = 2 * uncut
        return uncut * (1 + self._chance()) / 2

    def end(self) -> None:
        """The server was there, or something was found: the next wait is the first again."""
        self._next = self._first
