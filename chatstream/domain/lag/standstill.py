"""When a worker that holds records and does not get on is to be ended, so that it starts anew.

A worker that hangs keeps its partitions: its group is told by another thread that it lives. What a
fresh process may mend is told here from inside; that somebody is behind, and why, tells the lag
monitor from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Held = Mapping[tuple[str, int], tuple[int, int]]
"""Of each partition that a worker holds: the next offset that is not committed, and the end."""


@dataclass(slots=True)
class _Stood:
    committed: int
    since: float


class Standstill:
    """Notices partitions of which nothing was committed for `patience` seconds while some waits."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._stood: dict[tuple[str, int], _Stood] = {}

    def look(self, now: float, held: Held, *, is_excused: bool) -> Sequence[tuple[str, int]]:
        """The partitions that stand still `now`; none while the worker `is_excused`.

        It is when a lane says that its store is away, or does something long: then the time begins
        anew afterwards.
        """
        if is_excused:
            self.forget()
        before, self._stood = self._stood, {}
        for place, (committed, end) in held.items():
            known = before.get(place)
            if committed >= end:
                continue
            is_same = known is not None and known.committed == committed
            self._stood[place] = known if known and is_same else _Stood(committed, now)
        return sorted(
            place for place, each in self._stood.items() if now - each.since >= self._patience
        )

    def forget(self) -> None:
        """Nothing is known: the worker was not at work, or Kafka did not answer."""
        self._stood = {}


def may_end(ended: Sequence[float], now: float, pause: float) -> bool:
    """Whether a worker may end itself again, after it did `ended` (seconds since 1970).

    At most once in `pause` seconds, since what a restart did not mend the next one will not; a
    clock that was put back does not hold it up for longer than that.
    """
    return not any(0 <= now - at < pause for at in ended)
