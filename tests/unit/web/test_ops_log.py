"""/ops/log over documents that are given, behind a real aiohttp server."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chatstream.ports.log_reading import Bar, Bars, LogDocument
from chatstream.ports.topics import HeldRecord
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.fakes.rooms import ROOM
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import fault_of
from tests.unit.web.ops_rig import PARENT, TRACE, OpsRig, know, ops_rig

PATH, BARS, TRACE_PATH = "/ops/log", "/ops/log/histogram", f"/ops/log/traces/{TRACE}"
ACCOUNT = str(uuid4())
AT = "2026-11-21T12:00:00.300Z"


@pytest.fixture
async def rig(make_edge: MakeEdge) -> OpsRig:
    return await ops_rig(make_edge)


def fact(**more: Any) -> LogDocument:
    source = {
        "@timestamp": AT,
        "event": {
            "id": f"{MESSAGE.response.name}:3:1",
            "action": "messageStored",
            "outcome": "success",
            "ingested": "2026-11-21T12:00:01.000Z",
        },
        "service": {"name": "chat"},
        "user": {"id": ACCOUNT},
        "trace": {"id": TRACE},
        "chatstream": {
            "topic": MESSAGE.response.name,
            "partition": 3,
            "offset": 7,
            "room": {"id": ROOM},
            "way": {
                "asked": "2026-11-21T12:00:00.100Z",
                "wished": "2026-11-21T12:00:00.200Z",
                "told": "2026-11-21T12:00:00.400Z",
            },
        },
    }
    return LogDocument("chatstream-events-2026.11", source["event"]["id"], {**source, **more})  # type: ignore[index]


def line(**more: Any) -> LogDocument:
    """As ecs-logging writes one: some names with their dots."""
    source = {
        "@timestamp": "2026-11-21T12:00:00.250Z",
        "log.level": "error",
        "message": "the lane waits",
        "event": {"id": "e-1"},
        "service": {"name": "chat", "node": {"name": "chat-1"}},
        "trace": {"id": TRACE},
        "error": {"type": "TransientFailure"},
    }
    return LogDocument("chatstream-logs-2026.11.21", "e-1", {**source, **more})


# -- who may, and that the look is told -------------------------------------------------------


@pytest.mark.parametrize("path", [PATH, BARS, TRACE_PATH])
async def test_who_is_no_operator_sees_nothing(rig: OpsRig, path: str) -> None:
    assert (await fault_of(await rig.get(path, rig.user)))[:2] == (403, "ACCESS_DENIED")
    assert (rig.looks, rig.log.asked) == ([], [])


@pytest.mark.parametrize("path", [PATH, BARS, TRACE_PATH])
async def test_nothing_is_shown_that_was_not_told(rig: OpsRig, path: str) -> None:
    from aiokafka.errors import KafkaConnectionError

    rig.producer.away = KafkaConnectionError("away")
    assert (await fault_of(await rig.get(path)))[:2] == (503, "STORE_UNAVAILABLE")
    assert rig.log.asked == []


@pytest.mark.parametrize("path", [PATH, BARS, TRACE_PATH])
async def test_while_elasticsearch_is_away_the_call_says_so(rig: OpsRig, path: str) -> None:
    rig.log.away = True
    assert (await fault_of(await rig.get(path)))[:2] == (503, "STORE_UNAVAILABLE")


async def test_a_look_has_filters_and_no_texts(rig: OpsRig) -> None:
    await know(rig, ACCOUNT, "jun", "준")
    await rig.read(PATH, service="chat", user="jun", q="은밀한 말", level="error")
    (look,) = rig.looks
    assert (look.account_id, look.page) == (rig.boss_id, "log")
    assert look.filters == {
        "dataset": "chatstream-events,chatstream-logs,chatstream-deadletters",
        "service.name": "chat",
        "account": ACCOUNT,
        "level": "error",
        "q": "*",
    }


async def test_a_live_tail_and_its_histogram_are_one_look(rig: OpsRig) -> None:
    await rig.read(PATH, service="chat")
    for second in range(5):
        await rig.read(PATH, service="chat", newer=f"2026-11-21T12:00:0{second}Z")
    await rig.read(BARS, service="chat")
    assert len(rig.looks) == 1
    await rig.read(PATH, service="user", newer=AT)
    assert len(rig.looks) == 2, "another filter is another look, whatever is asked of it first"


async def test_looking_again_is_another_look(rig: OpsRig) -> None:
    await rig.read(PATH)
    await rig.read(PATH)
    assert len({look.event_id for look in rig.looks}) == 2


# -- what is asked for --------------------------------------------------------------------------


async def test_every_filter_reaches_the_search(rig: OpsRig) -> None:
    await rig.read(
        PATH,
        dataset="events",
        service="chat",
        action="messageStored",
        outcome="success",
        roomId=ROOM,
        trace=TRACE,
        **{"from": "2026-11-21T12:00:00Z", "to": "2026-11-21T13:00:00Z"},
    )
    (query,) = rig.log.asked
    assert query.datasets == ("chatstream-events",)
    assert query.terms == {
        "service.name": "chat",
        "event.action": "messageStored",
        "event.outcome": "success",
        "chatstream.room.id": ROOM,
        "trace.id": TRACE,
    }
    assert (query.since, query.until) == ("2026-11-21T12:00:00.000Z", "2026-11-21T13:00:00.000Z")


async def test_a_handle_that_is_gone_resolves_to_nobody(rig: OpsRig) -> None:
    assert (await fault_of(await rig.get(PATH, user="ghost")))[:2] == (404, "USER_NOT_FOUND")
    assert (await fault_of(await rig.get(BARS, user="ghost")))[:2] == (404, "USER_NOT_FOUND")
    await rig.read(PATH, user=ACCOUNT)
    assert rig.log.asked[-1].account == ACCOUNT, "the id of an erased account still is one"


async def test_a_live_tail_looks_back_for_what_came_late(rig: OpsRig) -> None:
    await rig.read(PATH, newer="2026-11-21T12:00:30Z")
    await rig.read(PATH, newer="2026-11-21T12:00:30Z", **{"from": "2026-11-21T12:00:10Z"})
    assert [query.since for query in rig.log.asked] == [
        "2026-11-21T12:00:00.000Z",
        "2026-11-21T12:00:10.000Z",
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"trace": "xyz"}, "trace"),
        ({"level": "loud"}, "level"),
        ({"service": "chat OR 1"}, "service"),
        ({"roomId": "here"}, "roomId"),
        ({"from": "gestern"}, "from"),
        ({"from": "2026-11-21T12:00:00Z", "to": "2026-11-21T12:00:00Z"}, "to"),
        ({"newer": AT, "cursor": "x"}, "newer"),
        ({"newer": "0001-01-01T00:00:00Z"}, "newer"),
        ({"q": " "}, "q"),
        ({"limit": "201"}, "limit"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    rig: OpsRig, query: dict[str, Any], field: str
) -> None:
    status, code, details = await fault_of(await rig.get(PATH, **query))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)


# -- what is shown --------------------------------------------------------------------------------


async def test_a_page_of_documents(rig: OpsRig) -> None:
    await know(rig, ACCOUNT, "jun", "준")
    rig.log.documents, rig.log.cursor = [fact(), line()], "next"
    page = await rig.read(PATH)
    first, second = page["documents"]
    assert (first["service"], first["action"], first["outcome"]) == (
        "chat",
        "messageStored",
        "success",
    )
    assert first["record"] == {"topic": MESSAGE.response.name, "partition": 3, "offset": 7}
    assert (first["accountId"], first["roomId"], first["traceId"]) == (ACCOUNT, ROOM, TRACE)
    assert (second["level"], second["message"], second["code"]) == (
        "error",
        "the lane waits",
        "TransientFailure",
    )
    assert page["people"] == [{"accountId": ACCOUNT, "userId": "jun", "userName": "준"}]
    assert page["cursor"] == "next"


async def test_bars_over_time(rig: OpsRig) -> None:
    rig.log.bars_found = Bars(0, 600, 10, [Bar(20, 3, 1)], 3, ["chat"], ["messageStored"])
    assert await rig.read(BARS) == {
        "since": "1970-01-01T00:00:00.000Z",
        "until": "1970-01-01T00:10:00.000Z",
        "step": 10,
        "bars": [{"t": "1970-01-01T00:00:20.000Z", "count": 3, "faults": 1}],
        "total": 3,
        "services": ["chat"],
        "actions": ["messageStored"],
    }


# -- a trace ----------------------------------------------------------------------------------


def wish_record() -> HeldRecord:
    wish = records.SendMessage(
        account_id=ACCOUNT,
        room_id=ROOM,
        user_id="jun",
        user_name="준",
        message_id=str(uuid4()),
        message="무슨 말",
        requested_at=AT,
    )
    return HeldRecord(
        3, 9, 1_795_262_400_200, ROOM.encode(), records.encode(wish), (("traceparent", PARENT),)
    )


async def test_a_trace_is_the_whole_way_of_a_message_in_time(rig: OpsRig) -> None:
    rig.log.documents = [fact(), line()]
    rig.topics.held[MESSAGE.request.name] = [wish_record()]
    trace = await rig.read(TRACE_PATH)
    assert [(step["step"], step["at"][17:23]) for step in trace["steps"]] == [
        ("asked", "00.100"),
        ("wished", "00.200"),
        ("line", "00.250"),
        ("stored", "00.300"),
        ("told", "00.400"),
        ("ingested", "01.000"),
    ]
    assert trace["steps"][4]["record"]["offset"] == 7
    (shown,) = trace["records"]
    assert (shown["topic"], shown["value"]["message"]) == (MESSAGE.request.name, None)
    asked = {(each.topic, each.partitions) for each in rig.topics.wanted}
    assert asked == {(MESSAGE.request.name, (3,)), (MESSAGE.response.name, (3,))} | {
        (MESSAGE.event.name, (3,))
    }
    assert all(each.header == ("traceparent", TRACE.encode()) for each in rig.topics.wanted)
    assert [look.filters for look in rig.looks] == [{"trace.id": TRACE}]


async def test_in_a_traces_records_too_texts_are_for_members(rig: OpsRig) -> None:
    rig.rooms.create(ROOM, rig.boss_id)
    rig.log.documents = [fact()]
    rig.topics.held[MESSAGE.request.name] = [wish_record()]
    (shown,) = (await rig.read(TRACE_PATH))["records"]
    assert shown["value"]["message"] == "무슨 말"


async def test_of_a_refusal_and_a_dead_letter_the_trace_says_so(rig: OpsRig) -> None:
    refused = fact(
        event={"action": "messageRefused", "outcome": "failure"},
        error={"code": "MESSAGE_REFUSED"},
    )
    letter = LogDocument(
        "chatstream-deadletters-2026.11",
        "x:1:2",
        {
            "@timestamp": "2026-11-21T12:00:02.000Z",
            "error": {"code": "unreadable"},
            "trace": {"id": TRACE},
            "chatstream": {"dead_letter": {"id": "x:1:2"}},
        },
    )
    rig.log.documents = [refused, letter]
    steps = (await rig.read(TRACE_PATH))["steps"]
    told = [(step["step"], step["text"]) for step in steps]
    assert ("refused", "MESSAGE_REFUSED") in told
    assert told[-1] == ("deadLettered", "unreadable")


async def test_a_trace_that_nobody_knows_is_empty_and_one_that_is_none_is_not_found(
    rig: OpsRig,
) -> None:
    trace = await rig.read(TRACE_PATH)
    assert (trace["steps"], trace["documents"], trace["records"]) == ([], [], [])
    assert (await fault_of(await rig.get("/ops/log/traces/xyz")))[:2] == (404, "NOT_FOUND")
