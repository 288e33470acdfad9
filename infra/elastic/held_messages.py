"""The search's documents as they are found, to be compared with the messages in Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES
from chatstream.domain.log_differences import DocumentTally, HeldDocument, MessagePlace, MessageSlot
from infra.elastic.whole import WholeDataset

_PAGE = 1000
_ROOM, _SEQ, _REV = (
    "chatstream.room.id",
    "chatstream.message.seq",
    "chatstream.message.rev",
)
_MONTH = {"field": "@timestamp", "calendar_interval": "month", "format": "yyyy.MM"}


class HeldMessages:
    """Reads what a search would find; raises TransientFailure, also when a shard is away."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._dataset = WholeDataset(client, MESSAGES)

    async def refresh(self) -> None:
        """What was written is seen by the questions that follow."""
        await self._dataset.refresh()

    async def tallies(
        self, room_ids: Sequence[str], first: int, end: int, width: int
    ) -> Mapping[MessageSlot, DocumentTally]:
        """As PresentMessages.tallies."""
        sources: list[Mapping[str, Any]] = [
            {"room": {"terms": {"field": _ROOM}}},
            {"month": {"date_histogram": _MONTH}},
            {"slot": {"histogram": {"field": _SEQ, "interval": width}}},
        ]
        inner = {
            "revs": {"sum": {"field": _REV}},
            "seqs": {"sum": {"field": _SEQ}},
            "told": {"filter": {"exists": {"field": "chatstream.message.id"}}},
        }
        query = {"bool": {"filter": [{"terms": {_ROOM: list(room_ids)}}, _seqs(first, end)]}}
        found: dict[MessageSlot, DocumentTally] = {}
        async for bucket in self._buckets(query, sources, inner):
            key, count = bucket["key"], int(bucket["doc_count"])
            found[MessageSlot(key["room"], key["month"], round(key["slot"]) // width)] = (
                DocumentTally(
                    count,
                    count - int(bucket["told"]["doc_count"]),
                    round(bucket["revs"]["value"]),
                    round(bucket["seqs"]["value"]),
                )
            )
        return found

    async def rooms(self) -> AsyncIterator[Sequence[str]]:
        """Every room that a document is of, in pages."""
        page: list[str] = []
        async for bucket in self._buckets(
            {"match_all": {}}, [{"room": {"terms": {"field": _ROOM}}}]
        ):
            page.append(bucket["key"]["room"])
            if len(page) == _PAGE:
                yield page
                page = []
        if page:
            yield page

    async def at(
        self, places: Collection[MessagePlace]
    ) -> Mapping[MessagePlace, Sequence[HeldDocument]]:
        """The documents of these messages: one of each, if all is well."""
        ids = [f"{place.room_id}:{place.seq}" for place in places]
        seqs: dict[str, list[int]] = {}
        for place in places:
            seqs.setdefault(place.room_id, []).append(place.seq)
        # One that was written by hand has perhaps another id.
        ways: list[Mapping[str, Any]] = [
            {"bool": {"filter": [{"term": {_ROOM: room_id}}, {"terms": {_SEQ: numbers}}]}}
            for room_id, numbers in seqs.items()
        ]
        return await self._found({"bool": {"should": [{"ids": {"values": ids}}, *ways]}})

    async def span(
        self, room_id: str, first: int, end: int
    ) -> Mapping[MessagePlace, Sequence[HeldDocument]]:
        """The documents of the room's messages `first <= seq < end`."""
        return await self._found(
            {"bool": {"filter": [{"term": {_ROOM: room_id}}, _seqs(first, end)]}}
        )

    async def _found(
        self, query: Mapping[str, Any]
    ) -> Mapping[MessagePlace, Sequence[HeldDocument]]:
        answer = await self._dataset.ask(query=query, size=10_000)
        found: dict[MessagePlace, list[HeldDocument]] = {}
        for hit in answer["hits"]["hits"]:
            place = _place(hit)
            found.setdefault(place, []).append(HeldDocument(hit["_index"], hit["_source"]))
        return found

    async def _buckets(
        self,
        query: Mapping[str, Any],
        sources: Sequence[Mapping[str, Any]],
        inner: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Mapping[str, Any]]:
        composite: dict[str, Any] = {"size": _PAGE, "sources": sources}
        while True:
            asked = {"by": {"composite": composite, "aggs": dict(inner or {})}}
            answer = await self._dataset.ask(query=query, size=0, aggs=asked)
            # Without any index there is no aggregation.
            page = answer.get("aggregations", {}).get("by", {"buckets": []})
            for bucket in page["buckets"]:
                yield bucket
            if "after_key" not in page:
                return
            composite["after"] = page["after_key"]


def _place(hit: Mapping[str, Any]) -> MessagePlace:
    """By its id, which is `<room>:<seq>`; by its fields when that is another one."""
    room_id, _, seq = hit["_id"].rpartition(":")
    if room_id and seq.isascii() and seq.isdigit():
        return MessagePlace(room_id, int(seq))
    own = hit["_source"]["chatstream"]
    return MessagePlace(own["room"]["id"], int(own["message"]["seq"]))


def _seqs(first: int, end: int) -> Mapping[str, Any]:
    return {"range": {_SEQ: {"gte": first, "lt": end}}}
