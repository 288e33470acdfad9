"""What is measured of HTTP calls, and readiness as a number."""

from __future__ import annotations

from uuid import uuid4
from weakref import WeakSet

import pytest
from aiohttp import web

from chatstream.errors import ErrorCode, UserError
from tests.samples import Since
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge
from tests.unit.web.served import Served
from tests.unit.web.wire import raw
from web.edge import health

ROUTE = "/things/{id}"


async def thing(request: web.Request) -> web.Response:
    if request.match_info["id"] == "fault":
        raise RuntimeError
    if request.match_info["id"] == "busy":
        raise UserError(ErrorCode.BUSY)
    return web.Response()


async def socket(request: web.Request) -> web.WebSocketResponse:
    opened = web.WebSocketResponse()
    await opened.prepare(request)
    async for _ in opened:
        pass
    return opened


def routes(app: web.Application) -> None:
    app.router.add_get(ROUTE, thing)
    app.router.add_get("/socket", socket)


@pytest.fixture
async def wide(make_edge: MakeEdge) -> Edge:
    edge: Edge = await make_edge(routes)
    return edge


async def test_calls_are_counted_by_template_and_status_and_timed(wide: Edge) -> None:
    moved = Since()
    for name in ("1", "2", "가" * 400, "fault", "busy"):
        await wide.client.get(f"/things/{name}")
    for code, count in (("200", 3), ("500", 1), ("503", 1)):
        assert moved("http_requests_total", method="GET", route=ROUTE, code=code) == count
    timed = moved("http_request_duration_seconds_count", method="GET", route=ROUTE)
    assert timed == 5


async def test_what_has_no_route_or_no_known_method_is_other(wide: Edge) -> None:
    moved = Since()
    await wide.client.get(f"/nowhere/{uuid4()}")
    await wide.client.post("/things/1")
    await wide.client.request("BREW", f"/nowhere/{uuid4()}")
    for method, code in (("GET", "404"), ("POST", "405"), ("other", "405")):
        assert moved("http_requests_total", method=method, route="other", code=code) == 1


async def test_what_is_no_http_is_counted(served: Served) -> None:
    moved = Since()
    await raw(served, b"\x16\x03\x01\r\n\r\n")
    assert moved("http_requests_total", method="other", route="other", code="400") == 1


async def test_a_socket_is_timed_when_it_opens_and_not_for_its_life(wide: Edge) -> None:
    moved = Since()
    async with wide.client.ws_connect("/socket"):
        assert moved("http_requests_total", method="GET", route="/socket", code="101") == 1
        labels = {"method": "GET", "route": "/socket"}
        assert moved("http_request_duration_seconds_count", **labels) == 1


def test_readiness_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.READY, "_sources", WeakSet())  # without those of other tests
    reasons: dict[str, str | None] = {"tail": None}
    app = web.Application()
    moved = Since()
    health.register(app, {"tail": lambda: reasons["tail"]})
    assert moved("ready") == 1
    reasons["tail"] = "it is behind"
    assert moved("ready") == 0
