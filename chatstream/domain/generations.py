"""Generations of the live tables: which dictionary each is counted by, and which one serves.

Everybody folds the same records in one order. A record that does not fit what came before it is
passed over, so of two that were written at once the first counts, for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatstream.domain.dictionary import NO_WORDS, WordLists


@dataclass(frozen=True, slots=True)
class Generation:
    """A set of tables and the version of the dictionary by which it is counted, for good."""

    number: int = 0
    dictionary: int = 0


@dataclass(frozen=True, slots=True)
class Counting:
    """What a stats worker counts: a generation, and the words of its dictionary."""

    generation: Generation = Generation()
    lists: WordLists = NO_WORDS


FIRST = Counting()


class Generations:
    """The fold. Dictionary 0 is empty; generation 0 is counted by it and serves at first."""

    def __init__(self) -> None:
        self._lists: list[WordLists] = [NO_WORDS]
        self._planned: dict[int, Generation] = {0: Generation()}
        self._accepted: set[str] = set()
        self.serving = Generation()
        self.builder = ""

    @property
    def dictionary(self) -> int:
        """The newest version of the dictionary."""
        return len(self._lists) - 1

    @property
    def next_number(self) -> int:
        """The number that the next generation gets."""
        return max(self._planned) + 1

    def lists(self, version: int) -> WordLists:
        """The words of a version; KeyError when there is none."""
        if not 0 <= version < len(self._lists):
            raise KeyError(version)
        return self._lists[version]

    def counting(self, number: int) -> Counting:
        """A generation with its words; KeyError when it was never planned."""
        generation = self._planned[number]
        return Counting(generation, self.lists(generation.dictionary))

    def superseded(self, number: int) -> list[int]:
        """Generations up to this one that do not serve."""
        return [each for each in self._planned if each <= number and each != self.serving.number]

    def has_accepted(self, request_id: str) -> bool:
        """Whether the record of this request fitted."""
        return request_id in self._accepted

    def change_dictionary(self, version: int, lists: WordLists, request_id: str) -> None:
        """A new version of the dictionary, when it is the next one."""
        if version == self.dictionary + 1:
            self._lists.append(lists)
            self._accepted.add(request_id)

    def plan(self, generation: Generation, request_id: str) -> None:
        """A generation is going to be counted, when its number is new and its dictionary known."""
        if generation.number >= self.next_number and generation.dictionary <= self.dictionary:
            self._planned[generation.number] = generation
            self._accepted.add(request_id)

    def activate(self, number: int, builder: str, request_id: str) -> None:
        """A planned generation serves, when none that is newer does.

        `builder` is the address of a worker that answers for it beside the others, or empty.
        """
        if number in self._planned and number >= self.serving.number:
            self.serving = self._planned[number]
            self.builder = builder
            self._accepted.add(request_id)
