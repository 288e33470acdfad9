"""Taking an erased account's handle and name out of the search documents."""

from __future__ import annotations

from collections.abc import Mapping

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES
from chatstream.errors import TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure

_NAMES = ("user.name", "user.full_name")
_SCRIPT = "ctx._source.user.remove('name'); ctx._source.user.remove('full_name')"


class ElasticEraser:
    """ports.erasure.DocumentEraser. Events name accounts by id alone: nothing to do there.

    An update raises the document's version by one, so the same fact written again does not bring
    the name back, and a later fact about the message still counts.
    """

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """See ports.erasure.DocumentEraser."""
        named = [{"exists": {"field": field}} for field in _NAMES]
        try:
            await self._client.indices.refresh(index=f"{MESSAGES}-*")
            answer = await self._client.update_by_query(
                index=f"{MESSAGES}-*",
                query={
                    "bool": {
                        "filter": [{"term": {"user.id": account_id}}],
                        "should": named,
                        "minimum_should_match": 1,
                    }
                },
                script={"lang": "painless", "source": _SCRIPT},
                conflicts="proceed",
                refresh=True,
                ignore_unavailable=True,
                allow_no_indices=True,
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        body = answer.body
        if body["version_conflicts"] or body["failures"] or body["timed_out"]:
            raise TransientFailure("elasticsearch: documents changed meanwhile")
        return {"search documents": int(body["updated"])}
