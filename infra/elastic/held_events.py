"""Which facts of a line have an event in Elasticsearch."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import EVENTS
from infra.elastic.whole import WholeDataset

# Under search.max_buckets, which is 65,536.
_SLOTS = 10_000


class HeldEvents:
    """Asks what is searched; raises TransientFailure, also when a shard is away."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._dataset = WholeDataset(client, EVENTS)

    async def counts(self, topic: str, partition: int, head: int, width: int) -> Mapping[int, int]:
        """How many events there are of the facts `slot * width < number <= slot * width + width`.

        By slot, up to that of `head`; one without any is left out.
        """
        await self._dataset.refresh()
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
            answer = await self._dataset.ask(
                query={"bool": {"filter": line}}, size=0, aggs={"slots": {"histogram": slots}}
            )
            # Without any index there is no aggregation.
            buckets = answer.get("aggregations", {}).get("slots", {"buckets": []})["buckets"]
            found |= {(round(each["key"]) - 1) // width: int(each["doc_count"]) for each in buckets}
        return found

    async def present(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that an event has, at most 10,000 at once."""
        answer = await self._dataset.ask(
            query={"ids": {"values": sorted(ids)}}, size=len(ids), source=False
        )
        return {hit["_id"] for hit in answer["hits"]["hits"]}
