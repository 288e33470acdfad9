"""Which names a query finds, also while it is being typed.

Names and queries are folded alike (`folding`). Each word of a query must be in one of a thing's
names, with or without the spaces of the name. A consonant that stands alone is the initial of a
syllable, as people write names in short (ㅁㅅ: 민수). The last syllable may be under way: a Korean
keyboard shows 미, 밍 and 미여 on the way to 미영, and each of them finds what the next one may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from chatstream.domain.folding import fold
from chatstream.domain.hangul import (
    LEADS,
    PER_LEAD,
    TAILS,
    TYPED_IN_TWO,
    VOWELS,
    is_syllable,
    parts_of,
    syllable,
)

_STROKES = "ㆍᆞᆢ"  # vowels under way on keyboards of three keys


class NameFilter:
    """The words of a query; `is_empty` when it has none, and then it fits everything."""

    def __init__(self, query: str) -> None:
        words = fold(query.rstrip(_STROKES)).split()
        self._words = [re.compile(_pattern(word)) for word in dict.fromkeys(words)]
        self.is_empty = not words

    def fits(self, names: Iterable[str]) -> bool:
        """Whether each word is in one of the names; linear in their length."""
        texts = [text for name in names for text in _texts(name)]
        return all(any(word.search(text) for text in texts) for word in self._words)


@lru_cache(maxsize=20_000)
def _texts(name: str) -> tuple[str, ...]:
    folded = fold(name)
    return (folded, folded.replace(" ", "")) if " " in folded else (folded,)


def _pattern(word: str) -> str:
    return "".join(map(_whole, word[:-1])) + _begun(word[-1])


def _whole(letter: str) -> str:
    """A letter of which nothing more is to come."""
    parts = TYPED_IN_TWO.get(letter, letter)
    if not all(part in LEADS for part in parts):
        return re.escape(letter)
    return f"(?:{letter}|{''.join(map(_with_initial, parts))})"


def _begun(letter: str) -> str:
    """The last letter: a syllable may become another one, or leave its tail to the next."""
    if not is_syllable(letter):
        return _whole(letter)
    lead, vowel, tail = parts_of(letter)
    ways = _with_tail(lead, vowel, TAILS[tail - 1]) if tail else _with_vowels(lead, vowel)
    return f"(?:{'|'.join(ways)})"


def _with_vowels(lead: int, vowel: int) -> Iterator[str]:
    typed = VOWELS[vowel]
    for each in (typed, *(longer for longer, parts in TYPED_IN_TWO.items() if parts[0] == typed)):
        at = VOWELS.index(each)
        yield f"[{syllable(lead, at)}-{syllable(lead, at, len(TAILS))}]"


def _with_tail(lead: int, vowel: int, tail: str) -> Iterator[str]:
    yield _with(lead, vowel, tail)
    for longer, parts in TYPED_IN_TWO.items():
        if parts.startswith(tail):
            yield _with(lead, vowel, longer)
    parts = TYPED_IN_TWO.get(tail, " " + tail)
    yield _with(lead, vowel, parts[0]) + _with_initial(parts[1])


def _with(lead: int, vowel: int, tail: str) -> str:
    """The syllable with this tail; a space is none."""
    return syllable(lead, vowel, TAILS.index(tail) + 1 if tail in TAILS else 0)


def _with_initial(consonant: str) -> str:
    """The consonant, or any syllable that begins with it."""
    first = syllable(LEADS.index(consonant))
    return f"[{consonant}{first}-{chr(ord(first) + PER_LEAD - 1)}]"
