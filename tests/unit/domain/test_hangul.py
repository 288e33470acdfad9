"""Syllables and letters of Hangul, held against Unicode's own decomposition."""

from __future__ import annotations

import unicodedata

from chatstream.domain.hangul import (
    ALONE,
    LEADS,
    PER_LEAD,
    TAILS,
    TYPED_IN_TWO,
    VOWELS,
    is_syllable,
    parts_of,
    syllable,
)


def test_every_syllable_is_that_of_its_parts() -> None:
    for code in range(ord("가"), ord("힣") + 1):
        lead, vowel, tail = parts_of(chr(code))
        letters = [LEADS[lead], VOWELS[vowel], *TAILS[tail - 1 : tail]]
        assert [ALONE[each] for each in unicodedata.normalize("NFD", chr(code))] == letters
        assert syllable(lead, vowel, tail) == chr(code)


def test_the_syllables_of_a_lead_stand_in_a_row() -> None:
    assert [syllable(lead) for lead in range(3)] == ["가", "까", "나"]
    assert ord(syllable(len(LEADS) - 1)) + PER_LEAD - 1 == ord("힣")


def test_only_a_composed_syllable_is_one() -> None:
    assert [is_syllable(char) for char in "가힣ㄱᄀ力a"] == [True, True, *[False] * 4]


def test_what_is_typed_in_two_is_made_of_letters_that_are_typed_at_once() -> None:
    for parts in TYPED_IN_TWO.values():
        assert len(parts) == 2
        assert not set(parts) & TYPED_IN_TWO.keys()
        assert all(each in LEADS or each in VOWELS for each in parts)
