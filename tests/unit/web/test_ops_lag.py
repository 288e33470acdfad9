"""/ops/lag over samples that are given, behind a real aiohttp server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.web import Application
from uuid_utils.compat import uuid7

from chatstream.domain.times import text_of
from schemas import records
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import lag, pages
from web.lag_board import LagBoard

NOON = 1_795_953_600.0
HTML = {"Accept": "text/html"}


@dataclass
class Rig:
    edge: Edge
    board: LagBoard
    operator: Mapping[str, str]
    user: Mapping[str, str]
    now: float = NOON

    def told(
        self, group: str, *behind: records.PartitionBehind, ago: float = 0, **more: Any
    ) -> None:
        topic = records.TopicSampled("t", (4, 4, -1), (9, 4, -1), (1,), behind)
        sample = records.LagSampled(
            event_id=str(uuid7()),
            at=text_of(NOON - ago),
            group=group,
            state=more.pop("state", "OK"),
            members=1,
            is_kept=False,
            probe=0.004,
            topics=(topic,),
        )
        self.board.on_record(0, group.encode(), records.encode(sample))

    async def get(self, headers: Mapping[str, str]) -> Any:
        return await self.edge.client.get("/ops/lag", headers=headers, allow_redirects=False)

    async def read(self) -> Any:
        response = await self.get(self.operator)
        assert response.status == 200, await response.text()
        return await response.json()


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    made: list[Rig] = []
    board = LagBoard(lambda: made[0].now)

    def routes(app: Application) -> None:
        lag.register(app, lag.LagPorts(board, lag.page))
        pages.register(app)

    edge = await make_edge(routes)
    user = bearer((await edge.tokens())["accessToken"])
    made.append(Rig(edge, board, await edge.operator(), user))
    return made[0]


BEHIND = records.PartitionBehind(0, "STALL", 5, 30.5, None, 1)


async def test_who_is_no_operator_sees_nothing(rig: Rig) -> None:
    assert (await fault_of(await rig.get(rig.user)))[:2] == (403, "ACCESS_DENIED")
    assert (await fault_of(await rig.get({})))[:2] == (401, "NOT_AUTHENTICATED")


async def test_before_the_first_sample_there_is_nothing(rig: Rig) -> None:
    assert await rig.read() == {
        "sampledAt": None,
        "isCurrent": False,
        "probe": None,
        "groups": [],
    }


async def test_a_group_shows_its_partitions_that_are_behind_and_how_it_came_there(rig: Rig) -> None:
    rig.told("g", ago=20)
    rig.told("g", BEHIND, ago=10, state="STALL")
    found = await rig.read()
    assert (found["isCurrent"], found["probe"]) == (True, 0.004)
    (group,) = found["groups"]
    assert (group["group"], group["state"], group["records"]) == ("g", "STALL", 5)
    assert (group["seconds"], group["catchUp"], group["lost"]) == (30.5, None, 1)
    assert group["trend"] == [{"ago": 10.0, "records": 0}, {"ago": 0.0, "records": 5}]
    (topic,) = group["topics"]
    assert (topic["partitionCount"], topic["records"], topic["state"]) == (2, 5, "STALL")
    (partition,) = topic["partitions"]
    assert partition == {
        "partition": 0,
        "state": "STALL",
        "committed": 4,
        "end": 9,
        "isHeld": False,
        "records": 5,
        "seconds": 30.5,
        "catchUp": None,
        "lost": 1,
    }


async def test_a_group_that_keeps_up_is_not_behind_in_anything(rig: Rig) -> None:
    rig.told("g")
    (group,) = (await rig.read())["groups"]
    assert (group["records"], group["seconds"], group["catchUp"]) == (0, 0.0, 0.0)
    assert group["topics"][0]["partitions"] == []


async def test_the_worst_come_first_then_those_with_most_to_read(rig: Rig) -> None:
    for name, state, count in (("a", "OK", 1), ("b", "OK", 9), ("c", "STOP", 1), ("d", "WARN", 5)):
        rig.told(name, records.PartitionBehind(0, state, count), state=state)
    assert [each["group"] for each in (await rig.read())["groups"]] == ["c", "d", "b", "a"]


async def test_a_monitor_that_is_silent_is_said_to_be(rig: Rig) -> None:
    rig.told("g")
    rig.now = NOON + 90
    assert (await rig.read())["isCurrent"]
    rig.now = NOON + 91
    found = await rig.read()
    assert not found["isCurrent"]
    assert len(found["groups"]) == 1


async def test_a_group_of_which_nothing_is_told_any_more_goes(rig: Rig) -> None:
    rig.told("gone", ago=181)
    rig.told("here")
    assert [each["group"] for each in (await rig.read())["groups"]] == ["here"]


async def test_what_cannot_be_read_or_is_older_changes_nothing(rig: Rig) -> None:
    rig.told("g")
    rig.told("g", BEHIND, ago=30, state="STALL")
    rig.told("g", BEHIND, state="WHO")
    rig.board.on_record(0, b"g", b"{")
    (group,) = (await rig.read())["groups"]
    assert (group["state"], group["records"]) == ("OK", 0)


async def test_the_page_is_for_operators_in_their_language(rig: Rig) -> None:
    response = await rig.get({**HTML, **rig.operator, "Accept-Language": "ko"})
    assert response.status == 200
    assert "<h1>랙</h1>" in await response.text()
