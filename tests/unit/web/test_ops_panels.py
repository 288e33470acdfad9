"""The panels of the dashboards over answers that are given, behind a real aiohttp server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.times import from_text
from infra.kibana.sources import dashboards, panels
from tests.fakes.rooms import ROOM
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import fault_of
from tests.unit.web.ops_rig import TRACE, OpsRig, know, ops_rig

PATH = "/ops/log/panels/"
ERRORS = PATH + "errors"
TIME = {"from": "2026-11-21T12:00:00Z", "to": "2026-11-21T13:00:00Z"}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> OpsRig:
    return await ops_rig(make_edge)


# -- who may, and that the look is told -------------------------------------------------------


async def test_who_is_no_operator_sees_nothing(rig: OpsRig) -> None:
    assert (await fault_of(await rig.get(ERRORS, rig.user)))[:2] == (403, "ACCESS_DENIED")
    assert (rig.looks, rig.log.ran) == ([], [])


async def test_nothing_is_shown_that_was_not_told(rig: OpsRig) -> None:
    from aiokafka.errors import KafkaConnectionError

    rig.producer.away = KafkaConnectionError("away")
    assert (await fault_of(await rig.get(ERRORS)))[:2] == (503, "STORE_UNAVAILABLE")
    assert rig.log.ran == []


async def test_while_elasticsearch_is_away_the_call_says_so(rig: OpsRig) -> None:
    rig.log.away = True
    assert (await fault_of(await rig.get(ERRORS)))[:2] == (503, "STORE_UNAVAILABLE")


async def test_all_panels_of_a_view_are_one_look(rig: OpsRig) -> None:
    for name in ("errors", "errors_over_time", "errors"):
        await rig.read(PATH + name, dashboard="errors", service="chat", q="은밀한 말", **TIME)
    (look,) = rig.looks
    assert (look.account_id, look.page) == (rig.boss_id, "dashboards")
    assert look.filters == {
        "dashboard": "errors",
        "service.name": "chat",
        "q": "*",
        "from": "2026-11-21T12:00:00.000Z",
        "to": "2026-11-21T13:00:00.000Z",
    }
    await rig.read(ERRORS, **TIME)
    assert rig.looks[1].filters["panel"] == "errors"


# -- what is asked of Elasticsearch -----------------------------------------------------------


@pytest.mark.parametrize("name", panels())
async def test_each_panel_asks_what_its_source_says_within_the_time(rig: OpsRig, name: str) -> None:
    await rig.read(PATH + name, **TIME)
    ((index, body),) = rig.log.ran
    request = panels()[name].request
    assert index == request["index"]
    assert body["aggs"].keys() == request["body"]["aggs"].keys()
    assert "%" not in str(body), "every word of Kibana's is replaced"
    (within,) = body["query"]["bool"]["must"]
    assert within["range"]["@timestamp"]["gte"] == "2026-11-21T12:00:00.000Z"
    assert within["range"]["@timestamp"]["lte"] == "2026-11-21T13:00:00.000Z"
    assert body["query"]["bool"]["filter"] == []


async def test_every_filter_reaches_the_query(rig: OpsRig) -> None:
    account = str(uuid4())
    await know(rig, account, "jun", "준")
    narrow = {"service": "chat", "level": "error", "user": "jun", "roomId": ROOM, "trace": TRACE}
    await rig.read(ERRORS, **narrow, **TIME)
    ((_, body),) = rig.log.ran
    told = str(body["query"]["bool"]["filter"])
    for part in ("service.name", "critical", account, ROOM, TRACE):
        assert part in told


@pytest.mark.parametrize("narrow", [{"user": str(uuid4())}, {"q": "커피"}, {"roomId": ROOM}])
async def test_words_of_less_than_everybody_are_those_of_open_rooms(
    rig: OpsRig, narrow: dict[str, str]
) -> None:
    await rig.read(PATH + "words", **narrow)
    ((_, body),) = rig.log.ran
    assert {"term": {"chatstream.room.kind": "open"}} in body["query"]["bool"]["filter"]


@pytest.mark.parametrize(("more", "days"), [({}, 1), ({"dashboard": "abuse"}, 7)])
async def test_without_a_time_it_is_what_the_dashboard_says(
    rig: OpsRig, more: dict[str, str], days: int
) -> None:
    view = await rig.read(PATH + "refusals", **more)
    assert from_text(view["until"]) - from_text(view["since"]) == timedelta(days=days)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "gestern"}, "from"),
        ({"from": "9000-01-01T00:00:00Z"}, "from"),
        ({"from": TIME["to"], "to": TIME["from"]}, "to"),
        ({"from": "1970-01-01T00:00:00Z", "to": "2026-11-21T13:00:00Z"}, "to"),
        ({"to": "0001-01-01T00:00:00Z"}, "to"),
        ({"trace": "xyz"}, "trace"),
        ({"dashboard": "sagas"}, "dashboard"),
        ({"dashboard": "none"}, "dashboard"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    rig: OpsRig, query: dict[str, Any], field: str
) -> None:
    status, code, details = await fault_of(await rig.get(ERRORS, **query))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert (rig.looks, rig.log.ran) == ([], [])


@pytest.mark.parametrize("name", ["none", "%2e%2e", "errors.json"])
async def test_a_panel_that_is_none_is_not_found(rig: OpsRig, name: str) -> None:
    assert (await fault_of(await rig.get(PATH + name)))[:2] == (404, "NOT_FOUND")
    assert rig.looks == []


async def test_a_user_that_is_gone_is_said(rig: OpsRig) -> None:
    assert (await fault_of(await rig.get(ERRORS, user="ghost")))[:2] == (404, "USER_NOT_FOUND")


# -- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title"),
    [("ko", "서비스와 로그 레벨별 오류"), ("en", "Errors by service and level")],
)
async def test_a_panel_is_its_chart_with_the_numbers_in_it(
    rig: OpsRig, language: str, title: str
) -> None:
    rig.log.found = {"took": 3, "_shards": {}, "aggregations": {"kept": {"doc_count": 2}}}
    headers = {**rig.operator, "Accept-Language": language}
    view = await (await rig.get(ERRORS, headers)).json()
    assert view["title"] == panels()["errors"].title[language] == title
    assert view["spec"]["data"] == {"values": {"aggregations": {"kept": {"doc_count": 2}}}}
    assert view["spec"]["description"] == panels()["errors"].description[language]


async def test_where_nothing_is_kept_yet_the_panel_is_empty(rig: OpsRig) -> None:
    assert (await rig.read(ERRORS))["spec"]["data"] == {"values": {}}


@pytest.mark.parametrize("path", ["", *(f"/{name}" for name in dashboards())])
async def test_each_dashboards_page_has_its_panels_and_lists(rig: OpsRig, path: str) -> None:
    shown = dashboards()[path[1:] or "overview"]
    page = {**rig.operator, "Accept": "text/html", "Accept-Language": "ko"}
    response = await rig.get(f"/ops/dashboards{path}", page)
    assert response.status == 200
    text = await response.text()
    for tile in shown.tiles:
        assert f'data-{tile.kind}="{tile.name}"' in text
    denied = await rig.get(f"/ops/dashboards{path}", {**rig.user, "Accept": "text/html"})
    assert denied.status == 403


async def test_a_dashboard_that_is_none_is_not_found(rig: OpsRig) -> None:
    page = {**rig.operator, "Accept": "text/html"}
    assert (await rig.get("/ops/dashboards/none", page)).status == 404
