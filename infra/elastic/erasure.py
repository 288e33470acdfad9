"""Taking an erased account's handle and name out of the search documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES
from chatstream.errors import TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure

# Documents of one call: it must end within the time limit of a call.
AT_ONCE = 2_000

# Also those that a reindex has begun to fill.
_INDICES = f"{MESSAGES}*"
_NAMES = ("user.name", "user.full_name")
_SCRIPT = "ctx._source.user.remove('name'); ctx._source.user.remove('full_name')"


class ElasticEraser:
    """The account's documents in the search. Events name it by id alone: nothing to do there.

    An update raises the document's version by one, so the same fact written again does not bring
    the name back, and a later fact about the message still counts. What a paused Elasticsearch
    still had to write when its caller gave up is such a fact.
    """

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """Take its handle and names out of every document; how many, by kind. Idempotent.

        On return no search finds the account by a name. TransientFailure when it must be tried
        again.
        """
        query = _named(account_id)
        erased = 0
        try:
            await self._refresh()
            while (updated := await self._update(query)) == AT_ONCE:
                erased += updated
            await self._check_gone(query)
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        return {"search documents": erased + updated}

    async def _refresh(self) -> None:
        """What was written is seen by the queries that follow."""
        answer = await self._client.indices.refresh(index=_INDICES)
        _check_shards(answer.body)

    async def _update(self, query: Mapping[str, Any]) -> int:
        answer = await self._client.update_by_query(
            index=_INDICES,
            query=query,
            script={"lang": "painless", "source": _SCRIPT},
            max_docs=AT_ONCE,
            conflicts="proceed",
            refresh=True,
            ignore_unavailable=True,
            allow_no_indices=True,
        )
        body = answer.body
        if body["version_conflicts"] or body["failures"] or body["timed_out"]:
            raise TransientFailure("elasticsearch: documents changed meanwhile")
        return int(body["updated"])

    async def _check_gone(self, query: Mapping[str, Any]) -> None:
        """TransientFailure unless every shard says that no document is left."""
        await self._refresh()
        answer = await self._client.count(index=_INDICES, query=query, allow_no_indices=True)
        _check_shards(answer.body)
        if answer.body["count"]:
            raise TransientFailure("elasticsearch: documents show the account still")


def _named(account_id: str) -> Mapping[str, Any]:
    """The documents that show the account's handle or name."""
    return {
        "bool": {
            "filter": [{"term": {"user.id": account_id}}],
            "should": [{"exists": {"field": field}} for field in _NAMES],
            "minimum_should_match": 1,
        }
    }


def _check_shards(body: Mapping[str, Any]) -> None:
    if body["_shards"]["failed"]:
        raise TransientFailure("elasticsearch: a shard did not answer")
