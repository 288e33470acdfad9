"""The hub tells a room only to whom is a member at that moment."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from chatstream.errors import ErrorCode, UserError
from tests.fakes.hub import World
from tests.fakes.rooms import ROOM


async def test_joins_and_leaves_are_told_once_each(world: World) -> None:
    socket, _, _ = await world.listen("min")
    joined = world.rooms.join(ROOM, "new")
    left = world.rooms.leave(ROOM, "new")
    world.tell(joined, joined, left, joined, left)
    await world.until(lambda: len(socket.bodies) == 2)
    assert socket.types == ["joined", "left"]
    assert socket.bodies[0]["memberCount"] == 4
    assert "accountId" not in socket.bodies[0]


async def test_who_joins_has_read_what_was_said_before(world: World) -> None:
    world.say()
    socket, _, _ = await world.listen("min")
    world.tell(world.rooms.join(ROOM, "newcomer"))
    assert socket.bodies[-1]["after"] == 1


async def test_who_was_erased_leaves_without_a_name(world: World) -> None:
    socket, _, _ = await world.listen("min")
    left = world.rooms.leave(ROOM, "jun")
    nobody = msgspec.structs.replace(left.member, user_id="", name="")
    world.tell(msgspec.structs.replace(left, member=nobody))
    await world.until(lambda: socket.types == ["left"])
    assert (socket.bodies[0]["userId"], socket.bodies[0]["userName"]) == (None, None)


async def test_who_left_sees_nothing_of_what_follows(world: World) -> None:
    gone, _, subscription = await world.listen("jun")
    stays, _, _ = await world.listen("min")
    left = world.rooms.leave(ROOM, "jun")
    world.tell(left, world.say())
    await world.until(lambda: stays.seqs == [1])
    assert gone.types == ["left"]
    assert gone.forgotten == ["s"]
    assert subscription.closed


async def test_a_message_that_overtakes_the_leave_is_held_until_membership_is_read(
    world: World,
) -> None:
    gone, _, _ = await world.listen("jun")
    stays, _, _ = await world.listen("min")
    world.tell(world.say())
    await world.until(lambda: gone.seqs == [1])
    left = world.rooms.leave(ROOM, "jun")
    world.rooms.gate.clear()
    world.tell(world.say())
    await world.until(lambda: world.rooms.waiting == 1)
    assert stays.seqs == [1]
    world.rooms.gate.set()
    await world.until(lambda: stays.seqs == [1, 2])
    assert gone.seqs == [1]
    assert gone.types[-1] == "left"
    world.tell(left)
    assert stays.types == ["message", "left", "message"]


async def test_who_came_while_membership_was_read_is_not_taken_as_checked(world: World) -> None:
    stays, _, _ = await world.listen("min")
    world.rooms.leave(ROOM, "eve")
    world.rooms.gate.clear()
    world.rooms.gated = {"members_of"}
    world.tell(world.say())
    await world.until(lambda: world.rooms.waiting == 1)
    gone, _, _ = await world.listen("jun")
    world.rooms.leave(ROOM, "jun")
    world.rooms.gate.set()
    await world.until(lambda: stays.seqs == [1])
    world.tell(world.say())
    await world.until(lambda: stays.seqs == [1, 2])
    assert gone.seqs == []
    assert gone.forgotten == ["s"]


async def test_a_membership_that_cannot_be_read_holds_the_room(world: World) -> None:
    gone, _, _ = await world.listen("jun")
    world.rooms.leave(ROOM, "jun")
    world.rooms.away = True
    world.tell(world.say())
    await world.until(lambda: world.rooms.calls.count("members_of") == 2)
    assert gone.seqs == []
    world.rooms.away = False
    await world.until(lambda: gone.forgotten == ["s"])
    assert gone.seqs == []


async def test_a_leave_during_the_subscribe_ends_it(world: World) -> None:
    world.say()
    world.rooms.gate.clear()
    socket, subscription = world.subscription("jun")
    work = asyncio.create_task(world.hub.subscribe(ROOM, subscription, 1))
    await world.until(lambda: world.rooms.waiting == 1)
    world.tell(world.rooms.leave(ROOM, "jun"), world.say())
    socket.drains.clear()
    world.rooms.gate.set()
    await world.until(lambda: socket.forgotten == ["s"])
    socket.drains.set()
    with pytest.raises(UserError) as refusal:
        await work
    assert refusal.value.code is ErrorCode.NOT_A_MEMBER
    assert socket.seqs == []


async def test_nothing_is_delivered_while_the_tail_has_not_proven_progress(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.lag.seconds = 1.5
    world.tell(world.say(), world.say())
    looks = world.lag.asked
    await world.until(lambda: world.lag.asked >= looks + 3)
    assert socket.bodies == []
    world.lag.seconds = 0.2
    await world.until(lambda: socket.seqs == [1, 2])
