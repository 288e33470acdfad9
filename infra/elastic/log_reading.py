"""Looking into what the log keeps: pages in one total order, bars over time, traces."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.cursors import CursorShape, text
from chatstream.domain.log_ranges import step_of
from chatstream.domain.times import from_text
from chatstream.ports.log_reading import Bar, Bars, LogDocument, LogQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, answered, failure
from infra.elastic.log_queries import EARLIEST_FIRST, ORDER, RANGE, TRACE, bars, matching

MOST_OF_A_TRACE = 1000
# Seconds that a reader waits for an index that has just begun.
_WITHIN = 1.5


class ElasticLog:
    """See chatstream.ports.log_reading.LogReader."""

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.search_timeout)

    async def find(
        self, query: LogQuery, after: str | None, limit: int
    ) -> tuple[Sequence[LogDocument], str | None]:
        """See the port; INVALID_INPUT naming `cursor` for one of another query."""
        shape = _cursors(query)
        place = None if after is None else [value or None for value in shape.decode(after)]
        answer = await self._search(
            _indices(query),
            query=matching(query),
            sort=list(ORDER),
            size=limit + 1,
            search_after=place,
            track_total_hits=False,
        )
        found = answer["hits"]["hits"]
        page = found[:limit]
        more = len(found) > limit
        cursor = shape.encode(*(str(key or "") for key in page[-1]["sort"])) if more else None
        return [_document(hit) for hit in page], cursor

    async def bars(self, query: LogQuery) -> Bars:
        """See the port."""
        since, until = await self._range(query)
        step = step_of(until - since)
        answer = await self._search(
            _indices(query),
            query=matching(query),
            size=0,
            track_total_hits=True,
            aggregations=bars(step),
        )
        found = answer.get("aggregations", {})
        return Bars(
            since=since,
            until=until,
            step=step,
            bars=[
                Bar(each["key"] // 1000, each["doc_count"], each["faults"]["doc_count"])
                for each in _buckets(found, "bars")
            ],
            total=answer["hits"]["total"]["value"],
            services=sorted(str(each["key"]) for each in _buckets(found, "services")),
            actions=sorted(str(each["key"]) for each in _buckets(found, "actions")),
        )

    async def _range(self, query: LogQuery) -> tuple[int, int]:
        """Seconds since 1970: what is asked for, where it is open what there is."""
        since, until = (_seconds(each) for each in (query.since, query.until))
        if since is None or until is None:
            answer = await self._search(
                _indices(query), query=matching(query), size=0, aggregations=RANGE
            )
            found = answer.get("aggregations", {})
            first, last = (found.get(name, {}).get("value") for name in ("first", "last"))
            since = since if since is not None else int((first or 0) // 1000)
            until = until if until is not None else int((last or 0) // 1000) + 1
        return since, max(until, since + 1)

    async def of_trace(self, trace_id: str) -> Sequence[LogDocument]:
        """See the port."""
        answer = await self._search(
            "chatstream-events-*,chatstream-logs-*,chatstream-deadletters-*",
            query={"bool": {"filter": [{"term": {TRACE: trace_id}}]}},
            sort=list(EARLIEST_FIRST),
            size=MOST_OF_A_TRACE,
            track_total_hits=False,
        )
        return [_document(hit) for hit in answer["hits"]["hits"]]

    async def run(self, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """See the port."""
        return await self._search(index, body=body)

    async def _search(self, index: str, **asked: Any) -> Mapping[str, Any]:
        return await answered(partial(self._once, index, **asked), _WITHIN)

    async def _once(self, index: str, **asked: Any) -> Mapping[str, Any]:
        try:
            answer = await self._client.search(
                index=index,
                ignore_unavailable=True,
                allow_no_indices=True,
                allow_partial_search_results=False,
                **{name: value for name, value in asked.items() if value is not None},
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        found: Mapping[str, Any] = answer.body
        return found


def _indices(query: LogQuery) -> str:
    return ",".join(f"{dataset}-*" for dataset in query.datasets)


def _cursors(query: LogQuery) -> CursorShape:
    """The cursors of one query: of everything that decides the documents."""
    terms = sorted(query.terms.items())
    parts = (query.datasets, terms, query.level, query.account, query.text)
    digest = hashlib.sha256(repr((*parts, query.since, query.until)).encode()).hexdigest()[:16]
    return CursorShape(f"log {digest}", *[text] * len(ORDER))


def _document(hit: Mapping[str, Any]) -> LogDocument:
    return LogDocument(hit["_index"], hit["_id"], hit["_source"])


def _buckets(found: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    buckets: Sequence[Mapping[str, Any]] = found.get(name, {}).get("buckets", ())
    return buckets


def _seconds(moment: str | None) -> int | None:
    return None if moment is None else int(from_text(moment).timestamp())
