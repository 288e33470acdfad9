"""Which facts of a line have an event in Elasticsearch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import EVENTS
from chatstream.errors import TransientFailure
from infra.elastic.client import ELASTIC_ERRORS, failure

_ALL = f"{EVENTS}-*"
# Under search.max_buckets, which is 65,536.
_SLOTS = 10_000


class HeldEvents:
    """Asks what is searched; raises TransientFailure, also when a shard is away."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client

    async def counts(self, topic: str, partition: int, head: int, width: int) -> Mapping[int, int]:
        """How many events there are of the facts `slot * width < number <= slot * width + width`.

        By slot, up to that of `head`; one without any is left out.
        """
        await self._refresh()
        found: dict[int, int] = {}
        for after in range(0, head, width * _SLOTS):
            span = {"gt": after, "lte": min(after + width * _SLOTS, head)}
            line = [
                {"term": {"chatstream.topic": topic}},
                {"term": {"chatstream.partition": partition}},
                {"range": {"event.sequence": span}},
            ]
            # A histogram begins at 0, lines at 1.
            slots = {"field": "event.sequence", "interval": width, "offset": 1, "min_doc_count": 1}
            answer = await self._ask(
                query={"bool": {"filter": line}}, size=0, aggs={"slots": {"histogram": slots}}
            )
            # Without any index there is no aggregation.
            buckets = answer.get("aggregations", {}).get("slots", {"buckets": []})["buckets"]
            found |= {(round(each["key"]) - 1) // width: int(each["doc_count"]) for each in buckets}
        return found

    async def present(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that an event has, at most 10,000 at once."""
        answer = await self._ask(
            query={"ids": {"values": sorted(ids)}}, size=len(ids), source=False
        )
        return {hit["_id"] for hit in answer["hits"]["hits"]}

    async def _refresh(self) -> None:
        try:
            await self._client.indices.refresh(index=_ALL, allow_no_indices=True)
        except ELASTIC_ERRORS as error:
            raise failure(error) from error

    async def _ask(self, **asked: Any) -> Mapping[str, Any]:
        try:
            answer = await self._client.search(
                index=_ALL,
                allow_no_indices=True,
                allow_partial_search_results=False,
                track_total_hits=False,
                **asked,
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        if answer.body["timed_out"]:
            raise TransientFailure("elasticsearch: a search timed out")
        body: Mapping[str, Any] = answer.body
        return body
