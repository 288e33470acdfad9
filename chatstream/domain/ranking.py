"""The most used words, kept as counts change, and put together from several partitions.

A word lies in every partition whose rooms said it, so the list of one partition says nothing final
about the sum. Each partition therefore reports its own top and a bound: no word it leaves out has
more. A word that nobody reports has at most the sum of the bounds (the three-phase uniform
threshold method), so a list whose last word reaches that sum is exact.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chatstream.domain.words import DISCLOSED_ACCOUNTS, DISCLOSED_ROOMS, Tally


class TopWords:
    """The most counted words of one partition: no word that is left out has more than `floor`.

    Holds between `capacity` and twice as many words; changing a count costs O(1) amortised.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.floor = 0
        self._counts: dict[str, int] = {}
        self._ranked: list[tuple[int, str]] | None = None

    def put(self, word: str, count: int) -> None:
        """Take over a word's new count."""
        if count > self.floor:
            self._counts[word] = count
            if len(self._counts) > 2 * self.capacity:
                self._prune()
        else:
            self._counts.pop(word, None)
        self._ranked = None

    @property
    def is_thin(self) -> bool:
        """Whether counts that fell have left less than half of a list that does not hold all."""
        return self.floor > 0 and len(self._counts) < self.capacity // 2

    def _prune(self) -> None:
        # By the counts alone, which are sorted ten times as fast as pairs.
        floor = self.floor = sorted(self._counts.values(), reverse=True)[self.capacity]
        self._counts = {word: count for word, count in self._counts.items() if count > floor}

    def top(self, limit: int) -> tuple[list[str], int]:
        """At most `limit` words, most counted first, and a bound on every word not among them."""
        if self._ranked is None or len(self._ranked) < min(limit + 1, len(self._counts)):
            self._ranked = _highest(self._counts, limit + 1)
        words = [word for _, word in self._ranked[:limit]]
        bound = self._ranked[limit][0] if len(self._ranked) > limit else 0
        return words, max(bound, self.floor)


def _highest(counts: Mapping[str, int], limit: int) -> list[tuple[int, str]]:
    """The `limit` highest, as (count, word); a third of the time that a heap of pairs takes."""
    least = sorted(counts.values(), reverse=True)[:limit][-1:]
    pairs = [(count, word) for word, count in counts.items() if count >= least[0]] if least else []
    pairs.sort(reverse=True)
    return pairs[:limit]


def merge(tallies: Iterable[Tally]) -> Tally:
    """One word's tallies of several partitions as one; `fact_no` has no meaning in it.

    A room lies in one partition only; an account may have spoken in several.
    """
    total = Tally()
    rooms: set[int] = set()
    accounts: set[int] = set()
    for tally in tallies:
        total.count += tally.count
        total.in_open += tally.in_open
        total.disclosed |= tally.disclosed
        rooms.update(tally.rooms)
        accounts.update(tally.accounts)
    if len(rooms) >= DISCLOSED_ROOMS and len(accounts) >= DISCLOSED_ACCOUNTS:
        total.disclosed = True
    if not total.disclosed:
        total.rooms = tuple(sorted(rooms)[:DISCLOSED_ROOMS])
        total.accounts = tuple(sorted(accounts)[:DISCLOSED_ACCOUNTS])
    return total


@dataclass(frozen=True, slots=True)
class Ranking:
    """Words and shown counts, most counted first; `exact` unless a word may be missing."""

    words: Sequence[tuple[str, int]]
    exact: bool


def rank(tallies: Mapping[str, Tally], bound: int, top: int) -> Ranking:
    """The `top` shown words among the candidates; no other word has more than `bound`."""
    shown = ((tally.shown, word) for word, tally in tallies.items() if tally.shown > 0)
    best = heapq.nsmallest(top, ((-count, word) for count, word in shown))
    words = [(word, -count) for count, word in best]
    reached = len(words) == top and words[-1][1] >= bound
    return Ranking(words, bound == 0 or reached)
