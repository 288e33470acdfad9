"""What may have been meant by a query that found nothing, told from the caller's rooms alone.

Elasticsearch's own suggesters read the dictionary of a whole index, whoever said what: a word of
somebody's private room would be offered to everybody. So whatever is asked here is asked as a
search is, under the filter of the rooms, and the texts that come are compared by
`chatstream.domain`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES
from chatstream.domain.misspelling import near_words
from chatstream.domain.search_queries import is_korean
from chatstream.domain.suggestions import AskedWord, asked_words, suggested_texts
from chatstream.errors import TransientFailure
from chatstream.ports.search import SearchHit, SearchQuery, Suggestion
from infra.elastic.client import ELASTIC_ERRORS, failure
from infra.elastic.morphemes import Stems
from infra.elastic.near_texts import near_texts, nearest_first
from infra.elastic.queries import FOLDED, Query, copies_for, filtered, matching

Search = Callable[[SearchQuery, Sequence[str]], Awaitable[tuple[Sequence[SearchHit], str | None]]]

TEXTS = 60
"""Texts of which the words are compared with one that is not found."""

SHOWN = 5
"""Hits that prove a suggestion: of some the search may not know that they are deleted."""


class Suggesting:
    """See chatstream.ports.search.MessageSearch.suggest."""

    def __init__(self, client: AsyncElasticsearch, stems: Stems, search: Search) -> None:
        self._client = client
        self._stems = stems
        self._search = search

    async def suggest(self, query: SearchQuery, room_ids: Sequence[str]) -> Suggestion | None:
        """See the port; three questions more, and one for each text that is tried."""
        words = asked_words(query.text)
        if not words or not room_ids:
            return None
        found = await self._found(words, query, room_ids)
        near = await self._near(words, found, query, room_ids)
        for text in suggested_texts(words, found, near):
            asked = replace(query, text=text, cursor=None, limit=SHOWN)
            hits, _ = await self._search(asked, room_ids)
            if hits:
                return Suggestion(text, hits)
        return None

    async def _found(
        self, words: Sequence[AskedWord], query: SearchQuery, room_ids: Sequence[str]
    ) -> frozenset[str]:
        """Which of the words, and of those on the other layout, are in a text by themselves."""
        asked = list(dict.fromkeys(_spellings(words)))
        stems = await self._stems.of(self._client, [word for word in asked if is_korean(word)])
        bodies = [
            {
                "query": _only(filtered(query, room_ids, matching([word], stems))),
                "size": 1,
                "terminate_after": 1,
                "track_total_hits": False,
                "_source": False,
            }
            for word in asked
        ]
        answers = await self._ask(bodies, room_ids)
        return frozenset(word for word, hits in zip(asked, answers, strict=True) if hits)

    async def _near(
        self,
        words: Sequence[AskedWord],
        found: frozenset[str],
        query: SearchQuery,
        room_ids: Sequence[str],
    ) -> Mapping[str, Sequence[str]]:
        """The words near to each that is in no text, from texts with all that are in one."""
        missing = [each.word for each in words if each.word not in found and each.may_be_misspelt]
        if not missing:
            return {}
        there = [each.word for each in words if each.word in found]
        stems = await self._stems.of(self._client, [word for word in there if is_korean(word)])
        bodies = []
        for word in missing:
            wanted = filtered(query, room_ids, near_texts(word))
            if there:
                wanted["bool"]["filter"].append(matching(there, stems))
            bodies.append(
                {
                    "query": wanted,
                    "size": TEXTS,
                    "sort": nearest_first(),
                    "track_total_hits": False,
                    "_source": [FOLDED],
                }
            )
        answers = await self._ask(bodies, room_ids)
        near = {}
        for word, hits in zip(missing, answers, strict=True):
            texts = [hit["_source"][FOLDED] for hit in hits]
            near[word] = await asyncio.to_thread(near_words, word, texts)
        return near

    async def _ask(
        self, bodies: Sequence[Mapping[str, Any]], room_ids: Sequence[str]
    ) -> Sequence[Sequence[Mapping[str, Any]]]:
        """The hits of each search; one that fails fails all."""
        header = {
            "index": f"{MESSAGES}-*",
            "preference": copies_for(room_ids),
            "allow_partial_search_results": False,
        }
        searches = [part for body in bodies for part in (header, body)]
        try:
            answer = await self._client.msearch(searches=searches)
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        for each in answer["responses"]:
            if "error" in each:
                raise TransientFailure(f"elasticsearch: {each['status']} {each['error']['type']}")
        return [each["hits"]["hits"] for each in answer["responses"]]


def _only(query: Query) -> Query:
    """The query without scores."""
    return {"bool": {"filter": [query]}}


def _spellings(words: Sequence[AskedWord]) -> list[str]:
    """Each word, and what its keys type on the other layout."""
    own = [each.word for each in words]
    return own + [other for each in words if (other := each.switched) is not None]
