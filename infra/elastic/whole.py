"""Asking all indices of a dataset, where half an answer would be a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.errors import TransientFailure
from infra.elastic.client import ELASTIC_ERRORS, answered, failure

# Seconds.
_WITHIN = 5.0


class WholeDataset:
    """Searches `<dataset>-*`; TransientFailure when a shard is away or late, after some tries."""

    def __init__(self, client: AsyncElasticsearch, dataset: str) -> None:
        self._client = client
        self._all = f"{dataset}-*"

    async def refresh(self) -> None:
        """What was written is seen by the questions that follow."""
        try:
            await self._client.indices.refresh(index=self._all, allow_no_indices=True)
        except ELASTIC_ERRORS as error:
            raise failure(error) from error

    async def ask(self, **asked: Any) -> Mapping[str, Any]:
        """The answer of a search, without a total; without any index it has no aggregation."""
        return await answered(partial(self._once, **asked), _WITHIN)

    async def _once(self, **asked: Any) -> Mapping[str, Any]:
        try:
            answer = await self._client.search(
                index=self._all,
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
