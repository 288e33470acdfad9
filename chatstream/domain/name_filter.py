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

from chatstream.domain.folding import LEADS, fold

_FIRST = ord("가")
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_PER_LEAD = len(_VOWELS) * len(_TAILS)
# What keyboards make of two letters that are typed in a row.
_VOWELS_FROM = {"ㅗ": "ㅘㅙㅚ", "ㅜ": "ㅝㅞㅟ", "ㅡ": "ㅢ"}
_TWO = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
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
    parts = _TWO.get(letter, letter)
    if not all(part in LEADS for part in parts):
        return re.escape(letter)
    return f"(?:{letter}|{''.join(map(_with_initial, parts))})"


def _begun(letter: str) -> str:
    """The last letter: a syllable may become another one, or leave its tail to the next."""
    if not "가" <= letter <= "힣":
        return _whole(letter)
    head, tail = divmod(ord(letter) - _FIRST, len(_TAILS))
    lead, vowel = divmod(head, len(_VOWELS))
    ways = _with_vowels(lead, vowel) if not tail else _with_tail(lead, vowel, _TAILS[tail])
    return f"(?:{'|'.join(ways)})"


def _with_vowels(lead: int, vowel: int) -> Iterator[str]:
    for each in _VOWELS[vowel] + _VOWELS_FROM.get(_VOWELS[vowel], ""):
        first = ord(_syllable(lead, _VOWELS.index(each)))
        yield f"[{chr(first)}-{chr(first + len(_TAILS) - 1)}]"


def _with_tail(lead: int, vowel: int, tail: str) -> Iterator[str]:
    yield _syllable(lead, vowel, tail)
    for longer, parts in _TWO.items():
        if parts.startswith(tail):
            yield _syllable(lead, vowel, longer)
    parts = _TWO.get(tail, " " + tail)
    yield _syllable(lead, vowel, parts[0]) + _with_initial(parts[1])


def _syllable(lead: int, vowel: int, tail: str = " ") -> str:
    at = (lead * len(_VOWELS) + vowel) * len(_TAILS) + _TAILS.index(tail)
    return chr(_FIRST + at)


def _with_initial(consonant: str) -> str:
    """The consonant, or any syllable that begins with it."""
    first = _FIRST + LEADS.index(consonant) * _PER_LEAD
    return f"[{consonant}{chr(first)}-{chr(first + _PER_LEAD - 1)}]"
