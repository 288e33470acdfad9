"""Finding listed words in a message, and masking them.

A match is only a suspicion until it stands where it may: `ass` in `class` does not, nor `시 발` in
`다시 발견`. What splits a word must look like hiding: letters one by one, or odd signs between.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chatstream.domain.abuse.allowing import longest_of
from chatstream.domain.abuse.help_lines import tells_where_help_is
from chatstream.domain.abuse.normalising import HANGUL, Normal, normalise
from chatstream.domain.abuse.own_words import Evidence, Reader
from chatstream.domain.abuse.placing import stands_korean, stands_latin
from chatstream.domain.abuse.policy import ListedWords
from chatstream.domain.abuse.stem_search import StemSearch
from chatstream.domain.abuse.stems import Stem, beginnings, head, stems
from chatstream.domain.abuse.stretches import shortened

MASK = "●"
# How often masking looks again, and over how many characters in all where that is less.
_PASSES = 8
_PASSED_OVER = 2000
# A path behind a host, and a UUID: `faa6` is no word there; Korean behind a path is no part of
# it. A name is taken whole, be there a path or not, so that none is read again from each of its
# letters.
_NAME = re.compile(r"[a-z0-9-]++(?:(?:\.[a-z0-9-]++)++(?P<path>/[!-~]*+)?)?+")
_UUID = re.compile(r"(?<![a-z0-9])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![a-z0-9])")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A listed word in a message: the original's characters `start` to `end`, and the list's."""

    start: int
    end: int
    word: str
    refused: bool


class Matcher:
    """The word lists, compiled once. Immutable in effect; safe to share."""

    def __init__(self, words: ListedWords) -> None:
        self.words = words
        refused = list(stems(words.refused))
        self._refused = frozenset(refused)
        self._calls = frozenset(stems(words.calls))
        every = [*refused, *stems(words.masked)]
        self._korean = _Script(stem for stem in every if stem.korean)
        self._latin = _Script(stem for stem in every if not stem.korean)
        self._allowed = longest_of(words.allowed)

    def find(self, text: str, reader: Reader | None = None) -> list[Found]:
        """The listed words in the text, by where they begin; they may overlap.

        `reader` tells listed words from parts of ordinary ones (`own_words`).
        """
        return self.find_in(normalise(text), reader)

    def find_in(self, normal: Normal, reader: Reader | None = None) -> list[Found]:
        """The same for a text that is normalised already."""
        normal = shortened(normal)
        evidence = Evidence(normal, reader)
        scripts = (self._latin, self._korean)
        hits = [hit for script in scripts for hit in script.hits(normal, evidence)]
        if any(stem in self._calls for *_, stem in hits) and tells_where_help_is(normal):
            hits = [hit for hit in hits if hit[2] not in self._calls]
        if not hits:
            return []
        free = _Free(match.span() for match in self._allowed.finditer(normal.text))
        no_words = _Free(_no_words(normal.written))
        origins = normal.origins()
        return sorted(
            (
                Found(origins[start], origins[end - 1] + 1, stem.word, stem in self._refused)
                for start, end, stem in hits
                if not free.overlaps(start, end) and not no_words.overlaps(start, end)
            ),
            key=lambda found: (found.start, found.end),
        )

    def mask(
        self, text: str, found: Iterable[Found] | None = None, reader: Reader | None = None
    ) -> str:
        """The text with every character of its listed words as `●`; as long as before.

        What is not seen between them stays: as a `●` it would stand between the signs around it,
        and what is listed then would depend on it. `found` spares finding them when that is done.
        No listed word is left: what only comes about by masking is masked too, and a text made so
        that this goes on and on is masked whole, a long one sooner.
        """
        found = None if found is None else list(found)
        if found == []:
            return text
        normal = normalise(text)
        found = self.find_in(normal, reader) if found is None else found
        for _ in range(max(2, min(_PASSES, _PASSED_OVER // max(1, len(text))))):
            if not found:
                return text
            chars = list(text)
            for each in found:
                for place in range(each.start, each.end):
                    chars[place] = MASK if normal.parts[place] else chars[place]
            text = "".join(chars)
            normal = normalise(text)
            found = self.find_in(normal, reader)
        return MASK * len(text) if found else text


class _Free:
    """Spans of a text, each asked for in the logarithm of how many there are."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in spans:  # by where they begin; none overlaps another
            self._starts.append(start)
            self._ends.append(end)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether one of them shares a character with the span."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start


def _no_words(written: str) -> list[Span]:
    """Where no word can stand, by where it begins; what overlaps is joined."""
    spans = [match.span() for match in _NAME.finditer(written) if match["path"]]
    spans += [match.span() for match in _UUID.finditer(written)]
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


class _Script:
    """The stems of one script, behind one sieve."""

    def __init__(self, found: Iterable[Stem]) -> None:
        every = list(found)
        korean = any(stem.korean for stem in every)
        self._candidates = _Candidates(every)
        self._sieve = re.compile(beginnings(every, korean=korean)) if every else None
        self._letter = re.compile(f"[{HANGUL}]" if korean else "[a-z]")
        self._stands = stands_korean if korean else stands_latin

    def hits(self, normal: Normal, evidence: Evidence) -> Iterator[tuple[int, int, Stem]]:
        """Where a stem is meant, in the normalised text."""
        text = normal.text
        if self._sieve is None or not self._letter.search(text):
            return
        ends: set[int] = set()
        suspicion = self._sieve.search(text)
        while suspicion is not None:
            start = suspicion.start()
            for stem, end in self._candidates[text[start]].matches(text, start):
                after = start in ends
                if not self._stands(normal, stem, (start, end), after):
                    continue
                if not stem.korean or evidence.is_own_word(stem, (start, end), after=after):
                    ends.add(end)
                    yield start, end, stem
            suspicion = self._sieve.search(text, start + 1)


class _Candidates(dict[str, StemSearch]):
    """The stems that may begin with a character, compiled when it is met first.

    Most never are, and compiling all would hold up the process at each change of the lists.
    """

    def __init__(self, every: Iterable[Stem]) -> None:
        super().__init__()
        by_unit: dict[str, list[Stem]] = defaultdict(list)
        for stem in every:
            by_unit[stem.units[0]].append(stem)
        self._heads = [(head(unit), found) for unit, found in by_unit.items()]

    def __missing__(self, char: str) -> StemSearch:
        fit = [stem for chars, found in self._heads if not chars or char in chars for stem in found]
        self[char] = together = StemSearch(fit)
        return together
