"""The trace of a call and of a SEND: gone on with, or begun."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from chatstream.domain.tracing import parse, traceparent
from infra import tracing
from schemas.contexts.messages import MESSAGE
from schemas.contexts.reading import READ
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import Front
from tests.unit.web.conftest import MakeEdge

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GOOD = f"00-{TRACE}-00f067aa0ba902b7-01"
MALFORMED = ["", "x", GOOD[:-1], GOOD.upper(), GOOD + "-00", "00-" + "0" * 32 + GOOD[35:], "가나다"]


async def told(request: web.Request) -> web.Response:
    logging.getLogger("test").info("handled")
    return web.json_response(dict(tracing.current_trace()))


async def broken(request: web.Request) -> web.Response:
    raise RuntimeError("no")


def routes(app: web.Application) -> None:
    app.router.add_get("/told", told)
    app.router.add_get("/broken", broken)


async def test_a_call_goes_on_with_its_trace_and_its_answer_says_so(make_edge: MakeEdge) -> None:
    edge = await make_edge(routes)
    answer = await edge.client.get("/told", headers={"traceparent": GOOD, "tracestate": "a=b"})
    assert (await answer.json())["trace.id"] == TRACE
    assert answer.headers["traceresponse"] == GOOD[:-2] + "00"  # its flags are not believed
    assert "tracestate" not in answer.headers


@pytest.mark.parametrize("value", [None, *MALFORMED[:-1]])
async def test_a_call_without_a_good_trace_begins_one(
    make_edge: MakeEdge, value: str | None
) -> None:
    edge = await make_edge(routes)
    headers = {} if value is None else {"traceparent": value}
    answers = [await edge.client.get("/told", headers=headers) for _ in range(2)]
    traces = [parse(each.headers["traceresponse"].encode()) for each in answers]
    assert [(await each.json())["trace.id"] for each in answers] == traces
    assert len({*traces, TRACE}) == 3


async def test_of_two_traces_none_counts(make_edge: MakeEdge) -> None:
    edge = await make_edge(routes)
    both: Any = [("traceparent", GOOD), ("traceparent", GOOD)]
    answer = await edge.client.get("/told", headers=both)
    assert (await answer.json())["trace.id"] != TRACE


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/nowhere", 404)])
async def test_an_error_says_its_trace_and_so_does_its_line(
    make_edge: MakeEdge, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    edge, lines = await make_edge(routes), []
    noted = logging.Handler()
    noted.emit = lambda record: lines.append((record.name, dict(tracing.current_trace())))  # type: ignore[method-assign]
    logger = logging.getLogger("web")
    logger.addHandler(noted)
    try:
        with caplog.at_level(logging.INFO, "web"):
            answer = await edge.client.get(path, headers={"traceparent": GOOD})
    finally:
        logger.removeHandler(noted)
    assert answer.status == status
    assert parse(answer.headers["traceresponse"].encode()) == TRACE
    assert "web.access" in {name for name, _ in lines}
    assert {trace["trace.id"] for _, trace in lines} == {TRACE}
    assert tracing.current() is None


async def send(front: Front, value: str | None) -> bytes:
    """The trace in which the wish of a SEND with this header is asked."""
    client = await front.connect("min")
    extra = {} if value is None else {"traceparent": value}
    body = json.dumps({"messageId": str(uuid4()), "message": "안녕"})
    destination = f"/pub/chat/room/{ROOM}"
    await client.send("SEND", {"destination": destination, "receipt": "r", **extra}, body)
    await client.expect(b"RECEIPT")
    assert front.wishes.asked[-1][0] == MESSAGE.request.name
    return front.wishes.traces[-1] or b""


async def test_a_send_goes_on_with_its_trace(front: Front) -> None:
    assert await send(front, GOOD) == GOOD.encode()[:-2] + b"00"


@pytest.mark.parametrize("value", [None, *MALFORMED])
async def test_a_send_without_a_good_trace_begins_one_and_is_no_error(
    front: Front, value: str | None
) -> None:
    begun = [await send(front, value), await send(front, value)]
    assert [traceparent(each) for each in begun] == begun
    assert len({*map(parse, begun), TRACE}) == 3


async def test_a_read_position_is_stored_in_the_trace_of_its_send(front: Front) -> None:
    client = await front.connect("min")
    await client.send(
        "SEND",
        {"destination": f"/pub/chat/room/{ROOM}/read", "receipt": "r", "traceparent": GOOD},
        '{"seq":0}',
    )
    await client.expect(b"RECEIPT")
    assert front.wishes.asked[-1][0] == READ.request.name
    assert parse(front.wishes.traces[-1]) == TRACE
