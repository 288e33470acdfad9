"""Stretches are cut short, and whatever is found in a text is found and masked all the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.domain.abuse.matching import MASK, Matcher
from chatstream.domain.abuse.normalising import normalise
from chatstream.domain.abuse.policy import ListedWords
from chatstream.domain.abuse.stretches import shortened

MATCHER = Matcher(ListedWords())
LONG = 1000


@pytest.mark.parametrize(
    ("start", "stretched", "end"),
    [("씨", "이", "발"), ("씨", "이ㅣ", "발"), ("ㅅ", "ㅅ", "ㅂ"), ("", "ㅅ", "ㅣㅂㅏㄹ")],
)
def test_a_word_is_found_and_masked_however_far_it_is_stretched(
    start: str, stretched: str, end: str
) -> None:
    text = start + stretched * LONG + end
    assert MATCHER.mask(f"아 {text}!") == f"아 {MASK * len(text)}!"


def test_what_is_no_stretch_is_left_as_it_is() -> None:
    normal = normalise("가나다라 abc " * 100)
    assert shortened(normal) is normal


@settings(max_examples=50)
@given(
    st.lists(
        st.sampled_from(["이", "ㅣ", "이ㅣ", "ㅋ", "ㅅ", "시", "a", "발 ", "\u1109"]), max_size=6
    )
)
def test_what_is_left_knows_where_it_is_from(pieces: list[str]) -> None:
    text = "".join(piece * 90 for piece in pieces)
    normal, short = normalise(text), shortened(normalise(text))
    origins = normal.origins()
    kept = short.origins()
    assert len(kept) == len(short.text) == len(short.written)
    assert kept == sorted(kept)
    by_origin: dict[int, str] = {}
    for origin, char in zip(origins, normal.text, strict=True):
        by_origin[origin] = by_origin.get(origin, "") + char
    assert all(char in by_origin[at] for at, char in zip(kept, short.text, strict=True))
