"""GET /stats/live: who may read, one computation for all, what an event tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import stats_live
from web.stats_live import LivePace, LiveStats

POINT = {"t": "2026-11-21T12:00:00.000Z", "count": 3}


class Worker:
    """A stats worker whose answers a test changes."""

    def __init__(self) -> None:
        self.words: list[dict[str, object]] = []
        self.away = False
        self.answered = {"words": 8, "chatAdd": 8, "userAdd": 8}
        self.asked = 0

    async def ask(self, path: str) -> bytes:
        if self.away:
            raise UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1)
        part = next(name for name in self.answered if f"/{name}?" in path)
        base = {"asOf": f"at {self.asked}", **self.coverage(part)}
        if part == "words":
            self.asked += 1
            return orjson.dumps({"words": self.words, **base})
        return orjson.dumps({"points": [POINT] if part == "chatAdd" else [], **base})

    def coverage(self, part: str) -> dict[str, Any]:
        answered = self.answered[part]
        partitions = {"expected": 8, "answered": answered}
        return {"complete": answered == 8, "partitions": partitions}


class Rig:
    def __init__(self, make_edge: MakeEdge, closing: AsyncExitStack) -> None:
        self.make_edge = make_edge
        self.closing = closing
        self.worker = Worker()
        self.ended: set[str] = set()
        pace = LivePace(interval=0.02, heartbeat=0.1)
        self.live = LiveStats(self.worker.ask, self._has_ended, 2, pace)

    def _has_ended(self, caller: Caller) -> bool:
        return caller.user_id in self.ended

    async def start(self) -> None:
        self.edge: Edge = await self.make_edge(lambda app: stats_live.register(app, self.live))

    async def read(self, user_id: str = "minsu") -> ClientResponse:
        token = (await self.edge.tokens(user_id))["accessToken"]
        response = await self.edge.client.get("/stats/live", headers=bearer(token))
        self.closing.callback(response.close)
        return response


@pytest.fixture
async def rig(make_edge: MakeEdge) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as closing:
        rig = Rig(make_edge, closing)
        await rig.start()
        yield rig


async def event(response: ClientResponse) -> tuple[str, Any]:
    """The next event, past comments."""
    async with asyncio.timeout(10):
        fields: dict[str, str] = {}
        while "data" not in fields:
            name, _, value = (await response.content.readline()).decode().rstrip().partition(": ")
            if name:
                fields[name] = value
    return fields["event"], orjson.loads(fields["data"])


async def test_an_event_tells_the_words_and_both_series(rig: Rig) -> None:
    rig.worker.words = [{"word": "tea", "count": 1}]
    response = await rig.read()
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    name, data = await event(response)
    assert name == "stats"
    assert data.pop("asOf").startswith("at ")
    assert data == {
        "words": [{"word": "tea", "count": 1}],
        "chatAdd": [POINT],
        "userAdd": [],
        "complete": True,
        "coverage": {part: rig.worker.coverage(part) for part in ("words", "chatAdd", "userAdd")},
    }


async def test_an_event_tells_what_is_missing_in_which_part(rig: Rig) -> None:
    rig.worker.answered["chatAdd"] = 5
    response = await rig.read()
    _, data = await event(response)
    assert data["complete"] is False
    assert data["coverage"] == {
        "words": {"complete": True, "partitions": {"expected": 8, "answered": 8}},
        "chatAdd": {"complete": False, "partitions": {"expected": 8, "answered": 5}},
        "userAdd": {"complete": True, "partitions": {"expected": 8, "answered": 8}},
    }
    rig.worker.answered["chatAdd"] = 6
    _, data = await event(response)
    assert data["coverage"]["chatAdd"]["partitions"] == {"expected": 8, "answered": 6}


async def test_an_event_comes_only_when_something_has_changed(rig: Rig) -> None:
    response = await rig.read()
    assert (await event(response))[1]["words"] == []
    asked = rig.worker.asked
    while rig.worker.asked < asked + 3:
        assert (await response.content.readline()).startswith((b": still here", b"\n"))
    rig.worker.words = [{"word": "tea", "count": 2}]
    assert (await event(response))[1]["words"] == rig.worker.words
    rig.worker.answered["userAdd"] = 7
    assert not (await event(response))[1]["complete"]


async def test_many_readers_cost_one_question(rig: Rig) -> None:
    readers = [await rig.read(f"reader{n}") for n in range(5)]
    for reader in readers:
        await event(reader)
    rig.worker.words = [{"word": "tea", "count": 1}]
    before = rig.worker.asked
    for reader in readers:
        assert (await event(reader))[1]["words"] == rig.worker.words
    assert [task.get_name() for task in asyncio.all_tasks()].count("stats-live") == 1
    assert rig.worker.asked >= before


async def test_readers_are_told_when_nobody_answers_and_when_somebody_does_again(rig: Rig) -> None:
    response = await rig.read()
    await event(response)
    rig.worker.away = True
    assert await event(response) == ("unavailable", {})
    rig.worker.away = False
    assert (await event(response))[0] == "stats"


async def test_a_stream_begins_only_when_somebody_answers(rig: Rig) -> None:
    rig.worker.away = True
    assert (await fault_of(await rig.read()))[:2] == (503, "STORE_UNAVAILABLE")
    rig.worker.away = False
    assert (await event(await rig.read()))[0] == "stats"


async def test_a_stream_ends_with_its_login(rig: Rig) -> None:
    leaving, staying = await rig.read("leaving"), await rig.read("staying")
    await event(leaving)
    rig.ended.add("leaving")
    async with asyncio.timeout(10):
        await leaving.content.read()
    await event(staying)
    rig.worker.words = [{"word": "tea", "count": 1}]
    assert (await event(staying))[1]["words"] == rig.worker.words


async def test_streams_end_when_the_front_stops(rig: Rig) -> None:
    response = await rig.read()
    await event(response)
    await rig.live.stop()
    async with asyncio.timeout(10):
        await response.content.read()


async def test_nobody_reads_without_a_login_and_nobody_has_too_many_streams(rig: Rig) -> None:
    assert (await fault_of(await rig.edge.client.get("/stats/live")))[:2] == (
        401,
        "NOT_AUTHENTICATED",
    )
    await rig.read()
    await rig.read()
    assert (await fault_of(await rig.read()))[:2] == (429, "RATE_LIMITED")
    assert (await rig.read("another")).status == 200
