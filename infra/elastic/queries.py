"""The query of a search: which documents give evidence of every word.

Nothing a person typed is query syntax: words are only ever the text of phrases and of terms. A
query has at most a few clauses a word and a few dozen terms for the forms of an English one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from chatstream.domain.inflections import forms_of
from chatstream.domain.search_queries import is_initials
from chatstream.ports.search import MATCH_BEGIN, MATCH_END, SearchQuery

Query = dict[str, Any]
Stems = Mapping[str, tuple[str, ...]]

ROOM = "chatstream.room.id"
SEQ = "chatstream.message.seq"
TIME = "@timestamp"
FOLDED = "folded"
LETTERS = f"{FOLDED}.letters"
MORPHEMES = f"{FOLDED}.morphemes"
INITIALS = f"{FOLDED}.initials"

MARKED_LETTERS = 1000
"""Of a text, in which Korean forms are marked."""

# How much more a word counts as it is than in another form.
_LITERAL = 2
_WHOLE = 3
_TOGETHER = 2
# Letters that may stand between words that belong together.
_NEAR = 20


def matching(words: Sequence[str], stems: Stems) -> Query:
    """Every word, each by any evidence."""
    return {"bool": {"must": [_word(word, stems.get(word, ())) for word in words]}}


def nearness(words: Sequence[str]) -> list[Query]:
    """What makes a text better that has every word: as words of their own, and close together."""
    whole = [{"term": {MORPHEMES: {"value": word, "boost": _WHOLE}}} for word in words]
    if len(words) == 1:
        return whole
    together = {"query": " ".join(words), "slop": _NEAR, "boost": _TOGETHER}
    return [*whole, {"match_phrase": {FOLDED: together}}]


def filtered(query: SearchQuery, room_ids: Sequence[str], wanted: Query) -> Query:
    """What is wanted, in these rooms, by this sender, in this time."""
    filters: list[Query] = [{"terms": {ROOM: list(room_ids)}}]
    if query.sender is not None:
        filters.append({"term": {"user.name": query.sender}})
    span = {
        name: moment
        for name, moment in (("gte", query.since), ("lt", query.until))
        if moment is not None
    }
    if span:
        filters.append({"range": {TIME: span}})
    return {"bool": {"must": [wanted], "filter": filters}}


def copies_for(room_ids: Sequence[str]) -> str:
    """The same copies of the shards for the same rooms, so that scores agree between pages."""
    return hashlib.sha256(",".join(sorted(room_ids)).encode()).hexdigest()[:16]


def highlight(stems: Stems) -> Query | None:
    """The folded text with Korean forms marked, near its begin; None when there are none to mark.

    All other evidence is found again without Elasticsearch, which would take seconds for a page
    of the longest texts.
    """
    forms = [_phrase(MORPHEMES, " ".join(stem), "whitespace") for stem in stems.values() if stem]
    if not forms:
        return None
    return {
        "pre_tags": [MATCH_BEGIN],
        "post_tags": [MATCH_END],
        "number_of_fragments": 0,
        "max_analyzed_offset": MARKED_LETTERS,
        "highlight_query": {"dis_max": {"queries": forms}},
        "fields": {MORPHEMES: {}},
    }


def _word(word: str, stem: Sequence[str]) -> Query:
    queries = [_part(word)]
    if stem:
        queries.append(_phrase(MORPHEMES, " ".join(stem), "whitespace"))
    if forms := forms_of(word):
        queries.append({"terms": {MORPHEMES: sorted(forms)}})
    if is_initials(word):
        queries.append(_phrase(INITIALS, word, "pairs"))
    if len(word) > 1 and word.isalnum():
        queries.append({"match_phrase": {"message.grams": {"query": word}}})
    return {"dis_max": {"tie_breaker": 0.1, "queries": queries}}


def _part(word: str) -> Query:
    """The word anywhere in the folded text, also within another one."""
    if len(word) == 1:
        return {"term": {LETTERS: {"value": word, "boost": _LITERAL}}}
    return {"match_phrase": {FOLDED: {"query": word, "boost": _LITERAL}}}


def _phrase(field: str, text: str, analyzer: str) -> Query:
    return {"match_phrase": {field: {"query": text, "analyzer": analyzer}}}
