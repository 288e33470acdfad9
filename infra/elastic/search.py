"""Full-text search over the message documents, in rooms the caller names.

What finds what is the law in `chatstream.domain.search_queries`; `infra.elastic.queries` says it to
Elasticsearch. Texts are searched folded and shown as they were typed, with the matches marked.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.cursors import CursorShape, identity, real, whole
from chatstream.domain.documents import MESSAGES
from chatstream.domain.folding import Span, fold_with_spans
from chatstream.domain.search_queries import found_in, is_korean, query_words
from chatstream.errors import invalid
from chatstream.ports.messages import StoredMessage
from chatstream.ports.search import (
    MATCH_BEGIN,
    MATCH_END,
    SearchHit,
    SearchQuery,
    Suggestion,
)
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure_of_page
from infra.elastic.morphemes import Stems
from infra.elastic.queries import (
    FOLDED,
    MORPHEMES,
    ROOM,
    SEQ,
    TIME,
    Query,
    copies_for,
    filtered,
    highlight,
    matching,
    nearness,
)
from infra.elastic.suggesting import Suggesting

# The last two make the order total, so that a page never repeats or skips a message.
_ORDERS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "newest": ({TIME: "desc"}, {ROOM: "asc"}, {SEQ: "desc"}),
    "best": ({"_score": "desc"}, {TIME: "desc"}, {ROOM: "asc"}, {SEQ: "desc"}),
}
# Months that a node reads at once. One after the other the newest come first, and those that can
# add nothing to a full page are passed over. The best may lie in any.
_AT_ONCE = {"newest": 1, "best": 5}
_KEYS = {"newest": (whole, identity, whole), "best": (real, whole, identity, whole)}

MOST_LETTERS = 400
"""Of the words of a query: some characters fold to many (one Arabic one to eighteen)."""

_MARKS = re.compile(f"{MATCH_BEGIN}([^{MATCH_END}]*){MATCH_END}")
_NO_MARKS = str.maketrans("", "", MATCH_BEGIN + MATCH_END)


class ElasticSearch:
    """See chatstream.ports.search.MessageSearch."""

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.search_timeout)
        self._stems = Stems()
        self._suggesting = Suggesting(self._client, self._stems, self.search)

    async def search(
        self, query: SearchQuery, room_ids: Sequence[str]
    ) -> tuple[Sequence[SearchHit], str | None]:
        """See the port; one page, never a part of one: a shard that fails fails the search."""
        words = query_words(query.text)
        if sum(map(len, words)) > MOST_LETTERS:
            raise invalid(
                "q", "must have at most {most} letters when written out", most=MOST_LETTERS
            )
        shape = _cursors(query)
        after = None if query.cursor is None else shape.decode(query.cursor)
        if not room_ids or not words:
            return (), None
        korean = [word for word in words if is_korean(word)]
        stems = await self._stems.of(self._client, korean)
        try:
            answer = await self._client.search(
                index=f"{MESSAGES}-*",
                query=_wanted(query, room_ids, words, stems),
                sort=_ORDERS[query.sort],
                size=query.limit + 1,
                search_after=after,
                highlight=highlight(stems),
                source_excludes=[FOLDED],
                track_total_hits=False,
                allow_partial_search_results=False,
                preference=copies_for(room_ids),
                max_concurrent_shard_requests=_AT_ONCE[query.sort],
            )
        except ELASTIC_ERRORS as error:
            raise failure_of_page(error, query.cursor) from error
        found = answer["hits"]["hits"]
        page = found[: query.limit]
        more = len(found) > query.limit
        hits = []
        for item in page:
            hits.append(_hit(item, words))
            await asyncio.sleep(0)  # marking the longest texts takes milliseconds each
        return hits, (shape.encode(*page[-1]["sort"]) if more else None)

    async def suggest(self, query: SearchQuery, room_ids: Sequence[str]) -> Suggestion | None:
        """See the port."""
        return await self._suggesting.suggest(query, room_ids)


def _hit(item: Mapping[str, Any], words: Sequence[str]) -> SearchHit:
    source = item["_source"]
    text = source["message"]
    user, place = source["user"], source["chatstream"]
    message = StoredMessage(
        room_id=place["room"]["id"],
        seq=place["message"]["seq"],
        rev=place["message"]["rev"],
        message_id=place["message"]["id"],
        account_id=user["id"],
        user_id=user.get("name"),
        user_name=user.get("full_name"),
        message=text,
        created_at=source["@timestamp"],
    )
    return SearchHit(message, _marked(item, text, words))


def _marked(item: Mapping[str, Any], text: str, words: Sequence[str]) -> str:
    """The text with the matches marked; without marks when it has such characters itself."""
    plain = text.translate(_NO_MARKS)
    if plain != text:
        return plain
    folded = fold_with_spans(text)
    found = [span for word in words for span in found_in(folded.text, word)]
    forms: str = item.get("highlight", {}).get(MORPHEMES, [""])[0]
    if folded.text.startswith(forms.translate(_NO_MARKS)):
        found += _marked_spans(forms)
    parts, at = [], 0
    for begin, end in folded.typed(found):
        parts += [text[at:begin], MATCH_BEGIN, text[begin:end], MATCH_END]
        at = end
    return "".join([*parts, text[at:]])


def _marked_spans(marked: str) -> Iterator[Span]:
    """Where the matches are in the text without its marks."""
    for number, found in enumerate(_MARKS.finditer(marked)):
        yield found.start() - 2 * number, found.end() - 2 * (number + 1)


def _cursors(query: SearchQuery) -> CursorShape:
    """The cursors of one query: of everything that decides the hits and their order."""
    parts = (query.text, query.sender, query.since, query.until, query.sort)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return CursorShape(f"messages {digest}", *_KEYS[query.sort])


def _wanted(
    query: SearchQuery,
    room_ids: Sequence[str],
    words: Sequence[str],
    stems: Mapping[str, tuple[str, ...]],
) -> Query:
    """The query; scores are counted only where they decide the order."""
    wanted = filtered(query, room_ids, matching(words, stems))
    if query.sort == "newest":
        return {"bool": {"filter": [wanted]}}
    wanted["bool"]["should"] = nearness(words)
    return wanted
