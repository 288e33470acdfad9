"""Who may come in when many come at once, and when the others should come again.

A bounded number of newcomers is under way at a time, at most half of them from one address, so that
one network cannot shut the others out. Who is sent away gets a turn: the turns follow each other as
fast as newcomers were last seen to finish, so that a crowd comes back spread out, not together.
"""

from __future__ import annotations

from collections import Counter

LONGEST = 20.0
"""Seconds that somebody is told to wait at most."""

_FIRST_INTERVAL = 0.02
_LEAST, _MOST = 0.001, 0.1
_WEIGHT = 0.1  # of the newest interval in the average


class Admission:
    """The state of one door; `now` is a clock that never goes back, in seconds."""

    def __init__(self, most: int) -> None:
        if most < 2:
            raise ValueError("at least two newcomers must be let in at once")
        self._most = most
        self._addresses: Counter[str] = Counter()
        self._next_turn = 0.0
        self._interval = _FIRST_INTERVAL
        self._crowded_since: float | None = None

    @property
    def under_way(self) -> int:
        """How many have been let in and have not finished."""
        return self._addresses.total()

    def has_room(self, address: str) -> bool:
        """Whether one more of this address may come in now."""
        return self.under_way < self._most and self._addresses[address] < self._most // 2

    def enter(self, address: str) -> bool:
        """Let one in if there is room; pair with `finish`."""
        room = self.has_room(address)
        if room:
            self._addresses[address] += 1
        return room

    def finish(self, address: str, now: float) -> None:
        """One who was let in has finished, or has gone. Its pace counts while others wait."""
        if self._crowded_since is not None:
            seen = min(max(now - self._crowded_since, _LEAST), _MOST)
            self._interval += _WEIGHT * (seen - self._interval)
        self._crowded_since = now if self._next_turn > now else None
        self._addresses[address] -= 1
        if self._addresses[address] <= 0:
            del self._addresses[address]

    def turn(self, now: float, *, reserve: bool = True) -> float:
        """Seconds until the next free turn, above 0 and LONGEST at most; `reserve` takes it.

        Without: for somebody who will ask again before they come.
        """
        if self._crowded_since is None:
            self._crowded_since = now
        turn = min(max(self._next_turn, now) + self._interval, now + LONGEST)
        if reserve:
            self._next_turn = turn
        return turn - now
