"""Looking for a text in every document."""

from __future__ import annotations

from collections.abc import Sequence

from elasticsearch import AsyncElasticsearch

from infra.elastic.client import ELASTIC_ERRORS, failure


async def find_documents(client: AsyncElasticsearch, text: str) -> Sequence[tuple[str, int]]:
    """(index, how many of its documents have a field that is this text); raises like the sink."""
    try:
        await client.indices.refresh(index="chatstream-*")
        answer = await client.search(
            index="chatstream-*",
            size=0,
            track_total_hits=True,
            query={
                "multi_match": {"query": text, "fields": ["*"], "lenient": True, "type": "phrase"}
            },
            aggs={"by_index": {"terms": {"field": "_index", "size": 1000}}},
        )
    except ELASTIC_ERRORS as error:
        raise failure(error) from error
    buckets = answer.body["aggregations"]["by_index"]["buckets"]
    return [(bucket["key"], bucket["doc_count"]) for bucket in buckets]
