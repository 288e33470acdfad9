"""The log's last hour in one search: lines a minute, errors, and when the newest line came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.overview.samples import LogSample
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure
from infra.elastic.log_queries import TIME

MINUTES = 5
"""Over which lines a minute are told."""
_SERVICE = "service.name"
_BY_SERVICE = {"terms": {"field": _SERVICE, "size": 50}}
_AGGREGATIONS: Mapping[str, Any] = {
    "lately": {
        "filter": {"range": {TIME: {"gte": f"now-{MINUTES}m"}}},
        "aggs": {"services": _BY_SERVICE},
    },
    "errors": {
        "filter": {"terms": {"log.level": ["error", "critical"]}},
        "aggs": {"services": _BY_SERVICE},
    },
    "datasets": {
        "terms": {"field": "event.dataset", "size": 20},
        "aggs": {"newest": {"max": {"field": TIME}}},
    },
}


class ElasticPulse:
    """See chatstream.ports.overview.LogPulse; also Answering, for the cluster itself."""

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.search_timeout)

    async def pulse(self) -> LogSample:
        """See the port."""
        try:
            answer = await self._client.search(
                index="chatstream-logs-*",
                ignore_unavailable=True,
                allow_no_indices=True,
                query={"range": {TIME: {"gte": "now-1h"}}},
                size=0,
                track_total_hits=False,
                aggregations=_AGGREGATIONS,
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        found: Mapping[str, Any] = answer.body.get("aggregations", {})
        lately = _counts(found.get("lately", {}))
        return LogSample(
            rates={service: count / MINUTES for service, count in lately.items()},
            errors=_counts(found.get("errors", {})),
            newest={
                str(each["key"]): each["newest"]["value"] / 1000
                for each in _buckets(found.get("datasets", {}))
            },
        )

    async def answer(self) -> None:
        """See chatstream.ports.overview.Answering."""
        try:
            await self._client.info()
        except ELASTIC_ERRORS as error:
            raise failure(error) from error


def _counts(found: Mapping[str, Any]) -> dict[str, int]:
    return {str(each["key"]): each["doc_count"] for each in _buckets(found.get("services", {}))}


def _buckets(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    buckets: Sequence[Mapping[str, Any]] = found.get("buckets", ())
    return buckets
