"""/stats/watched over fakes: operators only, words as they are counted, repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
from aiohttp.web import Application

from chatstream.domain.watched_words import MOST
from chatstream.errors import ErrorCode, UserError
from schemas import records
from tables.followed.watched import Watched
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import series, watched
from web.stats_relay import StatsRelay
from web.watched import WatchedPorts

NOW = 1_795_262_430.0
POINTS = {"series": "word/tea", "step": 60, "points": [], "asOf": "x", "complete": True}


class FakeRelay(StatsRelay):
    """A stats worker: `drinks` counts as `drink`, `the` is no word that counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_away = False

    async def ask(self, path: str) -> bytes:
        self.asked.append(path)
        if self.is_away:
            raise UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1)
        if path.startswith("/internal/forms/"):
            word = unquote(path.removeprefix("/internal/forms/")).lower().removesuffix("s")
            return orjson.dumps({"word": word, "isCounted": word != "the"})
        if not path.startswith("/internal/series/word/tea?"):
            raise UserError(ErrorCode.NOT_FOUND)
        return orjson.dumps(POINTS)


class Rig:
    def __init__(self) -> None:
        self.relay = FakeRelay()
        self.watched = Watched()
        self.is_current = True
        self.ports: WatchedPorts
        self.kafka = asyncio.Event()
        self.kafka.set()
        self.is_read = True
        self.events: list[records.WatchedEvent] = []
        self.edge: Edge
        self.operator: Mapping[str, str]
        self.user: Mapping[str, str]

    async def publish(self, event: records.WatchedEvent) -> None:
        await self.kafka.wait()
        self.events.append(event)
        if self.is_read:
            self.watched.followed.on_record(0, b"watched", records.encode(event))

    def routes(self, app: Application) -> None:
        views = series.register(app, self.relay, lambda: NOW)
        self.ports = WatchedPorts(
            self.relay, self.watched, self.publish, lambda: self.is_current, 10.0
        )
        watched.register(app, self.ports, views)

    def give_up_after(self, seconds: float) -> None:
        """So long is a change waited for from now on."""
        object.__setattr__(self.ports, "within", seconds)

    async def call(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Any:
        headers = self.operator if headers is None else headers
        return await self.edge.client.request(method, f"/stats/{path}", headers=headers)

    async def words(self) -> list[str]:
        response = await self.call("GET", "watched")
        assert response.status == 200
        return [row["word"] for row in (await response.json())["words"]]


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await started(Rig(), make_edge)


async def started(rig: Rig, make_edge: MakeEdge) -> Rig:
    rig.edge = edge = await make_edge(rig.routes)
    rig.user = bearer((await edge.tokens("min"))["accessToken"])
    rig.operator = await edge.operator()
    return rig


async def test_a_word_is_watched_as_it_is_counted_and_a_repeat_changes_nothing(rig: Rig) -> None:
    for word in ("Drinks", "drink", "커피"):
        assert (await rig.call("PUT", f"watched/{word}")).status == 204
    assert await rig.words() == ["drink", "커피"]
    assert len(rig.events) == 2
    for _ in range(2):
        assert (await rig.call("DELETE", "watched/drinks")).status == 204
    assert await rig.words() == ["커피"]
    assert len(rig.events) == 3


async def test_only_operators_see_or_change_the_list(rig: Rig) -> None:
    for method, path in (("GET", "watched"), ("PUT", "watched/x"), ("DELETE", "watched/x")):
        assert (await fault_of(await rig.call(method, path, rig.user)))[:2] == (
            403,
            "ACCESS_DENIED",
        )
        assert (await fault_of(await rig.call(method, path, {})))[:2] == (401, "NOT_AUTHENTICATED")
    assert rig.events == []


async def test_what_is_no_word_and_one_too_many_are_refused(rig: Rig) -> None:
    status, code, details = await fault_of(await rig.call("PUT", "watched/the"))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "word")
    for number in range(MOST):
        rig.watched.list.watch(f"w{number}", NOW)
    status, code, details = await fault_of(await rig.call("PUT", "watched/more"))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "word")
    assert (await rig.call("PUT", "watched/w1")).status == 204
    assert rig.events == []


async def test_without_a_worker_nothing_is_changed(rig: Rig) -> None:
    rig.relay.is_away = True
    for method in ("PUT", "DELETE"):
        response = await rig.call(method, "watched/tea")
        assert (await fault_of(response))[:2] == (503, "STORE_UNAVAILABLE")
    assert rig.events == []


async def test_while_kafka_is_away_nobody_waits_longer_than_for_a_wish(make_edge: MakeEdge) -> None:
    rig = await started(Rig(), make_edge)
    rig.give_up_after(0.05)
    rig.watched.list.watch("milk", NOW)
    rig.kafka.clear()
    for method, word in (("PUT", "tea"), ("DELETE", "milk")):
        response = await rig.call(method, f"watched/{word}")
        assert "Retry-After" in response.headers
        assert (await fault_of(response))[:2] == (503, "STORE_UNAVAILABLE")
    rig.kafka.set()
    rig.give_up_after(0.5)
    rig.is_read = False
    refused = await rig.call("PUT", "watched/tea")
    assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE"), "it is produced, not read"
    assert len(rig.events) == 1
    rig.is_read = True
    rig.give_up_after(10)
    assert (await rig.call("PUT", "watched/tea")).status == 204
    assert await rig.words() == ["milk", "tea"]


async def test_a_list_that_may_be_out_of_date_is_not_shown(rig: Rig) -> None:
    rig.is_current = False
    assert (await fault_of(await rig.call("GET", "watched")))[:2] == (503, "STORE_UNAVAILABLE")


async def test_everybody_reads_the_series_of_a_watched_word(rig: Rig) -> None:
    response = await rig.call("GET", "series/word/tea?step=120", rig.user)
    assert (response.status, await response.json()) == (200, POINTS)
    assert "step=2" in rig.relay.asked[-1]
    known = {**rig.user, "If-None-Match": response.headers["ETag"]}
    assert (await rig.call("GET", "series/word/tea?step=120", known)).status == 304
    missing = await rig.call("GET", "series/word/milk", rig.user)
    assert (await fault_of(missing))[:2] == (404, "NOT_FOUND")
    refused = await rig.call("GET", "series/word/tea?step=61", rig.user)
    assert (await fault_of(refused))[:2] == (400, "INVALID_INPUT")
    assert (await fault_of(await rig.call("GET", "series/word/tea", {})))[0] == 401


async def test_a_record_that_cannot_be_read_is_passed_over(rig: Rig) -> None:
    rig.watched.followed.on_record(0, b"watched", b"{}")
    assert (await rig.call("PUT", "watched/tea")).status == 204
    assert await rig.words() == ["tea"]
