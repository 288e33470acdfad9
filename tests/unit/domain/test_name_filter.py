"""Names are found by parts, by initials, however they are written, and while they are typed."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.hangul import LEADS
from chatstream.domain.name_filter import NameFilter

VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
# What is typed for a vowel or a tail of two strokes, and what is shown after the first.
FIRST = {
    "ㅘ": "ㅗ", "ㅙ": "ㅗ", "ㅚ": "ㅗ", "ㅝ": "ㅜ", "ㅞ": "ㅜ", "ㅟ": "ㅜ", "ㅢ": "ㅡ",
    "ㄳ": "ㄱ", "ㄵ": "ㄴ", "ㄶ": "ㄴ", "ㄺ": "ㄹ", "ㄻ": "ㄹ", "ㄼ": "ㄹ", "ㄽ": "ㄹ",
    "ㄾ": "ㄹ", "ㄿ": "ㄹ", "ㅀ": "ㄹ", "ㅄ": "ㅂ",
}  # fmt: skip
SECOND = {
    "ㄳ": "ㅅ", "ㄵ": "ㅈ", "ㄶ": "ㅎ", "ㄺ": "ㄱ", "ㄻ": "ㅁ", "ㄼ": "ㅂ", "ㄽ": "ㅅ",
    "ㄾ": "ㅌ", "ㄿ": "ㅍ", "ㅀ": "ㅎ", "ㅄ": "ㅅ",
}  # fmt: skip


def finds(query: str, *names: str) -> bool:
    return NameFilter(query).fits(names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("등산", ("주말 등산",), id="a part"),
        pytest.param("말등", ("주말 등산",), id="over a space"),
        pytest.param("등산 주말", ("주말 등산",), id="words in any order"),
        pytest.param("민수 alex", ("김민수", "Alex"), id="words in several names"),
        pytest.param("PROJECT", ("Project X",), id="case"),
        pytest.param("ｐｒｏｊｅｃｔ", ("project",), id="full width"),
        pytest.param("project", ("Ｐｒｏｊｅｃｔ",), id="full width of the name"),
        pytest.param(unicodedata.normalize("NFD", "민수"), ("김민수",), id="decomposed"),
        pytest.param("민수", (unicodedata.normalize("NFD", "김민수"),), id="decomposed name"),
        pytest.param("cafe", ("Café",), id="accents"),
        pytest.param("ㅁㅅ", ("김민수",), id="initials"),
        pytest.param("ㅈㅁㄷㅅ", ("주말 등산",), id="initials over a space"),
        pytest.param("ㄱㅁ수", ("김민수",), id="initials and a syllable"),
        pytest.param("김ㅁ수", ("김민수",), id="an initial between"),
        pytest.param("ᄆᄉ", ("민수",), id="conjoining initials"),
        pytest.param("ㅄ", ("박병수",), id="two initials that a keyboard joins"),
        pytest.param("ㅋㅋ", ("ㅋㅋ방",), id="letters of the name"),
        pytest.param("ㅁ", ("민수",), id="one initial"),
        pytest.param("너ㆍ", ("너구리",), id="a vowel under way on three keys"),
        pytest.param("c++", ("C++ 스터디",), id="signs"),
        pytest.param("[a", ("[a-z]",), id="no syntax"),
        pytest.param("🏔️", ("등산 🏔",), id="emoji"),
        pytest.param("", ("anything",), id="nothing"),
        pytest.param(" \u200b", (), id="nothing that is seen"),
    ],
)
def test_a_query_finds(query: str, names: tuple[str, ...]) -> None:
    assert finds(query, *names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("민수", ("민지",), id="another"),
        pytest.param("미수", ("민수",), id="a syllable that is whole"),
        pytest.param("ㅅㅁ", ("민수",), id="initials in another order"),
        pytest.param("민수 준호", ("민수",), id="one word of two"),
        pytest.param(".", ("민수",), id="a sign is no pattern"),
        pytest.param("수민", ("민수", "민"), id="over two names"),
        pytest.param("민수", (), id="no name"),
        pytest.param("ㅏ", ("민수",), id="a vowel"),
    ],
)
def test_a_query_does_not_find(query: str, names: tuple[str, ...]) -> None:
    assert not finds(query, *names)


def syllable(lead: str, vowel: str, tail: str = " ") -> str:
    at = (LEADS.index(lead) * 21 + VOWELS.index(vowel)) * 28 + TAILS.index(tail)
    return chr(ord("가") + at)


def shown_while_typing(name: str) -> Iterator[str]:
    """What a keyboard of two sets shows after each stroke: a tail goes to a vowel that follows."""
    done = ""
    for at, each in enumerate(name):
        head, tail = divmod(ord(each) - ord("가"), 28)
        lead, vowel = divmod(head, 21)
        (le, vo, ta) = (LEADS[lead], VOWELS[vowel], TAILS[tail])
        former = done[-1:] if at else ""
        yield from _with_lead(done, former, le)
        if vo in FIRST:
            yield done + syllable(le, FIRST[vo])
        yield done + syllable(le, vo)
        if ta in SECOND:
            yield done + syllable(le, vo, FIRST[ta])
        if ta != " ":
            yield done + each
        done += each


def _with_lead(done: str, former: str, lead: str) -> Iterator[str]:
    """The lead of the next syllable is shown as the tail of an open one where it can be."""
    if former:
        head, tail = divmod(ord(former) - ord("가"), 28)
        le, vo = LEADS[head // 21], VOWELS[head % 21]
        if not tail and lead in TAILS:
            yield done[:-1] + syllable(le, vo, lead)
            return
        for both, first in FIRST.items():
            if both in SECOND and first == TAILS[tail] and SECOND[both] == lead:
                yield done[:-1] + syllable(le, vo, both)
                return
    yield done + lead


SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


@given(st.text(SYLLABLES, min_size=1, max_size=4))
def test_every_moment_of_typing_a_name_finds_it(name: str) -> None:
    for shown in shown_while_typing(name):
        assert finds(shown, name), shown


@given(st.text(min_size=1, max_size=12))
def test_a_name_is_found_by_its_words_in_any_form(name: str) -> None:
    assert finds(name, name)
    if all("가" <= each <= "힣" or each.isascii() for each in name):
        assert finds(unicodedata.normalize("NFD", name), name)
        assert finds(name, unicodedata.normalize("NFD", name))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_query_is_answered(query: str, name: str) -> None:
    assert finds(query, name) in {True, False}


@pytest.mark.parametrize("letter", ["ㅄ", "ㄱ", "가", "닭", "a", " a"])
def test_sixty_of_one_letter_cost_their_length(letter: str) -> None:
    query = NameFilter(letter * 59 + "b")
    began = time.thread_time()
    for _ in range(200):
        query.fits(["가닭ㄱ" * 20, "a" * 60, "가" * 60])
    assert time.thread_time() - began < 2.0
