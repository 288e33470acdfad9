"""How a reader does in a partition, told from a window of its commits by Burrow's rules.

A number of records says little about a reader: a hundred are much of a topic on which one comes an
hour, and nothing at a rush. So what is judged is what became of the lag over the last commits, and
no threshold is to be set. The rules and their order are those of linkedin/Burrow
(`core/internal/evaluator/caching.go`); where this differs from it: ADR 0066.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise


class LagState(StrEnum):
    """How a reader does; in the order of their gravity.

    OK: it keeps up, or comes nearer. WARN: it goes on, and its lag does not fall. REWIND: it
    committed a lower offset than before, and is not where it was. STALL: somebody holds the
    partition, and its offset stands still. STOP: nobody commits, and records wait.
    """

    OK = "OK"
    WARN = "WARN"
    REWIND = "REWIND"
    STALL = "STALL"
    STOP = "STOP"


_GRAVITY = {state: number for number, state in enumerate(LagState)}


@dataclass(frozen=True, slots=True)
class Commit:
    """The next `offset` that a reader wants, as it stood `at` (seconds), and the lag of then."""

    offset: int
    at: float
    lag: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """A window's `length` in commits, and the seconds of the `interval` between two of them."""

    length: int = 10
    interval: float = 10.0

    @property
    def span(self) -> float:
        """Seconds from the first to the last commit of a whole window."""
        return (self.length - 1) * self.interval


def worst(states: Iterable[LagState]) -> LagState:
    """The gravest of them; OK of none."""
    return max(states, key=_GRAVITY.__getitem__, default=LagState.OK)


def gravity(state: LagState) -> int:
    """A number by which states are sorted, 0 of OK."""
    return _GRAVITY[state]


def state_of(
    commits: Sequence[Commit], ends: Sequence[int], lag: int, now: float, sampling: Sampling
) -> LagState:
    """The state of a reader that is `lag` records behind `now`.

    `commits` are its last ones and `ends` the partition's last ends, the oldest first. A window
    that is not full yet tells only of a stop and of a rewind.
    """
    if lag <= 0 or not commits:
        return LagState.OK
    if _has_stopped(commits, now, sampling) and not _was_at_the_end(commits[-1].offset, ends):
        return LagState.STOP
    if _is_rewound(commits):
        return LagState.REWIND
    is_full = len(commits) >= sampling.length
    if not is_full or any(each.lag <= 0 for each in commits):
        return LagState.OK
    if len({each.offset for each in commits}) == 1:
        return LagState.STALL
    return LagState.OK if _falls_somewhere(commits) else LagState.WARN


def _has_stopped(commits: Sequence[Commit], now: float, sampling: Sampling) -> bool:
    """Whether the last commit is longer ago than the whole window is long."""
    first, last = commits[0].at, commits[-1].at
    return now - last > max(last - first, sampling.span)


def _was_at_the_end(offset: int, ends: Sequence[int]) -> bool:
    """Whether nothing waited a moment ago: what waits has only just come."""
    return any(end <= offset for end in ends)


def _is_rewound(commits: Sequence[Commit]) -> bool:
    """Whether it went back, and none of the commits since has come to where it was."""
    for number, (before, after) in enumerate(pairwise(commits), start=1):
        if after.offset < before.offset:
            since = islice(commits, number, None)  # a window is a deque, which has no slices
            return all(each.offset < before.offset for each in since)
    return False


def _falls_somewhere(commits: Sequence[Commit]) -> bool:
    return any(after.lag < before.lag for before, after in pairwise(commits))


def seconds_to_catch_up(commits: Sequence[Commit], lag: int) -> float | None:
    """When it is at the end, if it goes on as in the window; None: not at this pace.

    0 of a reader that is there, or was in the window: it keeps up.
    """
    if lag <= 0 or any(each.lag <= 0 for each in commits):
        return 0.0
    if len(commits) < 2:
        return None
    first, last = commits[0], commits[-1]
    fallen = first.lag - last.lag
    return lag * (last.at - first.at) / fallen if fallen > 0 else None
