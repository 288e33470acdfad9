"""How a copy knows that it is up to date, and for how long that is good.

A partition is *proved* at a moment when the copy had every fact by then: its cursor was at the
line's head, and the head was read no earlier. What was true then is at most as old as the proof, so
an answer is good while its proof is younger than the window. Who proves has claimed the partition:
with a later claim every proof of a former one ends within the window, also that of a worker that is
paused or cut off. So whoever proves a head when the claim is a window old *settles* it: no answer
lacks a fact up to there any more, of this worker, of former ones, or of those that claim later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

WINDOW = 1.0
"""Seconds for which a proof is good."""

Clock = Callable[[], float]


class Unheld(StrEnum):
    """Why copies do not answer; the value is what it is counted as.

    Who holds them does not answer, or cannot prove them, or the proof is too old by now; what is
    asked for lies below what is listed, or in an order that copies do not know, or is not listed.
    """

    AWAY = "away"
    UNPROVED = "unproved"
    LATE = "late"
    BEYOND = "beyond"
    TIED = "tied"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class LineState:
    """A line as it was read: its head, and the claim that is the latest."""

    head: int
    claim: int


@dataclass(slots=True)
class Proofs:
    """When each partition was claimed and proved, by a clock that only goes on."""

    clock: Clock
    window: float = WINDOW
    _claims: dict[int, tuple[int, float]] = field(default_factory=dict)
    _proved: dict[int, float] = field(default_factory=dict)
    _settled: dict[int, int] = field(default_factory=dict)

    def unclaimed(self, partitions: Iterable[int]) -> list[int]:
        """Those that must be claimed first."""
        return sorted(each for each in partitions if each not in self._claims)

    def claimed(self, claims: Mapping[int, int]) -> None:
        """The partitions are this one's, by these claims, since a moment ago."""
        now = self.clock()
        self._claims |= {partition: (claim, now) for partition, claim in claims.items()}

    def claimed_at(self, partition: int, claim: int) -> float | None:
        """When this claim was made, if it is this one's."""
        own = self._claims.get(partition)
        return own[1] if own is not None and own[0] == claim else None

    def take(
        self, asked_at: float, lines: Mapping[int, LineState], cursors: Mapping[int, int]
    ) -> None:
        """The lines, read after `asked_at`, and how far the copy is, looked at after that.

        One that somebody else has claimed is forgotten.
        """
        for partition, line in lines.items():
            own = self._claims.get(partition)
            if own is None:
                continue
            if line.claim != own[0]:
                self.forget(partition)
            elif cursors.get(partition, -1) >= line.head:
                self._proved[partition] = max(asked_at, self._proved.get(partition, asked_at))
                if asked_at - own[1] >= self.window:
                    self._settled[partition] = max(line.head, self.settled(partition))

    def forget(self, partition: int) -> None:
        """Somebody else may write there: what was claimed and proved is so no more."""
        self._claims.pop(partition, None)
        self._proved.pop(partition, None)
        self._settled.pop(partition, None)

    def keep(self, partitions: Iterable[int]) -> None:
        """Only these are read here; the others are forgotten."""
        held = set(partitions)
        for partition in [each for each in self._claims if each not in held]:
            self.forget(partition)

    def age(self, partition: int) -> float | None:
        """How old the proof is; None when there is none that is good."""
        at = self._proved.get(partition)
        age = None if at is None else self.clock() - at
        return age if age is not None and age < self.window else None

    def settled(self, partition: int) -> int:
        """The number up to which no answer lacks a fact, whoever gives it; 0: of none."""
        return self._settled.get(partition, 0)


def is_good(age: float, took: float, window: float = WINDOW) -> bool:
    """Whether an answer may be shown whose proof was so old while it was made.

    `took` is from asking until it was there: the answer was made some time in between.
    """
    return age + took < window
