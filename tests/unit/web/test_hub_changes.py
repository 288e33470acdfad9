"""The hub tells each edit, delete and line of a room once: live, after a sleep, and over gaps."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import MessageStored
from tests.fakes.changes import step
from tests.fakes.hub import FakeSocket, World, new_world
from tests.fakes.rooms import ROOM
from web.live.audience import Room
from web.live.messages import OfMessages
from web.live.rooms import Happened
from web.shapes import message_view


async def test_edits_and_deletes_are_told_live_as_the_message_is_then(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.tell(world.say(), world.say())
    world.tell(world.rooms.edit(ROOM, 1, "better"), world.rooms.unsay(ROOM, 2))
    edited, deleted = socket.bodies[2:]
    assert (edited["type"], edited["seq"], edited["rev"], edited["message"]) == (
        "edited", 1, 3, "better",
    )  # fmt: skip
    assert (deleted["type"], deleted["seq"], deleted["message"]) == ("deleted", 2, "")
    assert deleted["deletedAt"]


async def test_an_edit_tells_whom_it_mentions_then(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.tell(world.say())
    world.tell(world.rooms.edit(ROOM, 1, "안녕 @jun님"), world.rooms.edit(ROOM, 1, "안녕 jun@jun"))
    named, unnamed = socket.bodies[1:]
    assert [each["userId"] for each in named["mentions"]] == ["jun"]
    assert unnamed["mentions"] is None


async def test_a_repeated_change_is_told_once(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.tell(world.say())
    edit = world.rooms.edit(ROOM, 1, "x")
    world.tell(edit, edit)
    assert socket.types == ["message", "edited"]


async def test_who_slept_is_told_what_changed_of_what_it_has(world: World) -> None:
    for _ in range(4):
        world.say()
    world.rooms.edit(ROOM, 1, "early")
    world.rooms.edit(ROOM, 2, "later")
    world.rooms.edit(ROOM, 4, "unseen")
    world.rooms.unsay(ROOM, 2)
    socket, _, _ = await world.listen("jun", after=3, rev=5)
    assert [(body["type"], body["seq"]) for body in socket.bodies] == [
        ("deleted", 2),
        ("message", 4),
    ]
    assert socket.bodies[1]["message"] == "unseen"


async def test_many_changes_come_before_any_message_of_a_higher_rev(world: World) -> None:
    world.rooms.page = 2
    for _ in range(5):
        world.say()
    for seq in range(1, 6):
        world.rooms.edit(ROOM, seq, f"e{seq}")
    socket, _, _ = await world.listen("jun", after=4, rev=5)
    revs = [body["rev"] for body in socket.bodies]
    assert revs == sorted(revs)
    assert len(socket.bodies) == 5


async def test_a_lost_change_is_read_when_the_next_fact_comes(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.tell(world.say())
    world.rooms.edit(ROOM, 1, "nobody was told")
    world.tell(world.say())
    await world.until(lambda: len(socket.bodies) == 3)
    assert [(body["type"], body["seq"]) for body in socket.bodies] == [
        ("message", 1),
        ("edited", 1),
        ("message", 2),
    ]


async def test_a_change_of_a_message_that_was_lost_brings_the_message(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.say()
    world.tell(world.rooms.edit(ROOM, 1, "x"))
    await world.until(lambda: len(socket.bodies) == 1)
    assert (socket.types, socket.bodies[0]["message"]) == (["message"], "x")


async def test_a_message_told_after_its_edit_was_passed_over_comes_as_it_is_now(
    world: World,
) -> None:
    socket, _, _ = await world.listen("jun")
    first, late = world.say(), world.say()
    world.tell(first)
    world.rooms.edit(ROOM, 2, "better")  # nobody is told of the second message, nor of this
    world.tell(world.rooms.edit(ROOM, 1, "x"))
    await world.until(lambda: len(socket.bodies) == 2)
    world.tell(late)
    await world.until(lambda: len(socket.bodies) == 3)
    assert [(body["type"], body["seq"], body["message"]) for body in socket.bodies] == [
        ("message", 1, "hi"),
        ("edited", 1, "x"),
        ("message", 2, "better"),
    ]


async def test_a_repeated_answer_is_no_proof_that_all_before_it_was_told(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.tell(world.say(), world.say())
    world.rooms.edit(ROOM, 1, "nobody was told")
    edit = world.rooms.edit(ROOM, 2, "x")
    world.tell(msgspec.structs.replace(edit, former_rev=0))
    await world.until(lambda: len(socket.bodies) == 4)
    assert [body["seq"] for body in socket.bodies] == [1, 2, 1, 2]


async def test_who_listens_since_the_room_was_empty_is_not_passed_over(world: World) -> None:
    first, _, _ = await world.listen("jun")
    late = world.say()
    world.rooms.unsay(ROOM, 1)  # the tail sees neither
    await world.listen("min", after=0)
    world.tell(late, world.say())
    await world.until(lambda: len(first.bodies) == 3)
    assert first.types == ["message", "deleted", "message"]


async def test_lines_are_told_live_and_to_who_was_away_alike(world: World) -> None:
    away_since = world.rooms.rooms[ROOM].rev
    world.say()
    socket, _, _ = await world.listen("jun", after=1)
    rooms = world.rooms
    facts = [rooms.join(ROOM, "new"), rooms.rename(ROOM, "이름"), rooms.hand_over(ROOM, "new")]
    facts.append(rooms.leave(ROOM, "new"))
    world.tell(*facts, *facts)
    await world.until(lambda: len(socket.bodies) == 4)
    back, _, _ = await world.listen("min", after=1, rev=away_since)
    assert socket.types == ["joined", "renamed", "ownerChanged", "left"]
    assert socket.bodies == back.bodies
    assert [(body["after"], body["rev"]) for body in back.bodies] == [(1, n) for n in (2, 3, 4, 5)]
    assert [body.get("memberCount") for body in back.bodies] == [4, None, None, 3]


async def test_a_lost_line_is_read_when_the_next_message_comes(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    world.tell(world.say())
    late = world.rooms.join(ROOM, "new")
    world.tell(world.say())
    await world.until(lambda: len(socket.bodies) == 3)
    world.tell(late, world.rooms.rename(ROOM, "x"))
    assert socket.types == ["message", "joined", "message", "renamed"]


async def test_a_line_that_overtakes_a_message_is_told_and_the_message_after_it(
    world: World,
) -> None:
    socket, _, _ = await world.listen("jun")
    late = world.say()
    world.tell(world.rooms.rename(ROOM, "x"))
    await world.until(lambda: socket.types == ["renamed"])
    world.tell(late, late)
    await world.until(lambda: len(socket.bodies) == 2)
    world.tell(world.say())
    await world.until(lambda: len(socket.bodies) == 3)
    assert [(body["type"], body["rev"]) for body in socket.bodies] == [
        ("renamed", 2),
        ("message", 1),
        ("message", 3),
    ]


async def test_a_line_of_a_fact_from_before_they_were_kept_is_told_live(world: World) -> None:
    socket, _, _ = await world.listen("jun")
    old = msgspec.structs.replace(world.rooms.rename(ROOM, "x"), rev=None, seq=None, member=None)
    world.tell(old)
    [body] = socket.bodies
    assert (body["type"], body["rev"], body["after"], body["userId"]) == (
        "renamed",
        None,
        None,
        None,
    )


async def test_the_room_list_follows_the_last_message_and_no_older_one(world: World) -> None:
    socket, _ = await world.watch("jun")
    world.say()
    world.say()
    world.tell(world.rooms.edit(ROOM, 1, "old"))
    world.tell(world.rooms.edit(ROOM, 2, "last"))
    await world.until(lambda: bool(socket.bodies))
    [told] = socket.bodies
    assert (told["type"], told["lastMessage"]["message"]) == ("roomChanged", "last")


async def test_the_room_list_is_told_the_newest_of_the_messages_that_were_deleted(
    world: World,
) -> None:
    socket, _ = await world.watch("jun")
    for _ in range(4):
        world.say()
    world.tell(world.rooms.unsay(ROOM, 3), world.rooms.unsay(ROOM, 1))
    world.tell(world.rooms.edit(ROOM, 4, "last"))
    await world.until(lambda: bool(socket.bodies))
    [told] = socket.bodies
    assert (told["deletedSeq"], told["lastMessage"]["message"]) == (3, "last")


async def test_nothing_of_a_change_reaches_one_who_left(world: World) -> None:
    stays, _, _ = await world.listen("min")
    leaves, _, _ = await world.listen("jun")
    world.tell(world.say())
    world.rooms.leave(ROOM, "jun")
    world.tell(world.rooms.edit(ROOM, 1, "secret"))  # the room topic lags behind
    await world.until(lambda: "edited" in stays.types)
    assert leaves.types == ["message", "left"]


class Screen:
    """What a client shows: it remembers over connections, and asks with what it saw."""

    def __init__(self, rev: int | None = 0) -> None:
        self.shown: dict[int, dict[str, Any]] = {}
        self.lines: dict[int, dict[str, Any]] = {}
        self.rev = rev
        self.taken = 0
        self.socket: FakeSocket | None = None
        self.work: asyncio.Task[Room] | None = None

    def look(self, upto: int | None = None) -> None:
        """Take over what has come on the present connection."""
        if self.socket is None:
            return
        for body in self.socket.bodies[self.taken : upto]:
            self._take(body)
            self.taken += 1

    def _take(self, body: dict[str, Any]) -> None:
        seq, rev = body.get("seq"), body["rev"]
        if seq is None:
            assert rev not in self.lines, "a line twice"
            self.lines[rev] = body
        elif body["type"] == "message":
            assert seq == len(self.shown) + 1, "a gap, or a message twice"
            self.shown[seq] = body
        else:
            assert seq in self.shown, "a change of what was never shown"
            if rev > self.shown[seq]["rev"]:
                self.shown[seq] = body
        self.rev = max(self.rev or 0, rev)

    def connect(self, world: World) -> None:
        socket, subscription = world.subscription("jun")
        self.socket, self.taken = socket, 0
        after = len(self.shown)
        self.work = asyncio.create_task(world.hub.subscribe(ROOM, subscription, after, self.rev))
        self.subscription = subscription

    async def cut_off(self, world: World, chance: random.Random) -> None:
        """Lose the connection; of what was on its way a part arrived."""
        if self.work is None or not self.work.done() or self.socket is None:
            return
        self.look(self.taken + chance.randint(0, len(self.socket.bodies) - self.taken))
        world.hub.unsubscribe(self.work.result(), self.subscription)
        self.work = None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_snapshot_and_later_facts_equal_a_fresh_snapshot(seed: int) -> None:
    """Whatever is told late, twice or never, and whenever a client is cut off."""
    asyncio.run(_interleave(random.Random(seed)))


async def _interleave(chance: random.Random) -> None:
    world = new_world()
    world.rooms.page = 3
    room = world.rooms.rooms[ROOM]
    facts: list[OfMessages] = [world.say() for _ in range(chance.randint(0, 4))]
    told = len(facts)
    of_room: list[Happened] = []
    screens = [Screen(), Screen(), Screen(None)]
    for _ in range(80):
        action = chance.randrange(10)
        screen = chance.choice(screens)
        if action <= 1:
            facts.append(_fact(world, chance))
        elif action == 2 and told < len(facts):
            told = chance.randint(told + 1, len(facts))
            world.tell(facts[told - 1])
        elif action == 3 and told:
            world.tell(_again(facts[chance.randrange(told)], chance))
        elif action >= 8:
            _happen(world, of_room, chance)
        else:
            await _turn(world, screen, action, chance)
        await step()
    world.rooms.gate.set()
    for screen in screens:
        if screen.work is None:
            screen.connect(world)
        assert screen.work is not None
        await screen.work
    world.tell(world.say())
    head = len(room.messages)
    for screen in screens:
        socket = screen.socket
        assert socket is not None
        await world.until(lambda socket=socket: head in socket.seqs)  # type: ignore[misc]
        screen.look()
    fresh = {m.seq: message_view(m).model_dump(by_alias=True) for m in room.messages}
    kept = {event.rev: (event.type, event.after, event.user_id) for event in room.events}
    for screen in screens[:2]:
        lines = screen.lines.items()
        assert kept == {rev: (b["type"], b["after"], b["userId"]) for rev, b in lines}
    for screen in screens:
        seen = {seq: {**body, "type": None} for seq, body in screen.shown.items()}
        assert seen == {seq: {**view, "type": None} for seq, view in fresh.items()}
    await world.hub.stop()


async def _turn(world: World, screen: Screen, action: int, chance: random.Random) -> None:
    """Something befalls a connection, or the store."""
    gate = world.rooms.gate
    if action == 4 and screen.work is None:
        screen.connect(world)
    elif action == 5:
        await screen.cut_off(world, chance)
    elif action == 6:
        (gate.clear if gate.is_set() else gate.set)()


def _happen(world: World, untold: list[Happened], chance: random.Random) -> None:
    """A line comes to be, or one is told, whatever the order: what it skips is read back."""
    if chance.randrange(2) or not untold:
        untold.append(_line(world, chance))
    else:
        world.tell(untold.pop(chance.randrange(len(untold))))


def _line(world: World, chance: random.Random) -> Happened:
    guests = [each for each in world.rooms.rooms[ROOM].members if each.startswith("guest")]
    if guests and chance.random() < 0.4:
        return world.rooms.leave(ROOM, chance.choice(guests))
    if chance.random() < 0.4:
        return world.rooms.rename(ROOM, f"name {chance.randrange(99)}")
    return world.rooms.join(ROOM, f"guest {world.rooms.fact_no}")


def _again(fact: OfMessages, chance: random.Random) -> OfMessages:
    """The record itself once more, or the stored answer of a repeated wish."""
    if chance.randrange(2):
        return fact
    if isinstance(fact, MessageStored):
        return msgspec.structs.replace(fact, former_rev=0, repeated=True)
    return msgspec.structs.replace(fact, former_rev=0)


def _fact(world: World, chance: random.Random) -> OfMessages:
    messages = world.rooms.rooms[ROOM].messages
    live = [message.seq for message in messages if message.deleted_at is None]
    kind = chance.randrange(4)
    if kind == 0 or not live:
        return world.say()
    seq = chance.choice(live)
    if kind == 1:
        return world.rooms.unsay(ROOM, seq)
    return world.rooms.edit(ROOM, seq, f"text {chance.randrange(1000)}")
