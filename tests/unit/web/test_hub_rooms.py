"""The hub tells of the room itself: its name, its owner, its end; also when the room topic lags."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.changes import step
from tests.fakes.hub import FakeSocket, World, new_world
from tests.fakes.rooms import ROOM
from tests.samples import Since


async def test_a_new_name_and_a_new_owner_are_told_to_the_open_room(world: World) -> None:
    socket, _, _ = await world.listen("min")
    renamed = world.rooms.rename(ROOM, "새 이름")
    world.tell(renamed, renamed, world.rooms.hand_over(ROOM, "jun"))
    assert socket.types == ["renamed", "ownerChanged"]
    assert socket.bodies[0]["name"] == "새 이름"
    assert (socket.bodies[1]["userId"], socket.bodies[1]["userName"]) == ("jun", "jun")
    assert all("accountId" not in body for body in socket.bodies)


async def test_the_room_list_hears_of_name_members_and_message_in_one_event(world: World) -> None:
    mine, _ = await world.watch("min")
    moved = Since()
    world.tell(
        world.rooms.rename(ROOM, "first"),
        world.say(),
        world.rooms.rename(ROOM, "second"),
        world.rooms.join(ROOM, "new"),
    )
    await world.until(lambda: bool(mine.bodies))
    (changed,) = mine.bodies
    assert changed["type"] == "roomChanged"
    assert (changed["name"], changed["memberCount"], changed["lastSeq"]) == ("second", 4, 1)
    assert moved("hub_deliveries_total", to="account") == 1


async def test_a_deleted_room_ends_every_subscription_with_one_last_frame(world: World) -> None:
    sockets = [(await world.listen(who))[0] for who in ("min", "jun")]
    watcher, subscription = await world.watch("eve")
    world.tell(world.rooms.delete(ROOM))
    await world.until(lambda: all(socket.forgotten for socket in sockets))
    assert [socket.types for socket in sockets] == [["roomDeleted"], ["roomDeleted"]]
    await world.until(lambda: watcher.types == ["removed"])
    assert subscription.rooms == set()
    assert not world.hub.wants(ROOM.encode())


async def test_a_deletion_that_comes_late_has_been_told_by_what_came_before_it(
    world: World,
) -> None:
    socket, _, _ = await world.listen("min")
    watcher, _ = await world.watch("eve")
    left = world.rooms.leave(ROOM, "jun")
    message = world.say()
    deleted = world.rooms.delete(ROOM)
    world.tell(message)
    await world.until(lambda: socket.forgotten == ["s"] and bool(watcher.bodies))
    world.tell(left, deleted)
    assert socket.types == ["roomDeleted"]
    assert watcher.types == ["removed"]


async def test_a_lost_leave_is_read_back_when_a_later_fact_shows_the_gap(world: World) -> None:
    gone, _, _ = await world.listen("jun")
    stays, _, _ = await world.listen("min")
    world.tell(world.rooms.rename(ROOM, "before"))
    world.rooms.leave(ROOM, "jun")
    world.tell(world.rooms.rename(ROOM, "after"))
    await world.until(lambda: stays.types == ["renamed", "left", "renamed"])
    assert gone.types == ["renamed", "left"]
    assert gone.forgotten == ["s"]


async def test_who_was_removed_gets_nothing_stored_later_while_the_room_topic_is_held_back(
    world: World,
) -> None:
    gone, _, _ = await world.listen("jun")
    stays, _, _ = await world.listen("min")
    world.tell(world.say())
    held: list[object] = [world.rooms.leave(ROOM, "jun", by="min")]
    world.tell(world.say(), world.say())
    held += [world.rooms.join(ROOM, "new", by="min"), world.rooms.leave(ROOM, "eve")]
    world.tell(world.say())
    await world.until(lambda: stays.seqs == [1, 2, 3, 4])
    assert gone.seqs == [1]
    assert gone.types == ["message", "left"]
    world.tell(*held)
    await world.until(lambda: stays.types.count("left") == 2)
    assert gone.types == ["message", "left"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_nothing_stored_after_a_removal_reaches_who_was_removed(seed: int) -> None:
    asyncio.run(_remove_and_talk(random.Random(seed)))


async def _remove_and_talk(chance: random.Random) -> None:
    """Messages in order, and room facts in order, but the one topic anywhere behind the other."""
    world = new_world()
    sockets: dict[str, FakeSocket] = {who: (await world.listen(who))[0] for who in ("jun", "eve")}
    stays, _, _ = await world.listen("min")
    may_see: dict[str, int] = {}
    messages: list[object] = []
    facts: list[object] = []
    for _ in range(chance.randint(1, 12)):
        members = [who for who in sockets if who in world.rooms.rooms[ROOM].members]
        if members and chance.random() < 0.3:
            who = chance.choice(members)
            may_see[who] = len(messages)
            facts.append(world.rooms.leave(ROOM, who))
        elif chance.random() < 0.3:
            facts.append(world.rooms.rename(ROOM, "other"))
        else:
            messages.append(world.say())
    messages.append(world.say())
    waiting = [messages[::-1], facts[::-1]]
    while waiting := [each for each in waiting if each]:
        world.tell(chance.choice(waiting).pop())
        (world.rooms.gate.set if chance.random() < 0.6 else world.rooms.gate.clear)()
        await step()
    world.rooms.gate.set()
    told = [stays, *(sockets[who] for who in sockets if who not in may_see)]
    await world.until(lambda: all(len(socket.seqs) == len(messages) for socket in told))
    await world.until(lambda: all(sockets[who].forgotten for who in may_see))
    for who, socket in sockets.items():
        most = may_see.get(who, len(messages))
        assert socket.seqs == list(range(1, len(socket.seqs) + 1))
        assert len(socket.seqs) <= most
    await world.hub.stop()
