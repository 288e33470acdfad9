"""The query for texts that are near to a word: nothing in it depends on what others say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.elastic.near_texts import near_texts

WORDS = ["hello", "message", "점신", "회으록", "안녕하세오", "가" * 40]


@pytest.mark.parametrize("word", WORDS)
def test_no_score_is_of_frequencies(word: str) -> None:
    for query in _leaves(near_texts(word)):
        kind = next(iter(query))
        assert kind in {"constant_score", "fuzzy"}
        if kind == "fuzzy":
            (field,) = query["fuzzy"].values()
            assert field["rewrite"] == "constant_score"


@pytest.mark.parametrize("word", WORDS)
def test_a_query_has_few_clauses(word: str) -> None:
    assert len(json.dumps(near_texts(word))) < 20_000


def _leaves(query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for kind in ("bool", "dis_max"):
        if kind in query:
            nested = query[kind].get("should") or query[kind]["queries"]
            return [leaf for each in nested for leaf in _leaves(each)]
    return [query]
