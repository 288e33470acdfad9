"""Which words may have been meant: tables, and the laws of the distance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.misspelling import (
    LONGEST,
    MOST_WORDS,
    letters_of,
    near_words,
    steps_allowed,
    steps_between,
)

WORDS = st.text(alphabet="abc", max_size=6)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("안녕", "ㅇㅏㄴㄴㅕㅇ"),
        ("됐", "ㄷㅗㅐㅆ"),
        ("값", "ㄱㅏㅂㅅ"),
        ("ㅘ", "ㅗㅏ"),
        ("abc1", "abc1"),
    ],
)
def test_a_word_is_the_letters_it_is_typed_with(word: str, letters: str) -> None:
    assert letters_of(word) == letters


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("hello", "hello", 0),
        ("helo", "hello", 1),
        ("helloo", "hello", 1),
        ("hallo", "hello", 1),
        ("hlelo", "hello", 1),
        ("hleol", "hello", 2),
        ("abcdef", "badcfe", 3),
        ("", "ab", 2),
        ("ca", "abc", 3),
    ],
)
def test_the_steps_between_words(one: str, other: str, steps: int) -> None:
    assert steps_between(one, other, 3) == steps
    assert steps_between(one, other, steps) == steps
    if steps:
        assert steps_between(one, other, steps - 1) is None


@given(WORDS, WORDS)
def test_steps_are_the_same_both_ways_and_none_only_to_oneself(one: str, other: str) -> None:
    steps = steps_between(one, other, 10)
    assert steps == steps_between(other, one, 10)
    assert (steps == 0) == (one == other)


@given(WORDS, WORDS)
def test_a_bound_only_hides_what_is_farther(one: str, other: str) -> None:
    steps = steps_between(one, other, 10)
    assert steps is not None
    for most in range(4):
        assert steps_between(one, other, most) == (steps if steps <= most else None)


@pytest.mark.parametrize(
    ("word", "allowed"),
    [
        ("hi", 0),
        ("the", 1),
        ("hello", 1),
        ("message", 2),
        ("밥", 1),
        ("이", 0),
        ("학교", 1),
        ("회의록", 2),
        ("ㅋㅋㅋ", 0),
        ("c++", 0),
        ("a1b2c3", 0),
        ("010", 0),
        ("ktx타고", 0),
        ("a" * (LONGEST + 1), 0),
    ],
)
def test_how_far_a_word_may_be_off(word: str, allowed: int) -> None:
    assert steps_allowed(word) == allowed


@pytest.mark.parametrize(
    ("word", "texts", "near"),
    [
        pytest.param("안녕하세오", ["안녕하세요 여러분"], "안녕하세요", id="a vowel"),
        pytest.param("점신", ["점심을 먹자"], "점심", id="before a particle"),
        pytest.param("됬다", ["이제 됐다"], "됐다", id="what sounds alike"),
        pytest.param("먹엇어", ["밥 먹었어?"], "먹었어", id="without Shift"),
        pytest.param("mesage", ["a message check"], "message", id="a letter too few"),
        pytest.param("recieve", ["i receive it"], "receive", id="neighbours"),
        pytest.param("teh", ["the end"], "the", id="a short one"),
        pytest.param("nead", ["near", "need need", "need"], "need", id="what more texts say"),
        pytest.param("hallo", ["hello", "halo halo"], "halo", id="a tie: the alphabet"),
    ],
)
def test_the_likeliest_word(word: str, texts: list[str], near: str) -> None:
    assert near_words(word, texts)[0] == near


@pytest.mark.parametrize(
    ("word", "texts"),
    [
        pytest.param("hello", ["hello"], id="the word itself"),
        pytest.param("hello", ["헬로 world"], id="nothing near"),
        pytest.param("0101234", ["0101235"], id="a number"),
        pytest.param("hello", [], id="no texts"),
        pytest.param("hi", ["he", "ho"], id="too short"),
    ],
)
def test_no_word_was_meant(word: str, texts: list[str]) -> None:
    assert near_words(word, texts) == []


@given(st.text(alphabet="ㅋ가각나a b"), st.lists(st.text(alphabet="ㅋ가각나a b")))
def test_what_was_meant_is_in_a_text_and_no_farther_than_allowed(
    word: str, texts: list[str]
) -> None:
    for near in near_words(word, texts):
        assert near != word
        assert any(near in text for text in texts)
        assert steps_between(letters_of(word), letters_of(near), steps_allowed(word))


def test_long_texts_are_read_as_far_as_it_pays() -> None:
    padding = " ".join(["other"] * MOST_WORDS)
    assert near_words("helo", [padding, "hello"]) == []
    assert near_words("helo", ["hello", padding]) == ["hello"]
