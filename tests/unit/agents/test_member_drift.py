"""The table of members is what its facts say, whatever happens, and its check sees what is not."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import member_drift
from agents.member_drift import DRIFT, FIRST, MemberDriftCheck
from chatstream.domain.member_drift import HeldMembership, drift
from chatstream.domain.partitions import partition_of
from chatstream.errors import TransientFailure
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tables.members import RoomMembers
from tests.fakes.memberships import FakeMemberships
from tests.fakes.room_store import PARTITIONS, FakeRoomStore, room_wish
from tests.fakes.tables import FakeTable, fake_app
from tests.unit.agents.test_rooms import wish

ROOMS = [str(UUID(int=n)) for n in range(1, 5)]
PEOPLE = [str(UUID(int=n)) for n in range(101, 107)]
HOMES = dict.fromkeys(range(PARTITIONS), "chat")
SMALL = 2  # memberships of a piece


class World:
    """Postgres, the table over it, and the check between them."""

    def __init__(self) -> None:
        self.store, self.table = FakeRoomStore(), FakeTable()
        app: Any = fake_app()
        kept: Any = self.table
        self.members = RoomMembers(app, kept)
        self.reader = FakeMemberships(self.store)
        self.check = MemberDriftCheck(self.members, {"chat": self.reader}, HOMES, 0)
        self.done: list[list[Any]] = []

    async def carry_out(self, wishes: list[Any]) -> None:
        """Wishes as the rooms' agent carries them out; it tries a batch until it is written."""
        told = await self.store.carry_out(1, [room_wish(each) for each in wishes])
        facts: list[Any] = []
        for each in told:
            fact = codec.decode(ROOM.response.name, each.body)
            if isinstance(fact, records.RoomFact):
                place = SimpleNamespace(partition=partition_of(fact.room_id, PARTITIONS))
                facts.append((SimpleNamespace(message=place), fact))
        try:
            await self.members.record(facts)
        except TransientFailure:
            self.table.refused = lambda _table, _key: False
            await self.members.record(facts)

    async def differing(self) -> int:
        """What the check finds in all partitions."""
        found = 0
        for partition in sorted(self.members.readable()):
            await self.check.check()
            found += int(DRIFT.labels(partition=str(partition))._value.get())
        return found

    def held(self) -> set[tuple[str, str]]:
        """All that the table takes for members."""
        pairs = {(room_id, each) for room_id in ROOMS for each in PEOPLE}
        return {
            pair
            for pair in pairs
            if not self.members.strangers(partition_of(pair[0], PARTITIONS), [pair])
            and partition_of(pair[0], PARTITIONS) in self.members.readable()
        }

    def stored(self) -> set[tuple[str, str]]:
        """All members by Postgres."""
        return {
            (room_id, each)
            for room_id, members in self.store.members.items()
            if not self.store.rooms[room_id].deleted
            for each in members
        }


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_drift, "PIECE", SMALL)
    monkeypatch.setattr(member_drift, "_AGAIN", 0)


def anything(rng: random.Random) -> Any:
    """A wish of somebody about some room."""
    room_id, who, other = rng.choice(ROOMS), rng.choice(PEOPLE), rng.choice(PEOPLE)
    match rng.randrange(6):
        case 0 | 1:
            return wish(records.EnterRoom, room_id, who)
        case 2:
            return wish(records.CreateRoom, room_id, who, kind="open", name="room")
        case 3:
            return wish(records.RemoveMember, room_id, who, member_user_id=f"u-{who}")
        case 4:
            return wish(records.RemoveMember, room_id, who, member_user_id=f"u-{other}")
        case _:
            return wish(records.DeleteRoom, room_id, who)


async def step(world: World, rng: random.Random) -> None:
    """A batch, perhaps of records that were handled before, perhaps cut off in the table."""
    if world.done and rng.random() < 0.3:
        batch = rng.choice(world.done)
    else:
        batch = [anything(rng) for _ in range(rng.randint(1, 6))]
        world.done.append(batch)
    if rng.random() < 0.3:
        left = iter(range(rng.randint(0, 4)))
        world.table.refused = lambda _table, _key: next(left, None) is None
    await world.carry_out(batch)


@settings(max_examples=60)
@given(st.integers(0))
def test_the_table_is_what_postgres_has_after_any_batches_cuts_and_repeats(seed: int) -> None:
    async def play() -> None:
        world, rng = World(), random.Random(seed)
        for _ in range(rng.randint(1, 12)):
            await step(world, rng)
        assert world.held() == world.stored()
        assert await world.differing() == 0

    asyncio.run(play())


@settings(max_examples=60)
@given(st.integers(0))
def test_what_was_read_of_postgres_before_later_facts_is_no_drift(seed: int) -> None:
    async def play() -> None:
        world, rng = World(), random.Random(seed)
        for _ in range(rng.randint(1, 6)):
            await step(world, rng)
        partitions = sorted(world.members.readable())
        pieces = {each: await world.reader.memberships(each, FIRST, SMALL) for each in partitions}
        for _ in range(rng.randint(0, 4)):
            await step(world, rng)
        for partition, piece in pieces.items():
            assert not await world.check._compare(partition, FIRST, piece)

    asyncio.run(play())


async def crowded() -> World:
    """A room of everybody."""
    world = World()
    await world.carry_out([wish(records.CreateRoom, ROOMS[0], PEOPLE[0], kind="open", name="r")])
    await world.carry_out([wish(records.EnterRoom, ROOMS[0], each) for each in PEOPLE[1:]])
    return world


async def test_a_planted_difference_is_measured_told_and_mended(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = await crowded()
    partition, stranger = partition_of(ROOMS[0], PARTITIONS), str(UUID(int=999))
    rows = world.table.rows[partition]
    del rows[f"{ROOMS[0]}:{PEOPLE[3]}"]
    rows[f"{ROOMS[0]}:{PEOPLE[4]}"] = [1]
    rows[f"{ROOMS[0]}:{stranger}"] = [2, 1]
    rows[f"{ROOMS[1]}:{PEOPLE[0]}"] = [1, 1]
    assert await world.differing() == 4
    assert f"lacks account {PEOPLE[3]} in room {ROOMS[0]}" in caplog.text
    assert f"has beside Postgres account {stranger}" in caplog.text
    assert world.held() == world.stored()
    assert await world.differing() == 0


async def test_rows_with_names_are_read_as_they_are() -> None:
    """Earlier versions kept a handle and a name behind the number of the join."""
    world = await crowded()
    partition = partition_of(ROOMS[0], PARTITIONS)
    world.table.rows[partition][f"{ROOMS[0]}:{PEOPLE[1]}"] = [2, "handle", "Name"]
    assert world.held() == world.stored()


async def test_mending_leaves_what_a_later_fact_has_said() -> None:
    world = await crowded()
    partition, pair = partition_of(ROOMS[0], PARTITIONS), (ROOMS[0], PEOPLE[1])
    old = await world.reader.memberships(partition, FIRST, 100)
    del world.table.rows[partition][":".join(pair)]
    found = drift({}, [pair], old.line)
    left = wish(records.RemoveMember, *pair, member_user_id=f"u-{PEOPLE[1]}")
    await world.carry_out([left])
    await world.members.mend(partition, old.line, found)
    assert dict(world.members.held(partition, FIRST))[pair] == HeldMembership(old.line + 1, False)


async def test_a_table_that_is_behind_its_line_is_not_judged() -> None:
    world = await crowded()
    partition = partition_of(ROOMS[0], PARTITIONS)
    world.store.heads[partition] += 1
    with pytest.raises(TransientFailure, match="has facts up to 6 of 7"):
        await world.check.check()


async def test_while_it_recovers_nobody_is_a_stranger_and_nothing_is_checked() -> None:
    world = await crowded()
    partition, pair = partition_of(ROOMS[0], PARTITIONS), (ROOMS[0], str(UUID(int=999)))
    assert world.members.strangers(partition, [pair]) == {pair}
    world.members._app.serving = False  # type: ignore[misc]  # the fake's is an attribute
    assert world.members.strangers(partition, [pair]) == set()
    assert await world.differing() == 0
    assert not world.members.readable()
