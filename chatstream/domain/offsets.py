"""Offsets of a source topic's partition, as one reader sees them: each follows the one before.

No source topic is compacted or transactional, so within one consumer generation a record is missing
only when something between the broker and the reader has lost it. Before the first record of a
generation some may be missing because the broker has deleted them (its retention); later ones may
not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hole:
    """Offsets that the reader did not get, from `first` up to but without `end`.

    `is_first` when nothing of this generation came before: the broker has deleted them.
    """

    topic: str
    partition: int
    first: int
    end: int
    is_first: bool

    def __len__(self) -> int:
        return self.end - self.first

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}: offsets {self.first} to {self.end - 1} are missing"


@dataclass(slots=True)
class _Read:
    generation: int | None
    last: int


class OffsetGuard:
    """The last offset of each (topic, partition) in its newest generation."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, int], _Read] = {}

    def is_next(self, place: tuple[str, int], generation: int | None, offset: int) -> bool:
        """Whether the record at `offset` is the next of its generation; notes that it came.

        Of any other nothing is noted: `look` tells.
        """
        read = self._read.get(place)
        if read is None or read.generation != generation or offset != read.last + 1:
            return False
        read.last = offset
        return True

    def look(
        self, place: tuple[str, int], generation: int | None, offset: int, begin: int | None
    ) -> Hole | None:
        """Note that the record at `offset` came; the hole before it, if there is one.

        `begin` is the committed offset with which the generation began, the next to be read; None:
        there is none, and the first record may be any. An offset not above the last one is a
        repeat: it makes no hole, and what follows it goes by the highest that came.
        """
        read = self._read.get(place)
        if read is None or read.generation != generation:
            self._read[place] = _Read(generation, offset)
            if begin is None or offset <= begin:
                return None
            return Hole(*place, begin, offset, is_first=True)
        if offset <= read.last:
            return None
        expected, read.last = read.last + 1, offset
        return None if offset == expected else Hole(*place, expected, offset, is_first=False)
