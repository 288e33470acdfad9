"""What a found post shows of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.excerpts import BEGIN, END, LENGTH, excerpt, marked
from chatstream.domain.search_queries import query_words

LONG = "lorem ipsum " * 400


def shown(text: str) -> str:
    return text.replace(BEGIN, "[").replace(END, "]")


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("한강에서 자전거", "자전거", "한강에서 [자전거]"),
        ("Écoute la CAFÉ", "cafe", "Écoute la [CAFÉ]"),
        ("강남역 맛집", "ㄱㄴㅇ", "[강남역] 맛집"),
        ("nothing here", "x", "nothing here"),
        ("running shoes", "run", "[running] shoes"),
    ],
)
def test_a_title_is_whole_with_its_matches_marked(text: str, query: str, found: str) -> None:
    assert shown(marked(text, query_words(query))).replace("][", "") == found


def test_another_form_is_marked_where_the_word_itself_is_not() -> None:
    assert shown(marked("밥을 먹고 잤다", ("먹었다",), ("먹",))) == "밥을 [먹]고 잤다"
    assert shown(marked("먹었다 먹고", ("먹었다",), ("먹",))) == "[먹었다] 먹고"


def test_a_body_shows_the_piece_that_has_the_word_however_far_behind() -> None:
    found = excerpt(f"{LONG}여기 자전거 있음 {LONG}", ("자전거",))
    assert "[자전거]" in shown(found)
    assert len(found) <= LENGTH + 4
    assert excerpt(LONG, ("자전거",)) == ""
    assert shown(excerpt(f"{LONG}먹고", ("먹었다",), ("먹",))).endswith("[먹]고")


def test_a_text_that_has_such_marks_itself_shows_none() -> None:
    assert marked(f"a{BEGIN}b", ("a",)) == "ab"


@given(st.text(max_size=3000), st.sampled_from(["a", "자전거", "ㄱㄴ", "1", " "]))
def test_marks_come_in_pairs_and_nothing_else_is_added(body: str, word: str) -> None:
    found = excerpt(body, query_words(word))
    depth = 0
    for each in found:
        depth += (each == BEGIN) - (each == END)
        assert depth in (0, 1)
    assert depth == 0
    plain = found.replace(BEGIN, "").replace(END, "").strip("…")
    assert plain in body.replace(BEGIN, "").replace(END, "") or "…" in body


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_000])
def test_bodies_without_a_break_or_a_word_are_fine(text: str) -> None:
    assert excerpt(text, ("y",)) == ""
