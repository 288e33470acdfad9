"""What a search sends: bounded, without syntax; and what it makes of the marks it gets back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.domain.folding import fold
from chatstream.domain.search_queries import query_words
from chatstream.ports.search import MATCH_BEGIN, MATCH_END
from infra.elastic.morphemes import _stems
from infra.elastic.queries import matching
from infra.elastic.search import _marked

MOST_CLAUSES = 1024  # of a query, Elasticsearch's own limit at its lowest


def kinds(query: object) -> Iterator[str]:
    """The names of the leaf queries."""
    if isinstance(query, Mapping):
        for name, inner in query.items():
            if name in {"bool", "dis_max", "must", "queries"}:
                yield from kinds(inner)
            elif name not in {"tie_breaker"}:
                yield name
    elif isinstance(query, list):
        for inner in query:
            yield from kinds(inner)


@given(st.text(max_size=200) | st.text("a ㄱ가*", max_size=200))
@settings(max_examples=100)
def test_a_query_is_few_phrases_and_terms_whatever_was_typed(text: str) -> None:
    words = query_words(text)
    found = list(kinds(matching(words, dict.fromkeys(words, ("가", "나")))))
    assert set(found) <= {"term", "terms", "match_phrase"}
    assert len(words) <= len(found) <= min(MOST_CLAUSES, 5 * len(words))


def token(text: str, tag: str, begin: int) -> dict[str, Any]:
    return {"token": text, "leftPOS": f"{tag}(Some Words)", "start_offset": begin}


def test_the_answer_for_several_words_is_told_apart_by_where_tokens_begin() -> None:
    # An emoji-like letter has two UTF-16 units, as Elasticsearch counts.
    words = ["학교에서", "\U00020000집은", "가"]
    tokens = [
        token("학교", "NNG", 0),
        token("에서", "J", 2),
        token("\U00020000", "SH", 5),
        token("집", "NNG", 7),
        token("은", "J", 8),
        token("가", "VV", 10),
        token("아", "E", 10),
    ]
    assert dict(_stems(words, tokens)) == {
        "학교에서": ("학교",),
        "\U00020000집은": ("\U00020000", "집"),
        "가": ("가",),
    }


def shown(typed: str, *words: str, forms: str = "") -> str:
    """The typed text with the marks as brackets; `forms` is what Elasticsearch has marked."""
    marked = forms.replace("[", MATCH_BEGIN).replace("]", MATCH_END)
    item = {"highlight": {"folded.morphemes": [marked]}} if forms else {}
    return _marked(item, typed, words).replace(MATCH_BEGIN, "[").replace(MATCH_END, "]")


@pytest.mark.parametrize(
    ("typed", "words", "forms", "expected"),
    [
        pytest.param("ＫＴＸ 탔어", ["ktx"], "", "[ＫＴＸ] 탔어", id="full width"),
        pytest.param("ㅋㅋ 가", ["ㅋ", "가"], "", "[ㅋㅋ] [가]", id="side by side"),
        pytest.param("합계 3,000원", ["3000"], "", "합계 [3,000]원", id="dropped within"),
        pytest.param("음악을 들었다", ["듣다"], "음악을 [들]었다", "음악을 [들]었다", id="a form"),
        pytest.param("가 나 다", ["다"], "가 [나]", "가 [나] [다]", id="forms of the begin only"),
        pytest.param("typed text", ["q"], "other [text]", "typed text", id="folded otherwise"),
        pytest.param("no match", ["x"], "", "no match", id="none"),
        pytest.param(f"a{MATCH_BEGIN}", ["a"], "", "a", id="the marks' own characters"),
    ],
)
def test_matches_are_marked_on_what_was_typed(
    typed: str, words: list[str], forms: str, expected: str
) -> None:
    assert shown(typed, *words, forms=forms) == expected


@given(st.text("aÉ가ㅋ１, \u0301👍🏽\u200d", max_size=30), st.data())
@settings(max_examples=100)
def test_marks_change_nothing_else(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    begin = data.draw(st.integers(0, len(folded)))
    end = data.draw(st.integers(begin, len(folded)))
    forms = f"{folded[:begin]}[{folded[begin:end]}]{folded[end:]}"
    found = shown(text, folded[begin:end] or "x", forms=forms)
    assert found.replace("[", "").replace("]", "") == text
