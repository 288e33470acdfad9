"""/ops over what it is given, behind a real aiohttp server; what does not answer is said so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.web import Application

from chatstream.domain.overview.judging import LINES
from chatstream.domain.overview.samples import LogSample, PartitionsSample
from chatstream.domain.times import text_of
from chatstream.errors import TransientFailure
from schemas import records
from schemas.contexts.log import LOOK
from tables.followed.generations import KnownGenerations
from tables.followed.mutes import Mutes
from tests.fakes.erasure import FakeSagas
from tests.fakes.producing import Producer, app_over
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import overview, pages
from web.lag_board import LagBoard
from web.looks import Looks
from web.process_board import ProcessBoard

NOON = 1_795_953_600.0
HTML = {"Accept": "text/html"}
OWN = "own"


@dataclass
class Stores:
    """All that is asked; what is `away` fails, what `hangs` never answers."""

    away: set[str] = field(default_factory=set)
    hangs: set[str] = field(default_factory=set)
    errors: dict[str, int] = field(default_factory=dict)

    async def _asked(self, name: str) -> None:
        if name in self.hangs:
            await asyncio.Event().wait()
        if name in self.away:
            raise TransientFailure(f"{name} is away")

    async def partitions(self) -> PartitionsSample:
        await self._asked("kafka")
        return PartitionsSample(2, 16, 0, 0, {1: 16})

    async def pulse(self) -> LogSample:
        await self._asked("elastic")
        return LogSample({"chat": 2.0}, self.errors, {LINES: NOON - 5})

    async def answer(self) -> None:
        await self._asked("elastic")


class Sagas(FakeSagas):
    """Sagas of a database that may be away."""

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores

    async def running(self) -> int:
        await self.stores._asked("auth")
        return await super().running()


@dataclass
class Rig:
    edge: Edge
    board: ProcessBoard
    groups: LagBoard
    stores: Stores
    producer: Producer
    operator: Mapping[str, str]
    user: Mapping[str, str]
    lag: float = 0.0
    now: float = NOON

    def told(self, worker: str, **more: Any) -> None:
        service, _, _ = worker.partition("-")
        beat = records.Heartbeat(
            worker=worker,
            service=service,
            instance=more.pop("instance", worker),
            version="1",
            state=more.pop("state", "ready"),
            started_at=text_of(NOON - 900),
            at=more.pop("at", text_of(self.now)),
            holds=30.0,
            reasons=more.pop("reasons", {}),
            away=more.pop("away", ()),
            counts=more.pop("counts", {}),
        )
        self.board.on_record(0, worker.encode(), records.encode(beat))

    def all_well(self) -> None:
        """Everybody speaks, for some minutes; the clock comes to noon."""
        for ago in range(120, -1, -10):
            self.now = NOON - ago
            self.told("front-1", instance=OWN)
            self.told("chat-1")
            self.told("log-1", counts={"chatstream_dead_letters_oldest_age_seconds": 0.0})
        self.groups.on_record(0, b"g", records.encode(sample()))

    async def get(self, headers: Mapping[str, str]) -> Any:
        return await self.edge.client.get("/ops", headers=headers, allow_redirects=False)

    async def read(self) -> Any:
        response = await self.get(self.operator)
        assert response.status == 200, await response.text()
        return await response.json()

    async def findings(self) -> list[tuple[str, str]]:
        return [(each["code"], each["of"]) for each in (await self.read())["findings"]]


def sample(state: str = "OK", *behind: records.PartitionBehind) -> records.LagSampled:
    return records.LagSampled(
        event_id="019ad0f0-0000-7000-8000-000000000000",
        at=text_of(NOON),
        group="g",
        state=state,
        members=1,
        is_kept=False,
        probe=0.004,
        topics=(records.TopicSampled("t", (4,), (9,), (0,), behind),),
    )


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    made: list[Rig] = []
    stores, producer = Stores(), Producer()

    def clock() -> float:
        return made[0].now if made else NOON

    board = ProcessBoard(OWN, lambda: made[0].lag, clock)
    groups = LagBoard(clock)

    def routes(app: Application) -> None:
        ports = overview.OverviewPorts(
            board=board,
            groups=groups,
            mutes=Mutes(clock),
            generations=KnownGenerations(),
            cluster=stores,
            pulse=stores,
            sagas=Sagas(stores),
            servers={"Elasticsearch": stores},
            services=["front", "chat", "log"],
            looks=Looks(app_over(producer), 1.0),
            page=overview.page,
            within=0.2,
            clock=clock,
        )
        overview.register(app, ports)
        pages.register(app)

    edge = await make_edge(routes)
    user = bearer((await edge.tokens())["accessToken"])
    made.append(Rig(edge, board, groups, stores, producer, await edge.operator(), user))
    return made[0]


async def test_who_is_no_operator_sees_nothing(rig: Rig) -> None:
    assert (await fault_of(await rig.get(rig.user)))[:2] == (403, "ACCESS_DENIED")
    assert (await fault_of(await rig.get({})))[:2] == (401, "NOT_AUTHENTICATED")
    assert (await rig.get({**HTML, **rig.user})).status == 403


async def test_while_all_is_well_nothing_is_found_and_each_card_tells_its_numbers(rig: Rig) -> None:
    rig.all_well()
    found = await rig.read()
    assert (found["level"], found["findings"]) == ("well", [])
    shown = {each["area"]: (each["level"], each["shows"]) for each in found["cards"]}
    assert shown == {
        "processes": ("well", {"count": 3, "ready": 3}),
        "servers": ("well", {"count": 1, "answering": 1}),
        "topics": ("well", {"topics": 2, "partitions": 16}),
        "lag": ("well", {"OK": 1, "WARN": 0, "REWIND": 0, "STALL": 0, "STOP": 0}),
        "letters": ("well", {"count": 0}),
        "sagas": ("well", {"running": 0, "stuck": 0}),
        "sanctions": ("well", {"inForce": 0, "new": 0}),
        "log": ("well", {"rate": 2.0, "errors": 0}),
        "rebuilds": ("well", {"generation": 0}),
    }
    assert [each["worker"] for each in found["processes"]] == ["chat-1", "front-1", "log-1"]


async def test_elasticsearch_away_is_said_by_its_cards_and_the_rest_stands(rig: Rig) -> None:
    rig.all_well()
    rig.stores.away.add("elastic")
    found = await rig.read()
    assert [(each["area"], each["code"], each["of"]) for each in found["findings"]] == [
        ("servers", "serverAway", "Elasticsearch"),
        ("log", "noAnswer", "Elasticsearch"),
    ]
    assert {each["area"] for each in found["cards"] if each["level"] == "well"} == {
        *("processes", "topics", "lag", "letters", "sagas", "sanctions", "rebuilds")
    }


async def test_an_answer_stands_for_some_seconds_and_then_its_store_is_away(rig: Rig) -> None:
    rig.all_well()
    assert await rig.findings() == []
    rig.stores.away.add("elastic")
    rig.now = NOON + overview.STANDS
    assert await rig.findings() == []
    rig.now = NOON + overview.STANDS + 1
    assert await rig.findings() == [("serverAway", "Elasticsearch"), ("noAnswer", "Elasticsearch")]


@pytest.mark.parametrize("store", ["kafka", "elastic", "auth"])
async def test_a_store_that_hangs_makes_nobody_wait_longer_than_its_card_may(
    rig: Rig, store: str
) -> None:
    rig.all_well()
    rig.stores.hangs.add(store)
    found = await asyncio.wait_for(rig.read(), 60)
    codes = [each["code"] for each in found["findings"]]
    assert codes.count("noAnswer") == 1
    assert len(found["cards"]) == 9


async def test_a_silent_process_is_named_once_and_gone_when_it_speaks(rig: Rig) -> None:
    rig.all_well()
    for ahead in range(10, 61, 10):
        rig.now = NOON + ahead
        rig.told("front-1", instance=OWN)
        rig.told("log-1", counts={"chatstream_dead_letters_oldest_age_seconds": 0.0})
    assert await rig.findings() == [("silent", "chat-1")]
    rig.told("chat-1")
    assert await rig.findings() == []


async def test_a_process_that_waits_says_for_what(rig: Rig) -> None:
    rig.all_well()
    rig.told("chat-1", away=("chat-0",), state="unready", reasons={"worker": "not yet"})
    found = await rig.read()
    assert [each["code"] for each in found["findings"]] == ["away", "unready"]
    assert found["findings"][0]["facts"] == {"stores": "chat-0"}
    (chat,) = [each for each in found["processes"] if each["worker"] == "chat-1"]
    assert (chat["reasons"], chat["away"]) == ({"worker": "not yet"}, ["chat-0"])


async def test_a_group_that_stands_still_comes_before_a_service_with_errors(rig: Rig) -> None:
    rig.all_well()
    rig.stores.errors["chat"] = 3
    behind = records.PartitionBehind(0, "STALL", 5, 30.5, None, 0)
    rig.groups.on_record(0, b"g", records.encode(sample("STALL", behind)))
    found = await rig.read()
    assert [each["code"] for each in found["findings"]] == ["lagSTALL", "errors"]
    assert found["findings"][1]["facts"] == {"count": 3, "named": "chat 3"}
    assert found["findings"][0]["page"] == "/ops/lag"
    assert found["findings"][0]["runbook"] == "ConsumerGroupStopped"
    assert found["level"] == "bad"


async def test_what_was_said_before_the_front_started_is_as_old_as_it_says(rig: Rig) -> None:
    rig.lag = float("inf")
    rig.told("chat-1", at=text_of(NOON - 3000))
    rig.lag = 0.0
    rig.now = NOON
    rig.told("front-1", instance=OWN)
    (chat,) = [each for each in (await rig.read())["processes"] if each["worker"] == "chat-1"]
    assert chat["heardAt"] == text_of(NOON - 3000)


async def test_what_cannot_be_read_changes_nothing(rig: Rig) -> None:
    rig.all_well()
    rig.board.on_record(0, b"chat-1", b"{")
    rig.told("chat-1", at="yesterday", state="unready")
    assert await rig.findings() == []


async def test_the_look_is_told_once_while_it_goes_on_and_the_page_stands_without(rig: Rig) -> None:
    rig.all_well()
    await rig.read()
    await rig.read()
    assert [look.page for look in rig.producer.told(LOOK.event.name)] == ["overview"]


async def test_the_page_is_for_operators_in_their_language(rig: Rig) -> None:
    response = await rig.get({**HTML, **rig.operator, "Accept-Language": "ko"})
    assert response.status == 200
    text = await response.text()
    assert "<h1>한눈에</h1>" in text
    assert text.index('href="/ops" aria-current="page"') < text.index('href="/ops/log"')
