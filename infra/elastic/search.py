"""Full-text search over the message documents, in rooms the caller names.

Every word of the text must be found, by any of three ways: as Korean morphemes (endings and
particles dropped: 학교에서 finds 학교는), as a part of a word (its two-letter pieces in a row), or
as a plain word (also of other scripts, and emoji).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.cursors import Shape, identity, real, whole
from chatstream.domain.documents import MESSAGES
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.messages import StoredMessage
from chatstream.ports.search import MATCH_BEGIN, MATCH_END, SearchHit, SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure

ROOM = "chatstream.room.id"
SEQ = "chatstream.message.seq"
TIME = "@timestamp"

# The last two make the order total, so that a page never repeats or skips a message.
_ORDERS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "newest": ({TIME: "desc"}, {ROOM: "asc"}, {SEQ: "desc"}),
    "best": ({"_score": "desc"}, {TIME: "desc"}, {ROOM: "asc"}, {SEQ: "desc"}),
}
_KEYS = {"newest": (whole, identity, whole), "best": (real, whole, identity, whole)}
MOST_WORDS = 20

_NO_MARKS = str.maketrans("", "", MATCH_BEGIN + MATCH_END)


class ElasticSearch:
    """See chatstream.ports.search.MessageSearch."""

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.search_timeout)

    async def search(
        self, query: SearchQuery, room_ids: Sequence[str]
    ) -> tuple[Sequence[SearchHit], str | None]:
        """See the port; one page, never a part of one: a shard that fails fails the search."""
        terms = words(query.text)
        if not room_ids or not terms:
            return (), None
        shape = _cursors(query)
        after = None if query.cursor is None else shape.decode(query.cursor)
        try:
            answer = await self._client.search(
                index=f"{MESSAGES}-*",
                query=_filtered(query, room_ids, terms),
                sort=_ORDERS[query.sort],
                size=query.limit + 1,
                search_after=after,
                highlight=_highlight(terms),
                track_total_hits=False,
                allow_partial_search_results=False,
                preference=_preference(room_ids),
            )
        except ELASTIC_ERRORS as error:
            raise _search_failure(failure(error), query) from error
        found = answer["hits"]["hits"]
        page = found[: query.limit]
        more = len(found) > query.limit
        return [_hit(item) for item in page], (shape.encode(*page[-1]["sort"]) if more else None)


def words(text: str) -> tuple[str, ...]:
    """The distinct words of a query, composed (NFC) as keyboards write them, the first 20."""
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", text).split()))[:MOST_WORDS]


def _word(word: str) -> dict[str, Any]:
    return {
        "dis_max": {
            "tie_breaker": 0.1,
            "queries": [
                {"match": {"message": {"query": word, "operator": "and", "boost": 2}}},
                {"match": {"message.plain": {"query": word, "operator": "and", "boost": 2}}},
                {"match_phrase": {"message.grams": {"query": word}}},
            ],
        }
    }


def _matching(terms: Sequence[str]) -> dict[str, Any]:
    return {"bool": {"must": [_word(word) for word in terms]}}


def _filtered(query: SearchQuery, room_ids: Sequence[str], terms: Sequence[str]) -> dict[str, Any]:
    filters: list[dict[str, Any]] = [{"terms": {ROOM: list(room_ids)}}]
    if query.sender is not None:
        filters.append({"term": {"user.name": query.sender}})
    span = {
        name: moment
        for name, moment in (("gte", query.since), ("lt", query.until))
        if moment is not None
    }
    if span:
        filters.append({"range": {TIME: span}})
    return {"bool": {"must": [_matching(terms)], "filter": filters}}


def _highlight(terms: Sequence[str]) -> dict[str, Any]:
    return {
        "pre_tags": [MATCH_BEGIN],
        "post_tags": [MATCH_END],
        "number_of_fragments": 0,
        "highlight_query": _matching(terms),
        "fields": {
            "message": {"matched_fields": ["message.plain", "message.grams"]},
        },
    }


def _hit(item: Mapping[str, Any]) -> SearchHit:
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
    return SearchHit(message, _marked(item, text))


def _marked(item: Mapping[str, Any], text: str) -> str:
    """The text with the matches marked; without marks when it has such characters itself."""
    plain = text.translate(_NO_MARKS)
    if plain != text:
        return plain
    marked: str = item.get("highlight", {}).get("message", [text])[0]
    return marked


def _cursors(query: SearchQuery) -> Shape:
    """The cursors of one query: of everything that decides the hits and their order."""
    parts = (query.text, query.sender, query.since, query.until, query.sort)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return Shape(f"messages {digest}", *_KEYS[query.sort])


def _preference(room_ids: Sequence[str]) -> str:
    """The same copies of the shards for the same rooms, so that scores agree between pages."""
    return hashlib.sha256(",".join(sorted(room_ids)).encode()).hexdigest()[:16]


def _search_failure(error: Exception, query: SearchQuery) -> Exception:
    """A refused search that continued another one can only have a bad cursor."""
    if isinstance(error, PoisonMessage) and query.cursor is not None:
        return UserError(ErrorCode.INVALID_INPUT, "bad cursor", details={"field": "cursor"})
    return error
