"""What the hub measures: deliveries, listeners, gaps, records that had to wait, rooms given up."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.changes import DEADLINE
from tests.fakes.hub import World
from tests.fakes.rooms import OTHER, ROOM
from tests.samples import Since
from web.live import room_work
from web.live.rooms import Removed


async def test_each_frame_of_a_room_or_an_account_is_counted(world: World) -> None:
    for who in ("min", "jun"):
        await world.listen(who)
    for _ in range(3):
        await world.watch("min")
    moved = Since()
    world.tell(world.say(), world.say())
    assert moved("hub_deliveries_total", to="room") == 4
    world.tell(world.rooms.rename(ROOM, "new"))
    assert moved("hub_deliveries_total", to="room") == 6
    world.hub.accounts.tell("min", Removed(room_id=OTHER))
    assert moved("hub_deliveries_total", to="account") == 3


async def test_who_listens_is_told_while_it_does(world: World) -> None:
    moved = Since()
    _, room, subscription = await world.listen("min")
    await world.listen("jun")
    _, watcher = await world.watch("min")
    assert moved("hub_subscriptions", to="room") == 2
    assert moved("hub_subscriptions", to="account") == 1
    world.hub.unsubscribe(room, subscription)
    world.hub.drop(watcher)
    assert moved("hub_subscriptions", to="room") == 1
    assert moved("hub_subscriptions", to="account") == 0


async def test_a_gap_and_what_waits_for_it_are_counted(world: World) -> None:
    socket, _, _ = await world.listen("min")
    records = [world.say() for _ in range(5)]
    world.rooms.gate.clear()
    moved = Since()
    world.tell(records[2], records[3], records[4])
    await world.until(lambda: world.rooms.waiting == 1)
    assert moved("hub_records_held_total", why="gap") == 1
    assert moved("hub_records_held_total", why="others_before") == 2
    assert moved("hub_waiting_records") == 2
    world.rooms.gate.set()
    await world.until(lambda: len(socket.seqs) == 5)
    assert moved("hub_waiting_records") == 0
    assert moved("hub_gaps_total", of="messages") == 1
    assert moved("hub_gap_records_total", of="messages") == 5
    assert moved("hub_deliveries_total", to="room") == 5


async def test_changes_that_the_tail_never_saw_are_counted(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.tell(world.say())
    world.rooms.edit(ROOM, 1, "unseen")
    moved = Since()
    world.tell(world.say())
    await world.until(lambda: socket.seqs == [1, 2])
    assert moved("hub_gaps_total", of="changes") == 1
    assert moved("hub_gap_records_total", of="changes") == 1


async def test_what_a_subscription_brings_from_the_store_is_counted(world: World) -> None:
    for _ in range(3):
        world.say()
    moved = Since()
    await world.listen("min", after=1)
    assert moved("hub_recovered_records_total") == 2


async def test_a_record_of_a_raised_access_version_is_held(world: World) -> None:
    stays, _, _ = await world.listen("min")
    world.tell(world.say())
    world.rooms.leave(ROOM, "jun")
    moved = Since()
    world.tell(world.say())
    await world.until(lambda: stays.seqs == [1, 2])
    assert moved("hub_records_held_total", why="access_version") == 1


async def test_a_record_is_held_while_the_tail_is_behind(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.lag.seconds = 1.5
    moved = Since()
    world.tell(world.say())
    assert moved("hub_records_held_total", why="tail_behind") == 1
    world.lag.seconds = 0.2
    await world.until(lambda: socket.seqs == [1])


async def test_a_large_room_is_held_and_each_of_its_frames_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_work, "SPREAD", 2)
    sockets = [(await world.listen("min"))[0] for _ in range(5)]
    moved = Since()
    world.tell(world.say())
    await world.until(lambda: all(socket.seqs == [1] for socket in sockets))
    assert moved("hub_records_held_total", why="large_room") == 1
    assert moved("hub_deliveries_total", to="room") == 5


async def test_rooms_that_are_given_up_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_work, "QUEUE", 10)
    _, room, _ = await world.listen("min")
    world.say()
    world.rooms.gate.clear()
    moved = Since()
    world.tell(*[world.say() for _ in range(13)])
    assert moved("hub_rooms_given_up_total", why="too_far_behind") == 1
    assert room.task is not None
    world.rooms.gate.set()
    await asyncio.wait_for(room.task, DEADLINE)


async def test_a_room_whose_work_fails_is_counted(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.say()
    record = world.say()

    async def broken(*_: object) -> None:
        raise RuntimeError("a fault of the program")

    world.rooms.changed = broken  # type: ignore[assignment,method-assign]
    moved = Since()
    world.tell(record)
    await world.until(lambda: socket.code == 1011)
    assert moved("hub_rooms_given_up_total", why="fault") == 1
