"""Finding listed words in a message, and masking them.

A match is only a suspicion until it stands where it may: `ass` in `class` does not, nor `시 발` in
`다시 발견`. What splits a word must look like hiding: letters one by one, or odd signs between.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chatstream.domain.abuse.normalising import HANGUL, Normal, normalise
from chatstream.domain.abuse.placing import stands_korean, stands_latin
from chatstream.domain.abuse.policy import WordLists
from chatstream.domain.abuse.stems import Stem, beginnings, expand, stems

MASK = "●"
_PASSES = 8
# A path behind a host, and a UUID: `faa6` is no word there.
_NO_WORDS = re.compile(
    r"[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S*"
    r"|(?<![a-z0-9])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A listed word in a message: the original's characters `start` to `end`, and the list's."""

    start: int
    end: int
    word: str
    refused: bool


class Matcher:
    """The word lists, compiled once. Immutable in effect; safe to share."""

    def __init__(self, words: WordLists) -> None:
        self.words = words
        refused = list(stems(words.refused))
        self._refused = frozenset(refused)
        every = [*refused, *stems(words.masked)]
        self._korean = _Script(stem for stem in every if stem.korean)
        self._latin = _Script(stem for stem in every if not stem.korean)
        self._allowed = _allowed(words.allowed)

    def find(self, text: str) -> list[Found]:
        """The listed words in the text, by where they begin; they may overlap."""
        return self.find_in(normalise(text))

    def find_in(self, normal: Normal) -> list[Found]:
        """The same for a text that is normalised already."""
        hits = [hit for script in (self._latin, self._korean) for hit in script.hits(normal)]
        if not hits:
            return []
        free = [match.span() for match in self._allowed.finditer(normal.text)]
        free += [match.span() for match in _NO_WORDS.finditer(normal.written)]
        origins = normal.origins()
        return sorted(
            (
                Found(origins[start], origins[end - 1] + 1, stem.word, stem in self._refused)
                for start, end, stem in hits
                if not any(start < last and first < end for first, last in free)
            ),
            key=lambda found: (found.start, found.end),
        )

    def mask(self, text: str, found: Iterable[Found] | None = None) -> str:
        """The text with every character of its listed words as `●`; as long as before.

        `found` spares finding them when that is done. No listed word is left: what only comes about
        by masking is masked too, and a text made so that this goes on and on is masked whole.
        """
        found = self.find(text) if found is None else list(found)
        for _ in range(_PASSES):
            if not found:
                return text
            chars = list(text)
            for each in found:
                chars[each.start : each.end] = MASK * (each.end - each.start)
            text = "".join(chars)
            found = self.find(text)
        return MASK * len(text) if found else text


class _Script:
    """The stems of one script, behind one sieve."""

    def __init__(self, found: Iterable[Stem]) -> None:
        self._by_unit: dict[str, list[Stem]] = defaultdict(list)
        every = list(found)
        for stem in every:
            self._by_unit[stem.units[0]].append(stem)
        self._firsts = [(re.compile(unit), stems) for unit, stems in self._by_unit.items()]
        korean = any(stem.korean for stem in every)
        self._sieve = re.compile(beginnings(every, korean=korean)) if every else None
        self._letter = re.compile(f"[{HANGUL}]" if korean else "[a-z]")
        self._stands = stands_korean if korean else stands_latin

    def hits(self, normal: Normal) -> Iterator[tuple[int, int, Stem]]:
        """Where a stem is meant, in the normalised text."""
        text = normal.text
        if self._sieve is None or not self._letter.search(text):
            return
        ends: set[int] = set()
        suspicion = self._sieve.search(text)
        while suspicion is not None:
            start = suspicion.start()
            for first, candidates in self._firsts:
                if first.match(text, start):
                    for stem in candidates:
                        match = stem.match(text, start)
                        if match and self._stands(normal, stem, match.span(), start in ends):
                            ends.add(match.end())
                            yield start, match.end(), stem
            suspicion = self._sieve.search(text, start + 1)


def _allowed(words: Iterable[str]) -> re.Pattern[str]:
    spellings = {
        normalise(spelling.replace("_", " ")).text for word in words for spelling in expand(word)
    }
    if not spellings:
        return re.compile("(?!)")
    longest_first = sorted(spellings, key=len, reverse=True)
    return re.compile("|".join(re.escape(each).replace(r"\ ", " *") for each in longest_first))
