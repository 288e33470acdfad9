"""Watched words: an operators' list whose words have series of their own, and when one jumps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatstream.domain.forms import plain
from chatstream.domain.series import MINUTE

# Words on the list at most.
MOST = 50
# A jump: this many uses in the last minutes, and this many times as many as usual.
JUMP_MINUTES = 5
USUAL_MINUTES = 60
JUMP_LEAST = 20
JUMP_FACTOR = 4


class WatchList:
    """The words and since when each is watched, in seconds; a fold of the list's events.

    A word is known in the form in which it is counted, also from an event in another form.
    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def watch(self, word: str, at: float) -> None:
        """Watch a word; one that is watched stays so since then. A full list takes no more."""
        if len(self._since) < MOST:
            self._since.setdefault(plain(word).lower(), at)

    def unwatch(self, word: str) -> None:
        """Watch a word no longer."""
        self._since.pop(plain(word).lower(), None)

    @property
    def words(self) -> Mapping[str, float]:
        """The words, and since when."""
        return self._since

    @property
    def is_full(self) -> bool:
        """Whether no more words are taken."""
        return len(self._since) >= MOST


def first_minute(since: float) -> int:
    """The first minute that a word's series can tell of.

    Every worker hears of the list within a minute, so from then on nobody has missed a use.
    """
    return int(since // MINUTE) + 2


@dataclass(frozen=True, slots=True)
class Jump:
    """A word was used `count` times in JUMP_MINUTES, where `usual` was to be expected."""

    count: int
    usual: float


def jump(counts: Sequence[int]) -> Jump | None:
    """Judge the uses by minute, oldest first, the last USUAL_MINUTES + JUMP_MINUTES of them."""
    if len(counts) < USUAL_MINUTES + JUMP_MINUTES:
        return None
    before, recent = counts[-USUAL_MINUTES - JUMP_MINUTES : -JUMP_MINUTES], counts[-JUMP_MINUTES:]
    count, usual = sum(recent), sum(before) * JUMP_MINUTES / USUAL_MINUTES
    if count < JUMP_LEAST or count < JUMP_FACTOR * usual:
        return None
    return Jump(count, usual)
