"""Full-text search over published posts.

What finds what is the law in `chatstream.domain.search_queries`, as for messages; titles and bodies
are one text. Which hits a reader may see, whoever shows them finds out: the index is behind.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.content.documents import INDEX
from chatstream.domain.content.excerpts import excerpt, marked
from chatstream.domain.content.texts import tag_key
from chatstream.domain.cursors import CursorShape, identity, real, whole
from chatstream.domain.search_queries import is_korean, query_words
from chatstream.errors import invalid
from chatstream.ports.content_search import ContentHit, ContentQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure_of_page
from infra.elastic.morphemes import Stems
from infra.elastic.queries import FOLDED, TIME, Query, copies_for, matching, nearness
from infra.elastic.search import MOST_LETTERS

_ID = "chatstream.content.id"
_TAGS = "chatstream.content.tags"
# The last one makes the order total, so that a page never repeats or skips a post.
_ORDERS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "newest": ({TIME: "desc"}, {_ID: "desc"}),
    "best": ({"_score": "desc"}, {TIME: "desc"}, {_ID: "desc"}),
}
_KEYS = {"newest": (whole, identity), "best": (real, whole, identity)}


class ElasticContentSearch:
    """See chatstream.ports.content_search.ContentSearch."""

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.search_timeout)
        self._stems = Stems()

    async def search(self, query: ContentQuery) -> tuple[Sequence[ContentHit], str | None]:
        """See the port; one page, never a part of one: a shard that fails fails the search."""
        words = query_words(query.text)
        if sum(map(len, words)) > MOST_LETTERS:
            raise invalid(
                "q", "must have at most {most} letters when written out", most=MOST_LETTERS
            )
        shape = _cursors(query)
        after = None if query.cursor is None else shape.decode(query.cursor)
        if not words:
            return (), None
        stems = await self._stems.of(self._client, [each for each in words if is_korean(each)])
        found = await self._found(query, words, stems, after)
        page = found[: query.limit]
        marks = [*words, *("".join(stem) for stem in stems.values() if stem)]
        hits = []
        for item in page:
            hits.append(_hit(item, words, marks))
            await asyncio.sleep(0)  # marking the longest texts takes milliseconds each
        more = len(found) > query.limit
        return hits, (shape.encode(*page[-1]["sort"]) if more else None)

    async def _found(
        self,
        query: ContentQuery,
        words: Sequence[str],
        stems: Mapping[str, tuple[str, ...]],
        after: Sequence[object] | None,
    ) -> Sequence[Mapping[str, Any]]:
        try:
            answer = await self._client.search(
                index=INDEX,
                query=_wanted(query, words, stems),
                sort=_ORDERS[query.sort],
                size=query.limit + 1,
                search_after=after,
                source_excludes=[FOLDED],
                track_total_hits=False,
                allow_partial_search_results=False,
                ignore_unavailable=True,
                preference=copies_for([query.text]),
            )
        except ELASTIC_ERRORS as error:
            raise failure_of_page(error, query.cursor) from error
        found: Sequence[Mapping[str, Any]] = answer["hits"]["hits"]
        return found


def _hit(item: Mapping[str, Any], words: Sequence[str], marks: Sequence[str]) -> ContentHit:
    source = item["_source"]
    content = source["chatstream"]["content"]
    return ContentHit(
        content_id=content["id"],
        version=content["version"],
        title_highlight=marked(content["title"], words, marks),
        body_highlight=excerpt(source["message"], words, marks),
    )


def _cursors(query: ContentQuery) -> CursorShape:
    """The cursors of one query: of everything that decides the hits and their order."""
    parts = (query.text, query.author_id, query.tag, query.since, query.until, query.sort)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return CursorShape(f"posts {digest}", *_KEYS[query.sort])


def _wanted(
    query: ContentQuery, words: Sequence[str], stems: Mapping[str, tuple[str, ...]]
) -> Query:
    """The query; scores are counted only where they decide the order."""
    filters: list[Query] = []
    if query.author_id is not None:
        filters.append({"term": {"user.id": query.author_id}})
    if query.tag is not None:
        # As written: of documents that are older than the keys.
        filters.append({"terms": {_TAGS: [tag_key(query.tag), query.tag]}})
    bounds = (("gte", query.since), ("lt", query.until))
    if span := {name: moment for name, moment in bounds if moment is not None}:
        filters.append({"range": {TIME: span}})
    wanted = matching(words, stems)
    if query.sort == "newest":
        return {"bool": {"filter": [wanted, *filters]}}
    return {"bool": {"must": [wanted], "filter": filters, "should": nearness(words)}}
