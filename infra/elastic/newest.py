"""How far the events of a fact line are in Elasticsearch."""

from __future__ import annotations

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import EVENTS
from infra.elastic.client import ELASTIC_ERRORS, failure

# Facts that are looked at again: of a bulk some documents may be kept and those before them wait.
_UNDER_WAY = 10_000


class NewestEvents:
    """The newest event of each line."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client

    async def surely_known(self, topic: str, partition: int) -> int:
        """A fact number up to which all events of the line are there; raises TransientFailure."""
        line = [
            {"term": {"chatstream.topic": topic}},
            {"term": {"chatstream.partition": partition}},
        ]
        try:
            await self._client.indices.refresh(index=f"{EVENTS}-*", allow_no_indices=True)
            answer = await self._client.search(
                index=f"{EVENTS}-*",
                size=0,
                query={"bool": {"filter": line}},
                aggregations={"newest": {"max": {"field": "event.sequence"}}},
                allow_no_indices=True,
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        found = answer.get("aggregations", {}).get("newest", {}).get("value")
        return max(int(found or 0) - _UNDER_WAY, 0)
