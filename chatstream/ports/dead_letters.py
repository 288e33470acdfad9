"""Dead letters as they are looked at, put back and given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.domain.dead_letters import Original, Place
from chatstream.domain.letter_states import KeptLetter, LettersWanted

After = tuple[int, Place]


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Letters, the newest first; `after` is where the next page begins, None at the end.

    `forgotten` letters are older than those that are looked at.
    """

    letters: Sequence[KeptLetter]
    after: After | None
    forgotten: int


@dataclass(frozen=True, slots=True)
class WholeLetter:
    """A letter with the record that it keeps."""

    kept: KeptLetter
    original: Original


class DeadLetters(Protocol):
    """The dead letters of every context; each call raises TransientFailure while Kafka is away."""

    async def page(self, wanted: LettersWanted, after: After | None, limit: int) -> LetterPage:
        """A page of those that are wanted, as they are now."""
        ...

    async def one(self, letter_id: str) -> WholeLetter | None:
        """A letter by its id; None when there is none, or the broker has deleted it."""
        ...

    async def replay(self, letter_id: str, by: str | None, reader: str | None = None) -> KeptLetter:
        """Put the record back, once; what is told of it says who did.

        Returns when the record is on Kafka, or somebody else's replay is found under way. One that
        is done, dropped or failed again is not put back: its state is returned as it is. NOT_FOUND
        without such a letter; INVALID_INPUT when its headers do not say for whom it is (`reader`
        says so then).
        """
        ...

    async def drop(self, letter_id: str, by: str | None, reason: str) -> KeptLetter:
        """Give the letter up; one that is done or dropped stays as it is. Errors as for replay."""
        ...

    async def outcome(self, letter_id: str, within: float) -> KeptLetter:
        """The letter once its replay has come to something, or after `within` seconds as it is."""
        ...
