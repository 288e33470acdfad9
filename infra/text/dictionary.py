"""Own words and stop words beside the analyser's (`chatstream.domain.dictionary`).

An own word counts wherever it begins a word, with or without particles behind it (`아아메를`), so a
new coinage is one word. For the analysis a known noun stands in for it, and is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from chatstream.domain.dictionary import WordLists
from chatstream.domain.hangul import is_syllable, parts_of
from chatstream.domain.words import Run

_HANGUL = re.compile("[\uac00-\ud7a3]")
# Nouns of the analyser's dictionary, after a consonant and after a vowel: particles go by that.
_STAND_INS = ("서울", "제주")


@dataclass(frozen=True)
class Dictionary:
    """Own words and stop words, all in plain forms and lower case."""

    words: frozenset[str] = frozenset()
    stop_words: frozenset[str] = frozenset()
    _own: re.Pattern[str] | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_own", _pattern(self.words))

    @classmethod
    def of(cls, lists: WordLists) -> Dictionary:
        """The dictionary of these lists."""
        return cls(lists.words, lists.stop_words)

    def take(self, run: Run) -> tuple[list[tuple[str, str]], str]:
        """The own words of a stretch, each with what stands in for it; and the rest to analyse."""
        if self._own is None:
            return [], run.text
        found: list[tuple[str, str]] = []

        def stand_in(match: re.Match[str]) -> str:
            noun = _STAND_INS[_ends_in_vowel(match[0])] if run.korean else ""
            found.append((match[0], noun))
            return noun or " "

        return found, self._own.sub(stand_in, run.text)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Longest first; a Korean word may have particles behind it, another one may not."""
    parts = [
        re.escape(word) + ("" if _HANGUL.search(word[-1]) else r"(?!\w)")
        for word in sorted(words, key=lambda word: (-len(word), word))
    ]
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + ")") if parts else None


def _ends_in_vowel(word: str) -> bool:
    return is_syllable(word[-1]) and parts_of(word[-1])[2] == 0


NO_DICTIONARY = Dictionary()
