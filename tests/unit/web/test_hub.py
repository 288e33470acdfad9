"""The hub: order, gaps, recovery, removal and isolation, over a fake store."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.errors import ErrorCode, UserError
from schemas.records import MessageStored
from tests.fakes.rooms import FakeRooms
from tests.fakes.stomp import until
from web import hub as hub_module
from web.audience import Room, RoomSubscription, UserSubscription
from web.hub import Hub
from web.stomp.frames import Frame, subscription_header

ROOM = "0190a0f0-0000-7000-8000-000000000001"
OTHER = "0190a0f0-0000-7000-8000-000000000002"


@dataclass
class FakeSocket:
    """Keeps the bodies it is sent."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    forgotten: list[str] = field(default_factory=list)

    def send(self, frame: Frame) -> None:
        self.bodies.append(json.loads(frame.stomp.partition(b"\n\n")[2][:-1]))

    def close(self, code: int, reason: str) -> None:
        self.code = code

    async def drained(self) -> None:
        await asyncio.sleep(0)

    def forget(self, subscription_id: str) -> None:
        self.forgotten.append(subscription_id)

    @property
    def seqs(self) -> list[int]:
        return [body["seq"] for body in self.bodies if body["type"] == "message"]

    @property
    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies]


@dataclass
class World:
    """A hub over a fake store."""

    rooms: FakeRooms
    hub: Hub
    lag: list[float]

    def subscription(self, account: str) -> tuple[FakeSocket, RoomSubscription]:
        socket = FakeSocket()
        header = subscription_header("s")
        return socket, RoomSubscription(socket, (account, account), "s", header)

    async def listen(
        self, account: str, after: int | None = None, room_id: str = ROOM
    ) -> tuple[FakeSocket, Room, RoomSubscription]:
        socket, subscription = self.subscription(account)
        return socket, await self.hub.subscribe(room_id, subscription, after), subscription

    async def watch(self, account: str) -> tuple[FakeSocket, UserSubscription]:
        socket = FakeSocket()
        subscription = UserSubscription(socket, (account, account), subscription_header("u"))
        await self.hub.accounts.subscribe(subscription)
        return socket, subscription

    def say(self, account: str = "min", room_id: str = ROOM) -> MessageStored:
        return self.rooms.say(room_id, account)

    def tell(self, *records: object) -> None:
        for record in records:
            if isinstance(record, MessageStored):
                self.hub.on_message(0, record)
            else:
                self.hub.on_room(0, record)


def new_world() -> World:
    rooms, lag = FakeRooms(), [0.0]
    rooms.create(ROOM, "min", "jun", "eve")
    return World(rooms, Hub(rooms, lambda: lag[0], patience=0.5), lag)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = new_world()
    yield made
    await made.hub.stop()


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
    await until(lambda: world.rooms.waiting == 1)
    assert first.seqs == []
    world.rooms.gate.set()
    await until(lambda: len(first.seqs) == 5)
    assert first.seqs == [1, 2, 3, 4, 5]
    assert world.rooms.calls.count("gap") == 1


async def test_a_room_that_waits_delays_no_other(world: World) -> None:
    world.rooms.create(OTHER, "min")
    _ = await world.listen("min")
    there, _, _ = await world.listen("min", room_id=OTHER)
    world.say()
    world.rooms.gate.clear()
    world.tell(world.say())
    await until(lambda: world.rooms.waiting == 1)
    world.tell(world.say(room_id=OTHER))
    assert there.seqs == [1]
    world.rooms.gate.set()


async def test_a_store_that_is_away_delays_the_gap_and_loses_nothing(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.say()
    world.rooms.away = True
    world.tell(world.say(), world.say())
    await until(lambda: "gap" in world.rooms.calls)
    world.rooms.away = False
    await until(lambda: len(socket.seqs) == 3)
    assert socket.seqs == [1, 2, 3]


async def test_a_long_gap_is_read_in_pages(world: World) -> None:
    socket, _, _ = await world.listen("min")
    for _ in range(450):
        world.say()
    world.tell(world.say())
    await until(lambda: len(socket.seqs) == 451)
    assert socket.seqs == list(range(1, 452))
    assert world.rooms.calls.count("gap") == 3


async def test_a_large_room_is_served_over_several_turns_and_in_order(world: World) -> None:
    sockets = [(await world.listen("min"))[0] for _ in range(2 * hub_module.SPREAD + 1)]
    world.tell(*[world.say() for _ in range(3)])
    assert sockets[-1].seqs == []
    await until(lambda: all(len(socket.seqs) == 3 for socket in sockets))
    assert all(socket.seqs == [1, 2, 3] for socket in sockets)


async def test_a_room_that_cannot_be_served_closes_its_sockets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, _, _ = await world.listen("min")
    world.say()
    monkeypatch.setattr(hub_module, "QUEUE", 10)
    world.rooms.gate.clear()
    world.tell(*[world.say() for _ in range(13)])
    assert socket.code == 1013
    world.rooms.gate.set()
    await until(lambda: not world.hub.wants(ROOM.encode()))


# -- recovery --------------------------------------------------------------------------------


async def test_what_comes_during_the_recovery_follows_it(world: World) -> None:
    for _ in range(3):
        world.say()
    world.rooms.gate.clear()
    socket, subscription = world.subscription("jun")
    work = asyncio.create_task(world.hub.subscribe(ROOM, subscription, 1))
    await until(lambda: world.rooms.waiting == 1)
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


@settings(max_examples=60, deadline=None)
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
        await asyncio.sleep(0)
    world.rooms.gate.set()
    await asyncio.gather(*[work for _, _, work in listening])
    stored.append(world.say())
    world.tell(stored[-1])
    head = len(stored)
    await until(lambda: all(socket.seqs[-1:] == [head] for _, socket, _ in listening))
    for after, socket, _ in listening:
        begin = socket.seqs[0] if after is None else after + 1
        assert socket.seqs == list(range(begin, head + 1))
    await world.hub.stop()


# -- who may still listen --------------------------------------------------------------------


async def test_joins_and_leaves_are_told_once_each(world: World) -> None:
    socket, _, _ = await world.listen("min")
    joined = world.rooms.join(ROOM, "new")
    left = world.rooms.leave(ROOM, "new")
    world.tell(joined, joined, left, joined, left)
    await until(lambda: len(socket.bodies) == 2)
    assert socket.types == ["joined", "left"]
    assert socket.bodies[0]["memberCount"] == 4
    assert "accountId" not in socket.bodies[0]


async def test_who_left_sees_nothing_of_what_follows(world: World) -> None:
    gone, _, subscription = await world.listen("jun")
    stays, _, _ = await world.listen("min")
    left = world.rooms.leave(ROOM, "jun")
    world.tell(left, world.say())
    await until(lambda: stays.seqs == [1])
    assert gone.types == ["left"]
    assert gone.forgotten == ["s"]
    assert subscription.closed


async def test_a_message_that_overtakes_the_leave_is_held_until_membership_is_read(
    world: World,
) -> None:
    gone, _, _ = await world.listen("jun")
    stays, _, _ = await world.listen("min")
    world.tell(world.say())
    await until(lambda: gone.seqs == [1])
    left = world.rooms.leave(ROOM, "jun")
    world.rooms.gate.clear()
    world.tell(world.say())
    await until(lambda: world.rooms.waiting == 1)
    assert stays.seqs == [1]
    world.rooms.gate.set()
    await until(lambda: stays.seqs == [1, 2])
    assert gone.seqs == [1]
    assert gone.types[-1] == "left"
    world.tell(left)
    assert stays.types[-1] == "left"


async def test_who_came_while_membership_was_read_is_not_taken_as_checked(world: World) -> None:
    stays, _, _ = await world.listen("min")
    world.rooms.leave(ROOM, "eve")
    world.rooms.gate.clear()
    world.rooms.gated = {"members_of"}
    world.tell(world.say())
    await until(lambda: world.rooms.waiting == 1)
    gone, _, _ = await world.listen("jun")
    world.rooms.leave(ROOM, "jun")
    world.rooms.gate.set()
    await until(lambda: stays.seqs == [1])
    world.tell(world.say())
    await until(lambda: stays.seqs == [1, 2])
    assert gone.seqs == []
    assert gone.forgotten == ["s"]


async def test_a_membership_that_cannot_be_read_holds_the_room(world: World) -> None:
    gone, _, _ = await world.listen("jun")
    world.rooms.leave(ROOM, "jun")
    world.rooms.away = True
    world.tell(world.say())
    await until(lambda: world.rooms.calls.count("members_of") == 2)
    assert gone.seqs == []
    world.rooms.away = False
    await until(lambda: gone.forgotten == ["s"])
    assert gone.seqs == []


async def test_a_leave_during_the_subscribe_ends_it(world: World) -> None:
    world.say()
    world.rooms.gate.clear()
    socket, subscription = world.subscription("jun")
    work = asyncio.create_task(world.hub.subscribe(ROOM, subscription, 1))
    await until(lambda: world.rooms.waiting == 1)
    world.tell(world.rooms.leave(ROOM, "jun"), world.say())
    await until(lambda: subscription.closed or world.rooms.waiting == 2)
    world.rooms.gate.set()
    with pytest.raises(UserError) as refusal:
        await work
    assert refusal.value.code is ErrorCode.NOT_A_MEMBER
    assert socket.seqs == []


async def test_nothing_is_delivered_while_the_tail_has_not_proven_progress(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.lag[0] = 1.5
    world.tell(world.say(), world.say())
    for _ in range(20):
        await asyncio.sleep(0)
    assert socket.bodies == []
    world.lag[0] = 0.2
    await until(lambda: socket.seqs == [1, 2])


# -- accounts --------------------------------------------------------------------------------


async def test_the_room_list_hears_of_the_newest_message_of_its_rooms(world: World) -> None:
    mine, _ = await world.watch("min")
    stranger, _ = await world.watch("stranger")
    world.tell(world.say(), world.say())
    await until(lambda: bool(mine.bodies))
    assert mine.types == ["roomChanged"]
    assert mine.bodies[0]["lastSeq"] == 2
    assert mine.bodies[0]["lastMessage"]["userId"] == "min"
    assert stranger.bodies == []


async def test_an_invitation_and_a_new_room_are_told_and_followed(world: World) -> None:
    socket, subscription = await world.watch("new")
    world.tell(world.rooms.join(ROOM, "new", by="min"))
    assert socket.types == ["invited"]
    world.tell(world.rooms.create(OTHER, "new", "min"))
    assert socket.types == ["invited", "roomChanged"]
    assert subscription.rooms == {ROOM, OTHER}
    world.tell(world.say())
    await until(lambda: len(socket.bodies) == 3)
    assert socket.bodies[2]["roomId"] == ROOM


async def test_who_left_hears_no_more_of_the_room(world: World) -> None:
    gone, subscription = await world.watch("jun")
    stays, _ = await world.watch("min")
    world.tell(world.rooms.leave(ROOM, "jun"), world.say())
    await until(lambda: bool(stays.bodies))
    assert gone.types == ["removed"]
    assert subscription.rooms == set()


async def test_the_room_list_of_who_left_is_silent_also_when_the_leave_comes_late(
    world: World,
) -> None:
    gone, _ = await world.watch("jun")
    stays, _ = await world.watch("min")
    left = world.rooms.leave(ROOM, "jun")
    world.tell(world.say())
    await until(lambda: bool(stays.bodies))
    assert gone.types == ["removed"]
    world.tell(left)
    assert gone.types == ["removed"]


async def test_what_changes_while_the_rooms_are_read_is_not_lost(world: World) -> None:
    world.rooms.gate.clear()
    socket = FakeSocket()
    subscription = UserSubscription(socket, ("jun", "jun"), subscription_header("u"))
    work = asyncio.create_task(world.hub.accounts.subscribe(subscription))
    await until(lambda: world.rooms.waiting == 1)
    world.tell(world.rooms.leave(ROOM, "jun"), world.rooms.create(OTHER, "min", "jun"))
    world.rooms.gate.set()
    await work
    assert subscription.rooms == {OTHER}
    assert socket.types == ["removed", "invited"]


async def test_rooms_read_before_a_known_removal_are_checked_again(world: World) -> None:
    listener, _, _ = await world.listen("min")
    world.rooms.gate.clear()
    socket = FakeSocket()
    subscription = UserSubscription(socket, ("jun", "jun"), subscription_header("u"))
    work = asyncio.create_task(world.hub.accounts.subscribe(subscription))
    await until(lambda: world.rooms.waiting == 1)
    world.rooms.leave(ROOM, "jun")
    world.tell(world.say())
    world.rooms.gate.set()
    await work
    world.tell(world.say())
    await until(lambda: listener.seqs == [1, 2])
    await until(lambda: socket.types == ["removed"])
    assert subscription.rooms == set()


async def test_unsubscribing_leaves_no_trace(world: World) -> None:
    _, subscription = await world.watch("min")
    assert world.hub.wants(ROOM.encode())
    world.hub.accounts.unsubscribe(subscription)
    world.hub.accounts.unsubscribe(subscription)
    assert not world.hub.wants(ROOM.encode())
