"""The operator's word lists: what is taken, what is refused by name, how they change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.dictionary import (
    MOST,
    NO_WORDS,
    WordLists,
    with_stop_words,
    with_words,
    without,
    word_lists,
)
from chatstream.errors import UserError

WORDS = st.lists(st.sampled_from(["tea", "아아메", "k-pop", "river", "커피"]), max_size=4)
CHANGES = st.lists(st.tuples(st.sampled_from([with_words, with_stop_words]), WORDS), max_size=6)


def test_words_are_taken_in_lower_case_and_composed() -> None:
    found = word_lists({"version": 3, "words": ["K-Pop", "\u1100\u1161"], "stopWords": ["The"]})
    assert found == WordLists(frozenset({"k-pop", "가"}), frozenset({"the"}))
    assert word_lists({}) == NO_WORDS


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([], "dictionary"),
        ({"more": []}, "more"),
        ({"words": "x"}, "words"),
        ({"words": ["tea", "two words"]}, "words[1]"),
        ({"words": ["12"]}, "words[0]"),
        ({"words": [""]}, "words[0]"),
        ({"words": ["a" * 41]}, "words[0]"),
        ({"stopWords": [1]}, "stopWords[0]"),
        ({"words": ["tea"], "stopWords": ["Tea"]}, "stopWords"),
        ({"stopWords": ["tea"] * (MOST + 1)}, "stopWords"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_field(value: Any, field: str) -> None:
    with pytest.raises(UserError) as caught:
        word_lists(value)
    assert caught.value.details["field"] == field


def test_only_a_word_that_is_there_can_be_removed() -> None:
    lists = WordLists(frozenset({"tea"}), frozenset({"river"}))
    assert without(lists, ["Tea", "river"]) == NO_WORDS
    with pytest.raises(UserError, match="coffee"):
        without(lists, ["tea", "coffee"])


def test_words_that_are_added_one_after_the_other_stay_bounded() -> None:
    full = WordLists(frozenset(f"w{n}" for n in range(MOST)))
    with pytest.raises(UserError, match="at most"):
        with_words(full, ["more"])


@given(CHANGES)
def test_however_it_changes_no_word_is_in_both_lists_and_it_reads_back(changes: Any) -> None:
    lists = NO_WORDS
    for change, words in changes:
        lists = change(lists, words)
        assert set(words) <= (lists.words if change is with_words else lists.stop_words)
        assert not lists.words & lists.stop_words
    assert word_lists(json.loads(json.dumps(lists.pack()))) == lists
