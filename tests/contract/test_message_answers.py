"""ports.messages.MessageStore, what the agent relies on: one suite for the fake and Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.domain.times import to_text
from chatstream.ports.messages import MessageOutcome, MessageStore, MessageWish
from chatstream.ports.sanctions import Mute
from infra.postgres.mutes import PostgresMutes
from tests.contract.chat_rig import GENERATION, Chat, person, say
from tests.fakes.messages import FakeMessages


class World(Protocol):
    """Rooms in which people write, and who may not."""

    def store(self, room_id: str) -> MessageStore: ...

    async def make_room(self, *others: Person) -> tuple[str, Person]: ...

    async def mute(self, who: Person, room_id: str | None) -> str:
        """For ten minutes, because of repeats; until when."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.rooms: dict[str, set[str]] = {}
        self.fake = FakeMessages(self.rooms)

    def store(self, room_id: str) -> MessageStore:
        return self.fake

    async def make_room(self, *others: Person) -> tuple[str, Person]:
        room_id, owner = str(uuid.uuid4()), person()
        self.rooms[room_id] = {each.account_id for each in (owner, *others)}
        return room_id, owner

    async def mute(self, who: Person, room_id: str | None) -> str:
        until = in_ten_minutes()
        self.fake.mutes[who.account_id, room_id] = (until, "repeat")
        return until


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    def store(self, room_id: str) -> MessageStore:
        return self.chat.messages(room_id)

    async def make_room(self, *others: Person) -> tuple[str, Person]:
        return await self.chat.make_room(*others)

    async def mute(self, who: Person, room_id: str | None) -> str:
        until = in_ten_minutes()
        made = Mute(str(uuid.uuid4()), who.account_id, room_id, "repeat", until, until, 1)
        for database in self.chat.databases.chat.values():
            await PostgresMutes(database).keep([made])
        return until


def in_ten_minutes() -> str:
    return to_text(datetime.now(UTC) + timedelta(minutes=10))


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    return (
        FakeWorld() if request.param == "fake" else PostgresWorld(request.getfixturevalue("chat"))
    )


async def store(world: World, *wishes: MessageWish) -> Sequence[MessageOutcome]:
    """The outcomes by wish."""
    found = await world.store(wishes[0].room_id).carry_out(GENERATION, wishes)
    outcomes = [one for one in found if isinstance(one, MessageOutcome)]
    return sorted(outcomes, key=lambda one: one.wish)


async def test_a_room_and_its_line_are_numbered_without_a_gap(world: World) -> None:
    room_id, owner = await world.make_room()
    first = await store(world, *(say(room_id, owner) for _ in range(3)))
    second = await store(world, *(say(room_id, owner) for _ in range(4)))
    assert [one.seq for one in (*first, *second)] == [1, 2, 3, 4, 5, 6, 7]
    facts = [one.fact_no for one in (*first, *second)]
    assert facts == list(range(facts[0], facts[0] + 7))


async def test_a_repeat_gets_the_stored_outcome_and_takes_no_number(world: World) -> None:
    room_id, owner = await world.make_room()
    said = say(room_id, owner)
    (first,) = await store(world, said)
    again, new = await store(world, said, say(room_id, owner))
    assert (again.seq, again.fact_no, again.created_at) == (1, first.fact_no, first.created_at)
    assert (first.repeated, again.repeated, new.seq) == (False, True, 2)


async def test_the_same_id_twice_in_one_batch_is_stored_once(world: World) -> None:
    room_id, owner = await world.make_room()
    said = say(room_id, owner)
    assert [one.seq for one in await store(world, said, said)] == [1, 1]
    (following,) = await store(world, say(room_id, owner))
    assert following.seq == 2


async def test_the_same_id_with_another_text_is_refused_and_anothers_id_is_free(
    world: World,
) -> None:
    other = person()
    room_id, owner = await world.make_room(other)
    said = say(room_id, owner)
    await store(world, said)
    reused, theirs = await store(
        world, replace(said, message="other"), say(room_id, other, "hi", said.message_id)
    )
    assert (reused.code, theirs.code, theirs.seq) == ("MESSAGE_ID_REUSED", None, 2)


async def test_facts_come_first_and_whoever_is_no_member_is_refused(world: World) -> None:
    room_id, owner = await world.make_room()
    partition = partition_of(room_id, 8)
    nowhere = next(
        found
        for found in iter(lambda: str(uuid.uuid4()), "")
        if partition_of(found, 8) == partition
    )
    outcomes = await world.store(room_id).carry_out(
        GENERATION, [say(room_id, person()), say(nowhere, owner), say(room_id, owner)]
    )
    assert outcomes[0].wish == 2
    by_wish = {outcome.wish: outcome.code for outcome in outcomes}
    assert by_wish == {0: "NOT_A_MEMBER", 1: "ROOM_NOT_FOUND", 2: None}


async def test_a_masked_message_is_stored_masked_and_its_repeat_is_one(world: World) -> None:
    room_id, owner = await world.make_room()
    wish = replace(say(room_id, owner, "이 바보야"), shown="이 **야")
    first, copy = await store(world, wish, wish)
    assert (first.kept_text, first.repeated) == ("이 **야", False)
    assert (copy.kept_text, copy.seq) == ("이 **야", first.seq)
    for again in (wish, replace(wish, shown=None), replace(wish, shown=None, is_refused=True)):
        (repeat,) = await store(world, again)
        assert (repeat.code, repeat.repeated, repeat.kept_text) == (None, True, "이 **야")
        assert repeat.fact_no == first.fact_no


async def test_a_masked_messages_id_with_another_text_is_refused(world: World) -> None:
    room_id, owner = await world.make_room()
    wish = replace(say(room_id, owner, "이 바보야"), shown="이 **야")
    await store(world, wish)
    for text in ("이 **야", "다른 말"):
        (outcome,) = await store(world, replace(wish, message=text, shown=None))
        assert outcome.code == "MESSAGE_ID_REUSED"


async def test_what_the_rules_refuse_takes_no_number(world: World) -> None:
    room_id, owner = await world.make_room()
    wishes = [say(room_id, owner, str(n)) for n in range(3)]
    wishes[1] = replace(wishes[1], is_refused=True)
    outcomes = await store(world, *wishes)
    numbered = [(one.code, one.seq) for one in outcomes]
    assert numbered == [(None, 1), ("MESSAGE_REFUSED", 0), (None, 2)]
    assert outcomes[1].muted_until is None
    (later,) = await store(world, replace(wishes[1], is_refused=False))
    assert (later.code, later.seq) == (None, 3)


async def test_a_stored_message_is_a_repeat_whatever_the_rules_say_now(world: World) -> None:
    room_id, owner = await world.make_room()
    wish = say(room_id, owner)
    (first,) = await store(world, wish)
    (again,) = await store(world, replace(wish, is_refused=True))
    assert (again.repeated, again.fact_no, again.kept_text) == (True, first.fact_no, None)


async def test_a_mute_refuses_in_its_room_and_repeats_are_still_answered(world: World) -> None:
    room_id, owner = await world.make_room()
    other, _ = await world.make_room(owner)
    stored = say(room_id, owner)
    await store(world, stored)
    until = await world.mute(owner, room_id)
    refused, repeat = await store(world, say(room_id, owner), stored)
    told = (refused.code, refused.muted_until, refused.muted_for)
    assert told == ("MESSAGE_REFUSED", until, "repeat")
    assert repeat.repeated
    (elsewhere,) = await store(world, say(other, owner))
    assert elsewhere.code is None


async def test_a_mute_of_all_rooms_refuses_in_each_and_nobody_else(world: World) -> None:
    here, owner = await world.make_room()
    there, other = await world.make_room(owner)
    await world.mute(owner, None)
    for room_id in (here, there):
        (refused,) = await store(world, say(room_id, owner))
        assert refused.muted_until is not None
    (stored,) = await store(world, say(there, other))
    assert stored.code is None


async def test_a_stranger_is_told_so_before_the_rules(world: World) -> None:
    room_id, _ = await world.make_room()
    _, stranger = await world.make_room()
    await world.mute(stranger, None)
    (outcome,) = await store(world, replace(say(room_id, stranger), is_refused=True))
    assert outcome.code == "NOT_A_MEMBER"
