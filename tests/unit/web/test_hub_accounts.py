"""The hub tells accounts of their rooms: news, invitations, removals."""

from __future__ import annotations

import asyncio

from tests.fakes.hub import FakeSocket, World
from tests.fakes.rooms import OTHER, ROOM
from web.live.audience import UserSubscription
from web.live.frames import subscription_header


async def test_the_room_list_hears_of_the_newest_message_of_its_rooms(world: World) -> None:
    mine, _ = await world.watch("min")
    stranger, _ = await world.watch("stranger")
    world.tell(world.say(), world.say())
    await world.until(lambda: bool(mine.bodies))
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
    await world.until(lambda: len(socket.bodies) == 3)
    assert socket.bodies[2]["roomId"] == ROOM


async def test_who_left_hears_no_more_of_the_room(world: World) -> None:
    gone, subscription = await world.watch("jun")
    stays, _ = await world.watch("min")
    world.tell(world.rooms.leave(ROOM, "jun"), world.say())
    await world.until(lambda: bool(stays.bodies))
    assert gone.types == ["removed"]
    assert subscription.rooms == set()


async def test_the_room_list_of_who_left_is_silent_also_when_the_leave_comes_late(
    world: World,
) -> None:
    gone, _ = await world.watch("jun")
    stays, _ = await world.watch("min")
    left = world.rooms.leave(ROOM, "jun")
    world.tell(world.say())
    await world.until(lambda: bool(stays.bodies))
    assert gone.types == ["removed"]
    world.tell(left)
    assert gone.types == ["removed"]


async def test_what_changes_while_the_rooms_are_read_is_not_lost(world: World) -> None:
    world.rooms.gate.clear()
    socket = FakeSocket(world.changes)
    subscription = UserSubscription(socket, ("jun", "jun"), subscription_header("u"))
    work = asyncio.create_task(world.hub.accounts.subscribe(subscription))
    await world.until(lambda: world.rooms.waiting == 1)
    world.tell(world.rooms.leave(ROOM, "jun"), world.rooms.create(OTHER, "min", "jun"))
    world.rooms.gate.set()
    await work
    assert subscription.rooms == {OTHER}
    assert socket.types == ["removed", "invited"]


async def test_rooms_read_before_a_known_removal_are_checked_again(world: World) -> None:
    listener, _, _ = await world.listen("min")
    world.rooms.gate.clear()
    socket = FakeSocket(world.changes)
    subscription = UserSubscription(socket, ("jun", "jun"), subscription_header("u"))
    work = asyncio.create_task(world.hub.accounts.subscribe(subscription))
    await world.until(lambda: world.rooms.waiting == 1)
    world.rooms.leave(ROOM, "jun")
    world.tell(world.say())
    world.rooms.gate.set()
    await work
    world.tell(world.say())
    await world.until(lambda: listener.seqs == [1, 2])
    await world.until(lambda: socket.types == ["removed"])
    assert subscription.rooms == set()


async def test_unsubscribing_leaves_no_trace(world: World) -> None:
    _, subscription = await world.watch("min")
    assert world.hub.wants(ROOM.encode())
    world.hub.accounts.unsubscribe(subscription)
    world.hub.accounts.unsubscribe(subscription)
    assert not world.hub.wants(ROOM.encode())
