"""The queries of those who look into the log. Nothing a person typed is query syntax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatstream.ports.log_reading import LogQuery

Query = dict[str, Any]

TIME, EVENT_ID, TRACE = "@timestamp", "event.id", "trace.id"
LEVELS: Sequence[str] = ("debug", "info", "warning", "error", "critical")
_SAID = ("message", "error.message")
_ACCOUNTS = ("user.id", "user.target.id")

ORDER: Sequence[Query] = (
    {TIME: {"order": "desc", "unmapped_type": "date", "format": "strict_date_optional_time_nanos"}},
    {EVENT_ID: {"order": "desc", "unmapped_type": "keyword", "missing": "_last"}},
    {"_index": {"order": "desc"}},
)
"""Total: an event's id is its own within its dataset."""
EARLIEST_FIRST: Sequence[Query] = ({TIME: {"order": "asc", "unmapped_type": "date"}},)


def matching(query: LogQuery) -> Query:
    """All that the query asks for, as filters: nothing is scored."""
    filters = clauses(query)
    span = {
        name: moment
        for name, moment in (("gte", query.since), ("lt", query.until))
        if moment is not None
    }
    filters.append({"range": {TIME: span}} if span else {"exists": {"field": TIME}})
    return {"bool": {"filter": filters}}


def clauses(query: LogQuery) -> list[Query]:
    """What the query asks for besides its datasets and its time, a filter each."""
    filters: list[Query] = [{"term": {field: value}} for field, value in query.terms.items()]
    if query.level is not None:
        filters.append({"terms": {"log.level": list(LEVELS[LEVELS.index(query.level) :])}})
    if query.account is not None:
        filters.append(_any([{"term": {field: query.account}} for field in _ACCOUNTS]))
    if query.text is not None:
        match = {"query": query.text, "operator": "and", "lenient": True}
        filters.append(_any([{"match": {field: match}} for field in _SAID]))
    return filters


FAULTS: Query = {
    "bool": {
        "minimum_should_match": 1,
        "should": [
            {"terms": {"log.level": ["error", "critical"]}},
            {"term": {"event.outcome": "failure"}},
        ],
    }
}
"""What tells of a fault."""


def bars(step: int) -> Query:
    """Bars of so many seconds with their faults, and what the documents are of."""
    return {
        "bars": {
            "date_histogram": {"field": TIME, "fixed_interval": f"{step}s", "min_doc_count": 1},
            "aggs": {"faults": {"filter": FAULTS}},
        },
        "services": {"terms": {"field": "service.name", "size": 50}},
        "actions": {"terms": {"field": "event.action", "size": 100}},
    }


RANGE: Query = {"first": {"min": {"field": TIME}}, "last": {"max": {"field": TIME}}}
"""When the first and the last document is."""


def _any(queries: list[Query]) -> Query:
    return {"bool": {"should": queries, "minimum_should_match": 1}}
