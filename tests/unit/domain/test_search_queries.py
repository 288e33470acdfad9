"""The words of a query, and by what each of them is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.inflections import forms_of
from chatstream.domain.search_queries import (
    SearchMorpheme,
    is_initials,
    is_korean,
    query_words,
    stem_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("학교  Lunch 학교", ("학교", "lunch"), id="distinct, folded"),
        pytest.param("C++, C#. .NET!", ("c++", "c#", ".net"), id="signs of a name stay"),
        pytest.param(
            "안녕? “좋아요” (주)카카오", ("안녕", "좋아요", "주)카카오"), id="what is around"
        ),
        pytest.param("don’t 'so'", ("don't", "so"), id="an apostrophe within"),
        pytest.param("!? ... :)", ("!?", "...", ":)"), id="signs alone are words"),
        pytest.param("#tag @name a_b", ("#tag", "@name", "a_b"), id="tags and names"),
        pytest.param("AND OR NOT a* ~b", ("and", "or", "not", "a*", "~b"), id="no syntax"),
        pytest.param("\u200b \u2060", (), id="nothing to see"),
    ],
)
def test_the_words_of_a_query(text: str, words: tuple[str, ...]) -> None:
    assert query_words(text) == words


@given(st.text(max_size=200))
def test_a_query_loses_none_of_its_words(text: str) -> None:
    words = query_words(text)
    assert len(set(words)) == len(words)
    assert all(word and not word.isspace() for word in words)


@pytest.mark.parametrize(
    ("word", "others"),
    [
        pytest.param("counters", "counter countered", id="plural"),
        pytest.param("study", "studies studied studying", id="y"),
        pytest.param("studies", "study studying", id="and back"),
        pytest.param("running", "run runs", id="a doubled letter"),
        pytest.param("stop", "stopped stopping", id="doubled"),
        pytest.param("making", "make makes", id="a lost e"),
        pytest.param("boxes", "box", id="es"),
        pytest.param("tying", "tie tied", id="ie"),
        pytest.param("minsu's", "minsu", id="possessive"),
        pytest.param("preferred", "prefer preferring", id="two syllables"),
    ],
)
def test_forms_of_one_entry(word: str, others: str) -> None:
    assert set(others.split()) <= forms_of(word)


@pytest.mark.parametrize(
    ("word", "others"),
    [
        pytest.param("university", "universe", id="another entry"),
        pytest.param("organize", "organ", id="derived"),
        pytest.param("thing", "the", id="no verb within"),
        pytest.param("need", "nee", id="no past"),
        pytest.param("seed", "see", id="nor this"),
        pytest.param("hoping", "hop", id="not doubled"),
        pytest.param("news", "new", id="no plural"),
        pytest.param("this", "thi", id="nor this"),
        pytest.param("as", "a", id="too short"),
        pytest.param("king", "k", id="too short too"),
    ],
)
def test_what_only_looks_like_a_form(word: str, others: str) -> None:
    assert forms_of(word).isdisjoint(others.split())


@pytest.mark.parametrize("word", ["don't", "c++", "학교", "a1", "", "naïve", "o'clock"])
def test_what_is_no_english_word_has_no_forms(word: str) -> None:
    assert forms_of(word) == frozenset()


@given(st.from_regex("[a-z]{1,12}", fullmatch=True))
def test_a_word_is_among_its_forms_and_they_are_few(word: str) -> None:
    assert word in forms_of(word)
    assert len(forms_of(word)) < 50


def morphemes(*parts: str) -> list[SearchMorpheme]:
    return [SearchMorpheme(*part.split("/")) for part in parts]


@pytest.mark.parametrize(
    ("parts", "stem"),
    [
        pytest.param(("학교/NNG", "에서/J", "는/J"), ("학교",), id="particles"),
        pytest.param(("먹/VV", "었/E", "다/E"), ("먹",), id="endings"),
        pytest.param(("공유/NNG", "하/XSV", "다/E"), ("공유", "하"), id="a suffix is kept"),
        pytest.param(("학생/NNG", "이/VCP", "ㅂ니다/E"), ("학생",), id="the copula"),
        pytest.param(("먹/VV", "고/E", "싶/VX", "다/E"), ("먹", "고", "싶"), id="all within"),
        pytest.param(("이/MM", "어/IC", "팟/NNG"), ("이", "어", "팟"), id="nothing is left out"),
        pytest.param(("은/J", "채/NNG"), (), id="begins with a particle"),
        pytest.param(("습니다/E",), (), id="an ending"),
        pytest.param((), (), id="nothing"),
    ],
)
def test_only_what_bends_a_word_is_dropped(parts: tuple[str, ...], stem: tuple[str, ...]) -> None:
    assert stem_of(morphemes(*parts)) == stem


def test_what_words_are() -> None:
    initials = [is_initials(word) for word in ("ㄱㅊ", "ㄱ", "ㅋㅋ", "ㅠㅠ", "ㄱ가")]
    assert initials == [True, *[False] * 4]
    assert [is_korean(word) for word in ("학교", "ktx역", "밥", "c++로", "abc")] == [
        True,
        True,
        False,
        False,
        False,
    ]
