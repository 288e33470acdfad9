"""GET /stats/words over the edge: who may ask, what may be asked, which worker answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID

import aiohttp
import orjson
import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response
from yarl import URL

from chatstream.ports.rooms import RoomReader
from chatstream.settings_groups import StatsSettings
from tests.fakes.rooms import OTHER, ROOM, FakeRooms
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import series, stats
from web.stats_relay import StatsRelay

BODY = {
    "words": [{"word": "커피", "count": 3}],
    "asOf": "2026-11-21T12:00:00.000Z",
    "complete": True,
    "partitions": {"expected": 8, "answered": 8},
}
POINTS = {
    "series": "chatAdd",
    "step": 60,
    "points": [{"t": "2026-11-21T12:00:00.000Z", "count": 3}],
    "asOf": "2026-11-21T12:00:30.000Z",
    "complete": True,
    "partitions": {"expected": 8, "answered": 8},
}
NOW = 1_795_262_430.0
NOBODY = "http://127.0.0.1:9"


def routes(app: Application, relay: StatsRelay, rooms: RoomReader) -> None:
    stats.register(app, relay, rooms)
    series.register(app, relay, lambda: NOW)


@dataclass
class Worker:
    """A stats worker that always says the same."""

    status: int = 200
    body: dict[str, object] = field(default_factory=lambda: dict(BODY))
    asked: list[str] = field(default_factory=list)

    async def start(self) -> TestServer:
        async def say(request: Request) -> Response:
            self.asked.append(request.path_qs)
            return Response(
                body=orjson.dumps(self.body), status=self.status, content_type="application/json"
            )

        app = Application()
        app.router.add_get("/internal/{rest:.*}", say)
        server = TestServer(app)
        await server.start_server()
        return server


class Rig:
    def __init__(self, make_edge: MakeEdge, closing: AsyncExitStack) -> None:
        self.make_edge = make_edge
        self.closing = closing
        self.rooms = FakeRooms()

    async def edge(
        self, *workers: Worker | str, beside: Worker | str = ""
    ) -> tuple[Edge, dict[str, str]]:
        """An edge before these workers and one beside them, and the headers of a user."""
        urls = [await self._url(worker) for worker in workers]
        builder = await self._url(beside)
        client = await self.closing.enter_async_context(aiohttp.ClientSession())
        settings = StatsSettings(workers=tuple(urls))
        edge: Edge = await self.make_edge(
            lambda app: routes(
                app, StatsRelay(settings, lambda: client, lambda: builder), self.rooms
            )
        )
        return edge, bearer((await edge.tokens())["accessToken"])

    async def _url(self, worker: Worker | str) -> str:
        if isinstance(worker, str):
            return worker
        server = await self.closing.enter_async_context(await worker.start())
        return str(server.make_url("/"))


@pytest.fixture
async def rig(make_edge: MakeEdge) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as closing:
        yield Rig(make_edge, closing)


async def test_a_worker_answers_as_the_contract_says(rig: Rig) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    response = await edge.client.get("/stats/words?top=5", headers=headers)
    assert (response.status, await response.json()) == (200, BODY)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert worker.asked == ["/internal/words?top=5&window=all"]


async def test_a_word_reaches_the_worker_as_it_was_asked_for(rig: Rig) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    for path in ("커피", "a%2Fb", "50%25", "..%2F..%2Fmetrics", "%2E%2E", "%2E"):
        url = URL(f"/stats/words/{quote(path, safe='%')}", encoded=True)
        assert (await edge.client.get(url, headers=headers)).status == 200
    assert all(asked.startswith("/internal/words/") for asked in worker.asked)
    assert worker.asked[-2:] == ["/internal/words/..", "/internal/words/."]
    assert len(worker.asked) == 6


@pytest.mark.parametrize("word", ["a" * 201, "a" * 7_900, "%00"])
async def test_what_can_be_no_word_is_refused(rig: Rig, word: str) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    response = await edge.client.get(URL(f"/stats/words/{word}", encoded=True), headers=headers)
    status, code, details = await fault_of(response)
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "word")
    assert not worker.asked


async def test_nobody_asks_without_a_login(rig: Rig) -> None:
    worker = Worker()
    edge, _ = await rig.edge(worker)
    for path in ("/stats/words", "/stats/words/x"):
        assert (await fault_of(await edge.client.get(path)))[:2] == (401, "NOT_AUTHENTICATED")
    assert worker.asked == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("top=0", "top"),
        ("top=101", "top"),
        ("top=x", "top"),
        ("colour=red", "colour"),
        ("window=week", "window"),
        ("roomId=x", "roomId"),
        (f"roomId={ROOM}&window=day", "window"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused_by_name(
    rig: Rig, query: str, name: str
) -> None:
    edge, headers = await rig.edge(Worker())
    status, code, details = await fault_of(
        await edge.client.get(f"/stats/words?{query}", headers=headers)
    )
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", name)


async def test_another_worker_is_asked_when_one_is_gone_or_failing(rig: Rig) -> None:
    edge, headers = await rig.edge(NOBODY, Worker(status=500), Worker())
    for _ in range(6):
        assert (await edge.client.get("/stats/words", headers=headers)).status == 200


@pytest.mark.parametrize("first", [NOBODY, Worker(body={**BODY, "complete": False})])
async def test_who_answers_beside_the_workers_is_asked_for_what_they_do_not_know(
    rig: Rig, first: Worker | str
) -> None:
    edge, headers = await rig.edge(first, beside=Worker())
    response = await edge.client.get("/stats/words", headers=headers)
    assert (response.status, await response.json()) == (200, BODY)


async def test_who_answers_beside_the_workers_has_a_rest_while_they_know_everything(
    rig: Rig,
) -> None:
    builder = Worker()
    edge, headers = await rig.edge(Worker(), beside=builder)
    assert (await edge.client.get("/stats/words", headers=headers)).status == 200
    assert builder.asked == []


async def test_what_the_workers_know_is_better_than_nothing(rig: Rig) -> None:
    some = {**BODY, "complete": False}
    edge, headers = await rig.edge(Worker(body=some), beside=NOBODY)
    response = await edge.client.get("/stats/words", headers=headers)
    assert (response.status, await response.json()) == (200, some)


async def test_the_caller_is_told_when_no_worker_answers(rig: Rig) -> None:
    edge, headers = await rig.edge(NOBODY)
    response = await edge.client.get("/stats/words", headers=headers)
    assert (await fault_of(response))[:2] == (503, "STORE_UNAVAILABLE")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    "path",
    ["/stats/words", "/stats/words/커피", "/stats/series/chatAdd", "/stats/series/userAdd"],
)
async def test_an_answer_that_is_the_same_but_for_its_time_is_not_sent_again(
    rig: Rig, path: str
) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    first = await edge.client.get(path, headers=headers)
    known = headers | {"If-None-Match": first.headers["ETag"]}
    worker.body["asOf"] = "2026-11-21T12:00:01.000Z"
    again = await edge.client.get(path, headers=known)
    assert (again.status, await again.read()) == (304, b"")
    worker.body["words"] = []
    assert (await edge.client.get(path, headers=known)).status == 200


async def test_an_incomplete_answer_is_kept_by_nobody(rig: Rig) -> None:
    worker = Worker(body={**BODY, "complete": False})
    edge, headers = await rig.edge(worker)
    response = await edge.client.get("/stats/words", headers=headers)
    assert (response.headers["Cache-Control"], "ETag" in response.headers) == ("no-store", False)


@pytest.mark.parametrize("name", ["chatAdd", "userAdd"])
async def test_a_series_is_asked_for_in_minutes(rig: Rig, name: str) -> None:
    worker = Worker(body=dict(POINTS))
    edge, headers = await rig.edge(worker)
    query = "from=2026-11-21T11:00:30%2B00:00&to=2026-11-21T20:30:00%2B09:00&step=300"
    response = await edge.client.get(f"/stats/series/{name}?{query}", headers=headers)
    assert (response.status, await response.json()) == (200, POINTS)
    begin = 1_795_258_800 // 60
    assert worker.asked == [f"/internal/series/{name}?begin={begin}&end={begin + 30}&step=5"]


async def test_without_a_query_a_series_is_the_last_hour(rig: Rig) -> None:
    worker = Worker(body=dict(POINTS))
    edge, headers = await rig.edge(worker)
    assert (await edge.client.get("/stats/series/chatAdd", headers=headers)).status == 200
    latest = int(NOW // 60) + 1
    assert worker.asked == [f"/internal/series/chatAdd?begin={latest - 61}&end={latest}&step=1"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("step=90", "step"),
        ("step=0", "step"),
        ("step=x", "step"),
        ("from=yesterday", "from"),
        ("from=2026-11-21T11:00:00", "from"),
        ("to=2026-11-21", "to"),
        ("from=2026-11-21T12:00:00Z&to=2026-11-21T11:00:00Z", "from"),
        ("from=2026-11-01T00:00:00Z", "step"),
        ("since=2026-11-21T11:00:00Z", "since"),
    ],
)
async def test_a_question_about_a_series_that_has_no_answer_is_refused_by_name(
    rig: Rig, query: str, name: str
) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    status, code, details = await fault_of(
        await edge.client.get(f"/stats/series/chatAdd?{query}", headers=headers)
    )
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", name)
    assert worker.asked == []


async def test_there_are_no_other_series_and_none_without_a_login(rig: Rig) -> None:
    edge, headers = await rig.edge(Worker())
    missing = await edge.client.get("/stats/series/other", headers=headers)
    assert (await fault_of(missing))[:2] == (404, "NOT_FOUND")
    for name in ("chatAdd", "userAdd"):
        response = await edge.client.get(f"/stats/series/{name}")
        assert (await fault_of(response))[:2] == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize("window", ["all", "day", "hour"])
async def test_words_of_a_window_are_asked_for(rig: Rig, window: str) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    response = await edge.client.get(f"/stats/words?window={window}", headers=headers)
    assert response.status == 200
    assert worker.asked == [f"/internal/words?top=20&window={window}"]


async def test_words_of_a_room_are_for_its_members(rig: Rig) -> None:
    worker = Worker()
    edge, headers = await rig.edge(worker)
    me = edge.accounts.by_handle["minsu"].account.account_id
    rig.rooms.create(ROOM, me)
    rig.rooms.create(OTHER, "eve", kind="open")
    path = f"/stats/words?roomId={ROOM.upper()}&top=3"
    assert (await edge.client.get(path, headers=headers)).status == 200
    assert worker.asked == [f"/internal/rooms/{ROOM}/words?top=3&window=all"]
    foreign = bearer((await edge.tokens("stranger"))["accessToken"])
    for who, room in ((foreign, ROOM), (headers, OTHER)):
        refused = await edge.client.get(f"/stats/words?roomId={room}", headers=who)
        assert (await fault_of(refused))[:2] == (403, "NOT_A_MEMBER")
    missing = await edge.client.get(f"/stats/words?roomId={UUID(int=9)}", headers=headers)
    assert (await fault_of(missing))[:2] == (404, "ROOM_NOT_FOUND")
    assert len(worker.asked) == 1
