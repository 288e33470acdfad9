"""The hub tells every subscriber each message once and in order: gaps, recovery, isolation."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.errors import ErrorCode, UserError
from tests.fakes.changes import DEADLINE, step
from tests.fakes.hub import FakeSocket, World, new_world
from tests.fakes.rooms import OTHER, ROOM
from web.live import room_work
from web.live.audience import Room

# -- order and gaps --------------------------------------------------------------------------


async def test_a_message_goes_to_the_room_and_to_no_other(world: World) -> None:
    world.rooms.create(OTHER, "min")
    here, _, _ = await world.listen("min")
    there, _, _ = await world.listen("min", room_id=OTHER)
    world.tell(world.say())
    assert here.seqs == [1]
    assert there.bodies == []


async def test_a_room_nobody_listens_to_is_not_wanted(world: World) -> None:
    assert not world.hub.wants(ROOM.encode())
    _, room, subscription = await world.listen("min")
    assert world.hub.wants(ROOM.encode())
    world.hub.unsubscribe(room, subscription)
    assert not world.hub.wants(ROOM.encode())


async def test_a_gap_is_read_from_the_store_and_later_records_wait_for_it(world: World) -> None:
    first, _, _ = await world.listen("min")
    records = [world.say() for _ in range(5)]
    world.rooms.gate.clear()
    world.tell(records[2], records[3], records[2], records[4])
    await world.until(lambda: world.rooms.waiting == 1)
    assert first.seqs == []
    world.rooms.gate.set()
    await world.until(lambda: len(first.seqs) == 5)
    assert first.seqs == [1, 2, 3, 4, 5]
    assert world.rooms.calls.count("gap") == 1


async def test_a_room_that_waits_delays_no_other(world: World) -> None:
    world.rooms.create(OTHER, "min")
    _ = await world.listen("min")
    there, _, _ = await world.listen("min", room_id=OTHER)
    world.say()
    world.rooms.gate.clear()
    world.tell(world.say())
    await world.until(lambda: world.rooms.waiting == 1)
    world.tell(world.say(room_id=OTHER))
    assert there.seqs == [1]
    world.rooms.gate.set()


async def test_a_store_that_is_away_delays_the_gap_and_loses_nothing(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.say()
    world.rooms.away = True
    world.tell(world.say(), world.say())
    await world.until(lambda: "changed" in world.rooms.calls)
    world.rooms.away = False
    await world.until(lambda: len(socket.seqs) == 3)
    assert socket.seqs == [1, 2, 3]


async def test_a_long_gap_is_read_in_pages(world: World) -> None:
    socket, _, _ = await world.listen("min")
    for _ in range(450):
        world.say()
    world.tell(world.say())
    await world.until(lambda: len(socket.seqs) == 451)
    assert socket.seqs == list(range(1, 452))
    assert world.rooms.calls.count("gap") == 3


async def test_a_large_room_is_served_over_several_turns_and_in_order(world: World) -> None:
    sockets = [(await world.listen("min"))[0] for _ in range(2 * room_work.SPREAD + 1)]
    world.tell(*[world.say() for _ in range(3)])
    assert sockets[-1].seqs == []
    await world.until(lambda: all(len(socket.seqs) == 3 for socket in sockets))
    assert all(socket.seqs == [1, 2, 3] for socket in sockets)


async def test_a_room_that_cannot_be_served_closes_its_sockets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, room, _ = await world.listen("min")
    world.say()
    monkeypatch.setattr(room_work, "QUEUE", 10)
    world.rooms.gate.clear()
    world.tell(*[world.say() for _ in range(13)])
    assert socket.code == 1013
    assert room.task is not None
    world.rooms.gate.set()
    await asyncio.wait_for(room.task, DEADLINE)
    assert not world.hub.wants(ROOM.encode())


# -- recovery --------------------------------------------------------------------------------


async def test_what_comes_during_the_recovery_follows_it(world: World) -> None:
    for _ in range(3):
        world.say()
    world.rooms.gate.clear()
    socket, subscription = world.subscription("jun")
    work = asyncio.create_task(world.hub.subscribe(ROOM, subscription, 1))
    await world.until(lambda: world.rooms.waiting == 1)
    world.tell(world.rooms.record(ROOM, 3), world.say(), world.say())
    assert socket.seqs == []
    world.rooms.gate.set()
    await work
    assert socket.seqs == [2, 3, 4, 5]


async def test_after_beyond_the_head_begins_at_the_head(world: World) -> None:
    world.say()
    socket, _, _ = await world.listen("jun", after=1000)
    world.tell(world.say())
    assert socket.seqs == [2]


async def test_a_stranger_gets_nothing_and_leaves_no_trace(world: World) -> None:
    with pytest.raises(UserError) as refusal:
        await world.listen("stranger", after=0)
    assert refusal.value.code is ErrorCode.NOT_A_MEMBER
    assert not world.hub.wants(ROOM.encode())


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_any_interleaving_reaches_every_subscriber_once_and_in_order(seed: int) -> None:
    asyncio.run(_interleave(random.Random(seed)))


async def _interleave(chance: random.Random) -> None:
    world = new_world()
    world.rooms.page = 3
    stored = [world.say() for _ in range(chance.randint(0, 5))]
    told = len(stored)
    listening: list[tuple[int | None, FakeSocket, asyncio.Task[Room]]] = []
    for _ in range(60):
        action = chance.randrange(7)
        if action == 0:
            stored.append(world.say())
        elif action == 1 and told < len(stored):
            told = chance.randint(told + 1, len(stored))
            world.tell(stored[told - 1])
        elif action == 2 and told:
            world.tell(stored[chance.randrange(told)])
        elif action == 3 and len(listening) < 4:
            after = chance.choice([None, chance.randint(0, len(stored))])
            socket, subscription = world.subscription("jun")
            work = asyncio.create_task(world.hub.subscribe(ROOM, subscription, after))
            listening.append((after, socket, work))
        elif action == 4:
            world.rooms.gate.clear()
        elif action == 5:
            world.rooms.gate.set()
        elif action == 6 and listening:
            drains = chance.choice(listening)[1].drains
            (drains.clear if drains.is_set() else drains.set)()
        await step()
    world.rooms.gate.set()
    for _, socket, _ in listening:
        socket.drains.set()
    await asyncio.gather(*[work for _, _, work in listening])
    stored.append(world.say())
    world.tell(stored[-1])
    head = len(stored)
    await world.until(lambda: all(socket.seqs[-1:] == [head] for _, socket, _ in listening))
    for after, socket, _ in listening:
        begin = socket.seqs[0] if after is None else after + 1
        assert socket.seqs == list(range(begin, head + 1))
    await world.hub.stop()
