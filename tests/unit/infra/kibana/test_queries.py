"""Panels' queries are resolved as Kibana resolves them."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kibana.queries import Filters, TimeRange, interval, resolve

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SHOWN = TimeRange(BEGIN, BEGIN + timedelta(hours=24))
MIN, MAX = 1793491200000, 1793577600000
RANGE = {
    "range": {
        "@timestamp": {
            "gte": "2026-11-01T00:00:00.000Z",
            "lte": "2026-11-02T00:00:00.000Z",
            "format": "strict_date_optional_time",
        }
    }
}
ROOM = {"match_phrase": {"chatstream.room.id": "r"}}
LEVEL = {"match_phrase": {"log.level": "debug"}}
NARROWED = Filters(filter=(ROOM,), must_not=(LEVEL,))


def body(request: dict[str, Any], filters: Filters = NARROWED) -> dict[str, Any]:
    return resolve({"index": "i-*", **request}, SHOWN, filters).body


def test_context_and_time_field_become_one_query() -> None:
    request = {"%context%": True, "%timefield%": "@timestamp", "body": {"size": 0}}
    assert body(request) == {
        "size": 0,
        "query": {"bool": {"must": [RANGE], "filter": [ROOM], "should": [], "must_not": [LEVEL]}},
    }


def test_either_of_them_stands_alone_and_none_asks_for_everything() -> None:
    assert body({"%timefield%": "@timestamp"}) == {"query": RANGE}
    assert body({"%context%": True}, Filters()) == {
        "query": {"bool": {"must": [], "filter": [], "should": [], "must_not": []}}
    }
    assert body({}) == {}


def test_the_index_and_the_rest_of_the_body_stay_and_the_request_is_not_changed() -> None:
    request = {
        "index": "i-*",
        "%context%": True,
        "body": {"size": 3, "aggs": {"a": {"max": {"field": "%context%"}}}},
    }
    before = deepcopy(request)
    found = resolve(request, SHOWN, NARROWED)
    assert (found.index, found.body["size"]) == ("i-*", 3)
    assert found.body["aggs"] == {"a": {"max": {"field": "%context%"}}}
    assert request == before


def test_an_own_query_takes_the_clauses_of_the_dashboard() -> None:
    must = ["%dashboard_context-must_clause%", {"range": {"@timestamp": {"%timefilter%": True}}}]
    query = {
        "bool": {
            "must": must,
            "filter": ["%dashboard_context-filter_clause%"],
            "must_not": [{"term": {"a": "b"}}, "%dashboard_context-must_not_clause%"],
        }
    }
    assert body({"body": {"query": query}}) == {
        "query": {
            "bool": {"must": [RANGE], "filter": [ROOM], "must_not": [{"term": {"a": "b"}}, LEVEL]}
        }
    }


def test_the_words_of_clauses_mean_nothing_in_aggregations() -> None:
    aggs = {"a": {"terms": {"field": "f", "include": ["%dashboard_context-filter_clause%"]}}}
    assert body({"body": {"aggs": aggs}}) == {"aggs": aggs}


def test_bounds_and_automatic_intervals_are_put_into_histograms() -> None:
    wanted = {
        "field": "@timestamp",
        "interval": {"%autointerval%": True},
        "extended_bounds": {
            "min": {"%timefilter%": "min"},
            "max": {"%timefilter%": "max", "shift": -1, "unit": "hour"},
        },
    }
    found = body({"body": {"aggs": {"time": {"date_histogram": wanted}}}})
    assert found["aggs"]["time"]["date_histogram"] == {
        "field": "@timestamp",
        "fixed_interval": "30m",
        "extended_bounds": {"min": MIN, "max": MAX - 3_600_000},
    }


@pytest.mark.parametrize(
    ("given", "put"),
    [
        ({"%autointerval%": 24}, {"calendar_interval": "1h"}),
        ({"%autointerval%": 1}, {"fixed_interval": "12h"}),
        ("1d", {"calendar_interval": "1d"}),
        ("24h", {"fixed_interval": "24h"}),
        ("1s", {"fixed_interval": "1s"}),
    ],
)
def test_one_of_a_unit_is_a_calendars_and_the_others_are_fixed(given: Any, put: Any) -> None:
    found = body({"body": {"aggs": {"t": {"date_histogram": {"interval": given}}}}})
    assert found["aggs"]["t"]["date_histogram"] == put


def test_an_interval_of_another_aggregation_stays() -> None:
    aggs = {"a": {"histogram": {"field": "f", "interval": 5}}}
    assert body({"body": {"aggs": aggs}}) == {"aggs": aggs}


# Kibana's table: what follows each of its steps.
@pytest.mark.parametrize(
    ("milliseconds", "name"),
    [
        (0, "100ms"),
        (500, "100ms"),
        (501, "1s"),
        (5_001, "5s"),
        (7_501, "10s"),
        (15_001, "30s"),
        (45_001, "1m"),
        (180_001, "5m"),
        (450_001, "10m"),
        (1_200_001, "30m"),
        (2_700_001, "1h"),
        (7_200_001, "3h"),
        (21_600_001, "12h"),
        (86_400_001, "24h"),
        (604_800_001, "1w"),
        (1_814_400_001, "30d"),
        (3_628_800_000, "1y"),
    ],
)
def test_intervals_are_rounded_as_kibana_rounds_them(milliseconds: float, name: str) -> None:
    assert interval(milliseconds) == name


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"%context%": True, "body": {"query": {"match_all": {}}}}, "must not stand beside"),
        ({"%timefield%": "t", "body": {"query": {"match_all": {}}}}, "must not stand beside"),
        ({"body": {"aggs": {"a": {"b": {"min": {"%timefilter%": "least"}}}}}}, "true, min or max"),
        (
            {"body": {"aggs": {"a": {"b": {"%timefilter%": "min", "shift": "1"}}}}},
            "shift must be a number",
        ),
        (
            {"body": {"aggs": {"a": {"b": {"%timefilter%": "min", "unit": "year"}}}}},
            "one of week, day",
        ),
        ({"body": {"aggs": {"t": {"date_histogram": {"interval": {}}}}}}, "interval must be"),
        (
            {"body": {"aggs": {"t": {"date_histogram": {"interval": {"%autointerval%": "5"}}}}}},
            "interval must be",
        ),
    ],
)
def test_what_kibana_refuses_is_refused(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        body(request_)


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(aggs=st.dictionaries(st.text(max_size=6), PARTS, max_size=3))
def test_what_has_none_of_kibanas_words_stays_as_it_is(aggs: dict[str, Any]) -> None:
    assert body({"body": {"aggs": aggs}}) == {"aggs": aggs}
