"""Connect's answers, as version 4.1 gave them, and what is asked of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.errors import TransientFailure
from chatstream.ports.reporting import ConnectorState
from infra.connect.rest import ConnectRest

STREAMING = {"lsn_proc": 29061736, "messageType": "COMMIT", "lsn_commit": 29061736, "lsn": 29061736}
READ = {"lsn": 29540600, "txId": 779, "ts_usec": 1795973538994000}
READING = {"lsn": 29540600, "snapshot": "INITIAL", "snapshot_completed": False}


class Connect:
    """A server that answers as Connect, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.status: Any = {"connector": {"state": "RUNNING"}, "tasks": [{"state": "RUNNING"}]}
        self.offsets: list[Any] = []
        self.code = 200

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path_qs, request.content_type))
        if self.code != 200:
            return web.json_response({"error_code": self.code}, status=self.code)
        if request.path.endswith("/status"):
            return web.json_response(self.status)
        if request.path.endswith("/offsets") and request.method == "GET":
            place = {"server": "chatstream-chat-0"}
            return web.json_response(
                {"offsets": [{"partition": place, "offset": each} for each in self.offsets]}
            )
        return web.Response(status=204 if request.path.endswith("/stop") else 202)


@pytest.fixture
def connect() -> Connect:
    return Connect()


@pytest.fixture
async def rest(connect: Connect) -> AsyncIterator[ConnectRest]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", connect.answer)
    async with TestServer(app) as server:
        yield ConnectRest(str(server.make_url("/")))


@pytest.mark.parametrize(
    ("offsets", "state"),
    [
        ([], ConnectorState("RUNNING")),
        ([None], ConnectorState("RUNNING")),
        ([STREAMING], ConnectorState("RUNNING", has_offset=True, offset=29061736)),
        ([READ], ConnectorState("RUNNING", has_offset=True, offset=29540600)),
        ([READING], ConnectorState("RUNNING", has_offset=True)),
    ],
)
async def test_an_offset_counts_once_its_snapshot_was_told(
    connect: Connect, rest: ConnectRest, offsets: list[Any], state: ConnectorState
) -> None:
    connect.offsets = offsets
    assert await rest.state("chat-0") == state


async def test_a_connector_has_failed_when_its_task_has(
    connect: Connect, rest: ConnectRest
) -> None:
    connect.status["tasks"] = [{"state": "FAILED", "trace": "…"}]
    assert (await rest.state("chat-0")).state == "FAILED"


async def test_a_connector_that_is_not_known_has_no_state(
    connect: Connect, rest: ConnectRest
) -> None:
    connect.code = 404
    assert await rest.state("chat-0") == ConnectorState("")


async def test_orders_go_to_the_connector_of_the_database_as_json(
    connect: Connect, rest: ConnectRest
) -> None:
    await rest.put("auth", {"tasks.max": "1"})
    await rest.stop("chat-0")
    await rest.forget_offset("chat-0")
    await rest.resume("chat-0")
    await rest.restart("chat-0")
    assert connect.asked == [
        ("PUT", "/connectors/chatstream-auth/config", "application/json"),
        ("PUT", "/connectors/chatstream-chat-0/stop", "application/json"),
        ("DELETE", "/connectors/chatstream-chat-0/offsets", "application/json"),
        ("PUT", "/connectors/chatstream-chat-0/resume", "application/json"),
        (
            "POST",
            "/connectors/chatstream-chat-0/restart?includeTasks=true&onlyFailed=true",
            "application/json",
        ),
    ]


@pytest.mark.parametrize("code", [409, 415, 500])
async def test_what_it_refuses_is_tried_again_by_who_asked(
    connect: Connect, rest: ConnectRest, code: int
) -> None:
    connect.code = code
    with pytest.raises(TransientFailure, match=str(code)):
        await rest.resume("chat-0")


async def test_one_that_is_away_is_a_failure_for_a_moment() -> None:
    with pytest.raises(TransientFailure, match="connect: "):
        await ConnectRest("http://127.0.0.1:9").state("chat-0")
