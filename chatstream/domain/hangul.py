"""The letters of Hangul: as they stand alone, as they join, and as a syllable is made of them.

The places of letters in LEADS, VOWELS and TAILS are those by which Unicode orders conjoining
letters and composes syllables (the standard, 3.12); TYPED_IN_TWO is of keyboards of two sets
(KS X 5002).
"""

from __future__ import annotations

from collections.abc import Mapping

LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

ALONE: Mapping[str, str] = {
    **{chr(0x1100 + n): letter for n, letter in enumerate(LEADS)},
    **{chr(0x1161 + n): letter for n, letter in enumerate(VOWELS)},
    **{chr(0x11A8 + n): letter for n, letter in enumerate(TAILS)},
}
"""Each conjoining letter of today as the letter that stands alone."""

TYPED_IN_TWO: Mapping[str, str] = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
    "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ",
    "ㅢ": "ㅡㅣ",
}  # fmt: skip
"""The letters that keyboards make of two that are typed in a row."""

_FIRST, _LAST = ord("가"), ord("힣")
_TAILS_AND_NONE = len(TAILS) + 1
PER_LEAD = len(VOWELS) * _TAILS_AND_NONE
"""How many syllables begin with a letter; they stand in a row, and so do those of each vowel."""


def is_syllable(char: str) -> bool:
    """True for a composed syllable."""
    return _FIRST <= ord(char) <= _LAST


def syllable(lead: int, vowel: int = 0, tail: int = 0) -> str:
    """The syllable of letters by their places, that of a tail counted from 1; 0 is none."""
    return chr(_FIRST + (lead * len(VOWELS) + vowel) * _TAILS_AND_NONE + tail)


def parts_of(char: str) -> tuple[int, int, int]:
    """Lead, vowel and tail of a composed syllable, as `syllable` takes them."""
    head, tail = divmod(ord(char) - _FIRST, _TAILS_AND_NONE)
    lead, vowel = divmod(head, len(VOWELS))
    return lead, vowel, tail
