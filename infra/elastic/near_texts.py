"""The query for texts that may hold what a misspelt word was meant to be.

It only gathers: `chatstream.domain.misspelling` decides. Every clause has a constant score, since
a score by frequencies would tell of texts that the caller may not see; and every form of a word is
looked at, since the nearest few of the whole index are chosen by what others say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from chatstream.domain.misspelling import is_hangul, steps_allowed
from chatstream.domain.search_queries import initials_of
from infra.elastic.queries import FOLDED, INITIALS, LETTERS, MORPHEMES, ROOM, SEQ, TIME

Query = dict[str, Any]

# From so many syllables on, pairs of them tell enough.
_LONG = 3


def near_texts(word: str) -> Query:
    """Texts with a word that may be a few steps away, those that share more first."""
    if not is_hangul(word):
        steps = steps_allowed(word)
        return {"dis_max": {"queries": [_fuzzy(word, each, 3 - each) for each in (1, 2)[:steps]]}}
    if len(word) < _LONG:
        return {"bool": {"should": [_fuzzy(word, 1, 2), _one_of_two(word)]}}
    clauses = [*_pairs(FOLDED, word, 2), *_pairs(INITIALS, initials_of(word), 1)]
    if len(word) <= _LONG + 1:
        clauses.append(_fuzzy(word, 1, 2))
    return {"bool": {"should": clauses, "minimum_should_match": max(1, len(word) - 2)}}


def _one_of_two(word: str) -> Query:
    """One of the syllables, and the initials of both."""
    letters = {"terms": {LETTERS: sorted(set(word))}}
    initials = {"term": {INITIALS: {"value": initials_of(word)}}}
    return _constant({"bool": {"filter": [letters, initials]}}, 1)


def _pairs(field: str, text: str, boost: int) -> Iterator[Query]:
    for pair in dict.fromkeys(map("".join, pairwise(text))):
        yield _constant({"term": {field: {"value": pair}}}, boost)


def _fuzzy(word: str, steps: int, boost: int) -> Query:
    """Every word within the steps: this rewrite counts none by how often it is said."""
    fuzzy = {"value": word, "fuzziness": steps, "rewrite": "constant_score", "boost": boost}
    return {"fuzzy": {MORPHEMES: fuzzy}}


def _constant(query: Query, boost: int) -> Query:
    return {"constant_score": {"filter": query, "boost": boost}}


def nearest_first() -> Sequence[Query]:
    """The order of the texts, in which nothing is left to chance."""
    return ({"_score": "desc"}, {TIME: "desc"}, {ROOM: "asc"}, {SEQ: "desc"})
