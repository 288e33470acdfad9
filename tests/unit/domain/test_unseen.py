"""Each set of unseen signs is exactly this one, and each is a part of what Unicode knows."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from chatstream.domain import unseen
from chatstream.domain.unicode_ranges import DEFAULT_IGNORABLE

ALL = "".join(map(chr, range(sys.maxunicode + 1)))


def ranges(found: str) -> str:
    """Code points as hexadecimal ranges, in order."""
    told: list[list[int]] = []
    for code in sorted(map(ord, found)):
        if told and told[-1][-1] == code - 1:
            told[-1][1:] = [code]
        else:
            told.append([code])
    return " ".join("-".join(f"{code:X}" for code in each) for each in told)


@pytest.mark.parametrize(
    ("subset", "members"),
    [
        ("IN_ADDRESSES", "AD 34F 180B-180F 200B-200D 2060-2064 FE00-FE0F FEFF"),
        (
            "BETWEEN_LETTERS",
            "AD 34F 61C 180B-180F 200B-200F 202A-202E 2060-2064 2066-2069 FE00-FE0F FEFF",
        ),
        ("IN_WORDS", "AD 34F 61C 180B-180F 200B 200E-200F 202A-202E 2060-2064 2066-206F FEFF"),
        ("BEHIND_LETTERS", "200C-200D FE00-FE0F"),
        ("FOLDED", "180B-180F FE00-FE0F E0100-E01EF"),
    ],
)
def test_a_set_has_exactly_these_signs(subset: str, members: str) -> None:
    found = "".join(re.findall(f"[{getattr(unseen, subset)}]", ALL))
    assert ranges(found) == members
    assert len(re.findall(f"[{DEFAULT_IGNORABLE}]", found)) == len(found)


def test_letters_of_nothing_are_the_fillers_and_the_empty_cell() -> None:
    assert ranges("".join(unseen.LETTERS_OF_NOTHING)) == "115F-1160 2800 3164 FFA0"
    assert ranges("".join(unseen.TYPED_AS_SPACES)) == "2800 3164 FFA0"
    assert {unicodedata.category(char) for char in unseen.LETTERS_OF_NOTHING} == {"Lo", "So"}
