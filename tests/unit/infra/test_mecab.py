"""Where words of the dictionary stand: in order, within the text, and of any text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.text.mecab import DictionaryReader

READER = DictionaryReader()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("항공권 개시발권", ["항공권", "개시", "발권"]),
        ("다시발급", ["다시", "발급"]),
        ("이시바", ["이시바"]),
        ("쀍쒧", []),
        ("", []),
        ("!!! 😀", []),
    ],
)
def test_words_are_told_by_their_places(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in READER(text)] == words


@settings(max_examples=100)
@given(st.text("다시발급 \x00\ud800😀ㅅ!\u1109a1漢", max_size=40))
def test_places_are_in_order_and_within_the_text(text: str) -> None:
    places = READER(text)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))


def test_a_word_behind_a_long_stretch_stands_where_it_stood() -> None:
    text = "쀍" * 1200 + " 다시 발급"
    assert [text[start:end] for start, end in READER(text)][-2:] == ["다시", "발급"]
