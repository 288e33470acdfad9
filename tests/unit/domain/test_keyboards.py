"""What the same keys type on the other layout."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.keyboards import typed_hangul, typed_keys

SYLLABLES = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")))


@pytest.mark.parametrize(
    ("keys", "hangul"),
    [
        pytest.param("dkssud", "안녕", id="a greeting"),
        pytest.param("dkssudgktpdy", "안녕하세요", id="a longer one"),
        pytest.param("rkrtl", "각시", id="a tail goes to the next vowel"),
        pytest.param("rkrt", "갃", id="a tail of two"),
        pytest.param("dlfrek", "읽다", id="a tail of two before a consonant"),
        pytest.param("dlfrdj", "읽어", id="a tail of two before a vowel's consonant"),
        pytest.param("dhksfy", "완료", id="a vowel of two"),
        pytest.param("Rhc", "꽃", id="with Shift"),
        pytest.param("DKSSUD", "안녕", id="Shift where it does nothing"),
        pytest.param("gg", "ㅎㅎ", id="consonants alone"),
        pytest.param("tlqE", "십ㄸ", id="what is no tail"),
        pytest.param("dkssud 123!", "안녕 123!", id="what is on no such key"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_hangul_by_the_keys_of_a_latin_layout(keys: str, hangul: str) -> None:
    assert typed_hangul(keys) == hangul


@pytest.mark.parametrize(
    ("hangul", "keys"),
    [("ㅗ디ㅣㅐ", "hello"), ("ㅡㄷㄴㄴㅁㅎㄷ", "message"), ("안녕", "dkssud")],
)
def test_latin_letters_by_the_keys_of_hangul(hangul: str, keys: str) -> None:
    assert typed_keys(hangul) == keys


@given(SYLLABLES)
def test_syllables_come_back_from_their_keys(text: str) -> None:
    assert typed_hangul(typed_keys(text)) == text


@given(st.text())
def test_any_text_can_be_typed(text: str) -> None:
    assert typed_hangul(typed_hangul(text)) == typed_hangul(text)
