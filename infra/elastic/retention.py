"""Removing the log's indices that are older than their dataset is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from elasticsearch import AsyncElasticsearch

from chatstream.domain.retention import is_expired
from infra.elastic.client import ELASTIC_ERRORS, failure


async def remove_expired(
    client: AsyncElasticsearch, days: Mapping[str, int], now: datetime
) -> Sequence[str]:
    """Remove whole indices by their names, which are told; several at once do no harm.

    Raises TransientFailure when Elasticsearch is away.
    """
    removed = []
    try:
        for dataset in days:
            found = await client.indices.get_mapping(index=f"{dataset}-*", allow_no_indices=True)
            for index in sorted(each for each in found if is_expired(each, days, now)):
                await client.indices.delete(index=index, ignore_unavailable=True)
                removed.append(index)
    except ELASTIC_ERRORS as error:
        raise failure(error) from error
    return removed
