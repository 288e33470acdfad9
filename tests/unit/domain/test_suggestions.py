"""What else may have been meant: the decision, by what is found and what is near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.search_queries import query_words
from chatstream.domain.suggestions import (
    MOST_TRIED,
    MOST_WORDS,
    AskedWord,
    asked_words,
    suggested_texts,
)


@pytest.mark.parametrize(
    ("typed", "switched"),
    [
        ("dkssud", "안녕"),
        ("dkssud!", "안녕"),
        ("Rhc", "꽃"),
        ("ㅗ디ㅣㅐ", "hello"),
        ("안녕", "dkssud"),
        ("rc", None),
        ("test", None),
        ("c++", None),
        ("abc1", None),
        ("ㅋㅋ", None),
    ],
)
def test_a_word_on_the_other_layout(typed: str, switched: str | None) -> None:
    (asked,) = asked_words(typed)
    assert asked.switched == switched


def test_words_are_told_as_typed_and_as_looked_for() -> None:
    assert asked_words("  Héllo  hello “World”. ") == [
        AskedWord("Héllo", "hello"),
        AskedWord("“World”.", "world"),
    ]


def test_a_sentence_is_not_thought_about() -> None:
    text = " ".join("abcdefghi"[: MOST_WORDS + 1])
    assert asked_words(text) == []
    assert len(asked_words(text[:-2])) == MOST_WORDS


@pytest.mark.parametrize(
    ("text", "found", "near", "suggested"),
    [
        pytest.param("dkssud", {"안녕"}, {}, ["안녕"], id="the other layout"),
        pytest.param("ㅗ디ㅣㅐ", {"hello"}, {}, ["hello"], id="and back"),
        pytest.param("dkssud", set(), {}, [], id="the other layout is said by nobody"),
        pytest.param("mesage", set(), {"mesage": ["message"]}, ["message"], id="a slip"),
        pytest.param(
            "Check mesage", {"check"}, {"mesage": ["message"]}, ["Check message"], id="one of two"
        ),
        pytest.param(
            "helo wrld",
            set(),
            {"helo": ["hello", "help"], "wrld": ["world"]},
            ["hello world", "help world"],
            id="both, the nearest first",
        ),
        pytest.param("helo wrld", set(), {"helo": ["hello"]}, [], id="one that nothing is near to"),
        pytest.param("hello world", {"hello", "world"}, {}, [], id="words apart from each other"),
        pytest.param(
            "dkssud helo",
            {"안녕"},
            {"helo": ["hello"]},
            ["안녕 hello"],
            id="a layout and a slip",
        ),
        pytest.param(
            "dkssud", {"안녕"}, {"dkssud": ["dkssus"]}, ["안녕", "dkssus"], id="the layout first"
        ),
        pytest.param("a", set(), {"a": list("bcdefg")}, list("bcd"), id="a few of many"),
        pytest.param("", set(), {}, [], id="nothing"),
    ],
)
def test_the_table(
    text: str, found: set[str], near: Mapping[str, Sequence[str]], suggested: list[str]
) -> None:
    assert list(suggested_texts(asked_words(text), found, near)) == suggested


LETTERS = st.text(alphabet="ab ㅎㅏ안", max_size=12)


@given(LETTERS, st.sets(LETTERS), st.dictionaries(LETTERS, st.lists(LETTERS)))
def test_never_the_query_itself_and_never_one_twice(
    text: str, found: set[str], near: dict[str, list[str]]
) -> None:
    texts = list(suggested_texts(asked_words(text), found, near))
    meant = [frozenset(query_words(each)) for each in texts]
    assert frozenset(query_words(text)) not in meant
    assert len(set(meant)) == len(meant) <= MOST_TRIED
