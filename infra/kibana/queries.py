"""A panel's query as Kibana sends it: its own words replaced by a time range and filters.

After Kibana's reference of its Vega visualisation ("Write Elasticsearch queries in Vega") and what
8.x does (`EsQueryParser`): `%timefield%` makes a range of the time shown, `%context%` the filters
of the dashboard; in the body `{"%timefilter%": "min"}`, `"max"` or true (with `shift` and `unit`),
`{"%autointerval%": true}` or a number of buckets as the `interval` of a `date_histogram`, and among
clauses of an own `query` `"%dashboard_context-must_clause%"` and its like. Times are milliseconds
since 1970, as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chatstream.domain.times import text_of

Query = Mapping[str, Any]

_MOST = 50
"""About how many buckets `{"%autointerval%": true}` gives."""
_CLAUSES = {
    "%dashboard_context-must_clause%": "must",
    "%dashboard_context-filter_clause%": "filter",
    "%dashboard_context-must_not_clause%": "must_not",
}
_OWN = ("%timefilter%", "shift", "unit")
_UNITS = {"week": 604_800_000, "day": 86_400_000, "hour": 3_600_000}
_UNITS |= {"minute": 60_000, "second": 1000}
_UNITS |= {name[0]: size for name, size in _UNITS.items()}
# Up to how many milliseconds a bucket would have, and which interval it gets instead.
_ROUNDED = (
    (500, "100ms"),
    (5_000, "1s"),
    (7_500, "5s"),
    (15_000, "10s"),
    (45_000, "30s"),
    (180_000, "1m"),
    (450_000, "5m"),
    (1_200_000, "10m"),
    (2_700_000, "30m"),
    (7_200_000, "1h"),
    (21_600_000, "3h"),
    (86_400_000, "12h"),
    (604_800_000, "24h"),
    (1_814_400_000, "1w"),
    (3_628_800_000 - 1, "30d"),
)
# What Elasticsearch takes as `calendar_interval`: one of a unit of a minute or more.
_CALENDAR = frozenset({"1m", "1h", "1d", "1w", "1M", "1y"})


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The time that is shown, both ends within it; aware times."""

    begin: datetime
    end: datetime

    @property
    def bounds(self) -> Mapping[str, int]:
        """Milliseconds since 1970 of `min` and `max`."""
        return {
            "min": round(self.begin.timestamp() * 1000),
            "max": round(self.end.timestamp() * 1000),
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """What the dashboard is narrowed to: clauses of a `bool` query."""

    must: Sequence[Query] = ()
    filter: Sequence[Query] = ()
    must_not: Sequence[Query] = ()
    should: Sequence[Query] = ()

    def clauses(self) -> dict[str, list[Query]]:
        """The `bool` query's parts, each a list of its own."""
        return {
            "must": list(self.must),
            "filter": list(self.filter),
            "should": list(self.should),
            "must_not": list(self.must_not),
        }


@dataclass(frozen=True, slots=True)
class PanelSearch:
    """A search to be sent: the index pattern and its body."""

    index: str
    body: dict[str, Any] = field(default_factory=dict)


def resolve(request: Mapping[str, Any], shown: TimeRange, filters: Filters) -> PanelSearch:
    """The search of a panel's `data.url` for the time shown and the filters.

    ValueError when it says what Kibana would refuse: an own `query` beside `%context%` or
    `%timefield%`, or a word of Kibana's with a value that it does not know.
    """
    body = dict(request.get("body", {}))
    time_field = request.get("%timefield%")
    context = request.get("%context%")
    if "query" in body:
        if time_field is not None or context is not None:
            raise ValueError("%context% and %timefield% must not stand beside a query of its own")
        body["query"] = _put(body["query"], shown, filters)
    else:
        query = _context(time_field, context, shown, filters)
        if query is not None:
            body["query"] = query
    if "aggs" in body:
        # Filters are put into queries only.
        body["aggs"] = _put(body["aggs"], shown, None)
    return PanelSearch(str(request["index"]), body)


def interval(milliseconds: float) -> str:
    """The interval that Kibana takes for buckets of about so many milliseconds."""
    return next((name for most, name in _ROUNDED if milliseconds <= most), "1y")


def _context(
    time_field: str | None, context: Any, shown: TimeRange, filters: Filters
) -> dict[str, Any] | None:
    """The query in the place of one that is not there: the range, the filters, or both."""
    within = None if not time_field else {"range": {time_field: _range({}, shown)}}
    if not context:
        return within
    clauses = filters.clauses()
    if within is not None:
        clauses["must"].append(within)
    return {"bool": clauses}


def _put(part: Any, shown: TimeRange, filters: Filters | None, under: str = "") -> Any:
    """The part with all words of Kibana's replaced; `under` is its name in what it stands in."""
    if isinstance(part, list):
        return _put_list(part, shown, filters)
    if not isinstance(part, Mapping):
        return part
    found: dict[str, Any] = {}
    for name, value in part.items():
        if name == "interval" and under == "date_histogram":
            found |= _interval(value, shown)
        elif isinstance(value, Mapping) and "%timefilter%" in value:
            found[name] = _time(value, shown)
        else:
            found[name] = _put(value, shown, filters, name)
    return found


def _put_list(parts: list[Any], shown: TimeRange, filters: Filters | None) -> list[Any]:
    found: list[Any] = []
    for each in parts:
        if filters is not None and isinstance(each, str) and each in _CLAUSES:
            found.extend(filters.clauses()[_CLAUSES[each]])
        else:
            found.append(_put(each, shown, filters))
    return found


def _interval(value: Any, shown: TimeRange) -> dict[str, str]:
    text = value if isinstance(value, str) else _automatic(value, shown)
    return {"calendar_interval" if text in _CALENDAR else "fixed_interval": text}


def _automatic(value: Any, shown: TimeRange) -> str:
    buckets = value.get("%autointerval%") if isinstance(value, Mapping) else None
    if buckets is True:
        buckets = _MOST
    if not isinstance(buckets, (int, float)) or buckets <= 0:
        raise ValueError("the interval must be a text, or have %autointerval%: true or a number")
    return interval((shown.bounds["max"] - shown.bounds["min"]) / buckets)


def _time(value: Mapping[str, Any], shown: TimeRange) -> Any:
    kind = value["%timefilter%"]
    if kind is True:
        return _range(value, shown)
    if kind not in shown.bounds:
        raise ValueError("%timefilter% must be true, min or max")
    return _bound(value, kind, shown)


def _range(value: Mapping[str, Any], shown: TimeRange) -> dict[str, Any]:
    """A `range` of the time shown, with what else stood beside the word."""
    kept = {name: each for name, each in value.items() if name not in _OWN}
    ends = {
        end: _text(_bound(value, name, shown)) for end, name in (("gte", "min"), ("lte", "max"))
    }
    return {**kept, **ends, "format": "strict_date_optional_time"}


def _bound(value: Mapping[str, Any], kind: str, shown: TimeRange) -> int:
    shift, unit = value.get("shift", 0), value.get("unit", "d")
    if not isinstance(shift, (int, float)) or unit not in _UNITS:
        raise ValueError("shift must be a number, unit one of week, day, hour, minute, second")
    return round(shown.bounds[kind] + shift * _UNITS[unit])


def _text(milliseconds: int) -> str:
    return text_of(milliseconds / 1000)
