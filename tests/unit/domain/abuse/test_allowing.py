"""Allowed words as one pattern: the longest is found, and none within a syllable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.domain.abuse.allowing import longest_of
from chatstream.domain.abuse.matching import Matcher
from chatstream.domain.abuse.normalising import normalise
from chatstream.domain.abuse.policy import ListedWords


@settings(max_examples=100)
@given(st.lists(st.text("ab_", min_size=1, max_size=4), max_size=6), st.text("ab ", max_size=12))
def test_it_matches_as_the_longest_of_its_words_does(words: list[str], text: str) -> None:
    bare = [word for word in words if word.strip("_")]
    found = longest_of(bare).match(text)
    lengths = [
        len(text[:end]) for word in bare for end in range(len(text) + 1) if _is(word, text[:end])
    ]
    assert (found.end() if found else None) == max(lengths, default=None)


def _is(word: str, text: str) -> bool:
    """Whether the text is the word with any number of spaces where the list has one."""
    if not word:
        return not text
    if word[0] == "_":
        return any(_is(word[1:], text[n:]) for n in range(len(text) + 1) if not text[:n].strip(" "))
    return text[:1] == word[0] and _is(word[1:], text[1:])


def test_a_word_of_many_spaces_is_no_more_work() -> None:
    word = "_".join("abcdefghijklmnopqrstuvwxyz")
    found = longest_of((word,))
    texts = [normalise(word.replace("_", space)).text for space in ("", " ", "  ")]
    assert all(found.fullmatch(text) for text in texts)


def test_without_words_it_matches_nothing() -> None:
    assert longest_of(()).search("anything") is None


@pytest.mark.parametrize(("text", "is_free"), [("우리 시바 귀여워", True), ("우리 시발", False)])
def test_an_open_syllable_frees_no_closed_one(text: str, is_free: bool) -> None:
    assert bool(longest_of(("우리_시바",)).search(normalise(text).text)) is is_free


@pytest.mark.parametrize("text", ["spices", "splices", "goodies", "tilts", "Shiites", "blotches"])
def test_ordinary_words_that_read_like_a_stretched_one_are_free(text: str) -> None:
    assert Matcher(ListedWords()).find(text) == []
