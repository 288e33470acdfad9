"""The sets of characters are those of the Unicode Character Database, as `regex` has it."""

from __future__ import annotations

import re
import sys

import pytest
import regex

from chatstream.domain import unicode_ranges as ranges

ALL = "".join(map(chr, range(sys.maxunicode + 1)))


def members(pattern: str) -> set[int]:
    """The code points that a character class holds."""
    return set(map(ord, re.findall(pattern, ALL)))


def of_database(pattern: str) -> set[int]:
    return set(map(ord, regex.findall(pattern, ALL)))


def test_what_shows_nothing_is_the_databases() -> None:
    assert members(f"[{ranges.DEFAULT_IGNORABLE}]") == of_database(
        r"\p{Default_Ignorable_Code_Point}"
    )


def test_what_turns_the_line_is_every_control_of_direction_but_the_marks() -> None:
    turning = members(f"[{ranges.LINE_TURNING}]")
    assert of_database(r"\p{Bidi_Control}") - turning == {0x61C, 0x200E, 0x200F}
    assert turning < of_database(r"\p{Bidi_Control}")


def test_what_is_no_character_never_becomes_one() -> None:
    assert members(f"[{ranges.NO_CHARACTERS}]") == of_database(
        r"\p{Noncharacter_Code_Point}|\p{Cs}"
    )


def test_pictographs_are_the_databases() -> None:
    assert members(f"[{ranges.PICTOGRAPHS}]") == of_database(r"\p{Extended_Pictographic}")


def test_an_emoji_is_a_pictograph_or_one_of_the_few_besides() -> None:
    besides = members(f"[{ranges.EMOJI_BESIDES_PICTOGRAPHS}]")
    assert of_database(r"\p{Emoji}") - members(f"[{ranges.PICTOGRAPHS}]") == besides


@pytest.mark.parametrize(
    "letters", [r"\p{jt=D}|\p{jt=R}|\p{jt=L}", r"\p{InSC=Virama}|\p{InSC=Invisible_Stacker}"]
)
def test_letters_that_shape_each_other_are_joined_by_controls(letters: str) -> None:
    assert of_database(letters) <= members(f"[{ranges.JOINED_BY_CONTROLS}]")


def test_letters_of_other_scripts_are_not() -> None:
    others = ("Latin", "Hangul", "Han", "Hira", "Kana", "Greek", "Cyrillic", "Hebrew", "Thai")
    of_others = of_database("|".join(rf"\p{{Script={name}}}" for name in others))
    assert members(f"[{ranges.JOINED_BY_CONTROLS}]").isdisjoint(of_others)


def test_ideographs_are_those_of_the_unified_and_compatibility_blocks() -> None:
    ours = members(f"[{ranges.IDEOGRAPHS}]")
    assert of_database(r"\p{Unified_Ideograph}") <= ours
    assert ours <= of_database(r"\p{Han}|\p{Cn}")


def test_what_is_shown_as_nothing_is_a_symbol_to_the_database() -> None:
    assert all(regex.match(r"\p{So}", char) for char in ranges.BLANK)
