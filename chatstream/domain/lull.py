"""How long somebody rests between two looks for work that nobody told of."""

from __future__ import annotations


class Lull:
    """Waits of `first` seconds, doubling up to `most` as long as no look finds anything."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._next = first

    def wait(self) -> float:
        """Seconds until the next look; longer each time."""
        now, self._next = self._next, min(2 * self._next, self._most)
        return now

    def end(self) -> None:
        """Something was found: the next wait is the first again."""
        self._next = self._first
