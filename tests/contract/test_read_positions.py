"""ports.reading.ReadStore, fake and real Postgres; and what readers make of the positions."""

from __future__ import annotations

import asyncio
import uuid
from typing import Protocol

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.errors import PoisonMessage
from chatstream.ports.reading import ReadOutcome, ReadStore, ReadWish
from infra.postgres.reading import PostgresReads
from schemas import records
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.fakes.reading import FakeReadRoom, FakeReads


class World(Protocol):
    """A room with members and messages of its owner, in whichever store."""

    async def make(self, members: int, messages: int) -> tuple[str, list[str]]: ...

    def store(self, room_id: str) -> ReadStore: ...


class FakeWorld:
    def __init__(self) -> None:
        self.reads = FakeReads()

    async def make(self, members: int, messages: int) -> tuple[str, list[str]]:
        room_id, accounts = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(members)]
        positions = dict.fromkeys(accounts, 0) | {accounts[0]: messages}
        self.reads.rooms[room_id] = FakeReadRoom(messages, positions)
        return room_id, accounts

    def store(self, room_id: str) -> ReadStore:
        return self.reads


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    async def make(self, members: int, messages: int) -> tuple[str, list[str]]:
        others = [person() for _ in range(members - 1)]
        room_id, owner = await self.chat.make_room(*others)
        if messages:
            wishes = [say(room_id, owner) for _ in range(messages)]
            await self.chat.messages(room_id).carry_out(GENERATION, wishes)
        return room_id, [owner.account_id, *(other.account_id for other in others)]

    def store(self, room_id: str) -> ReadStore:
        return reads(self.chat, room_id)


def reads(chat: Chat, room_id: str) -> PostgresReads:
    return PostgresReads(chat.databases.chat[chat.databases.homes[partition_of(room_id, 8)]])


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


async def move(world: World, room_id: str, *wishes: tuple[str, int]) -> dict[str, ReadOutcome]:
    asked = [ReadWish(room_id, account_id, seq) for account_id, seq in wishes]
    outcomes = await world.store(room_id).carry_out(GENERATION, asked)
    return {outcome.position.account_id: outcome for outcome in outcomes}


async def test_a_position_moves_to_the_farthest_wish_and_never_back(world: World) -> None:
    room_id, [_, jun] = await world.make(2, 9)
    outcome = (await move(world, room_id, (jun, 3), (jun, 7), (jun, 5)))[jun]
    assert (outcome.position.seq, outcome.moved, outcome.member_count) == (7, True, 2)
    outcome = (await move(world, room_id, (jun, 4)))[jun]
    assert (outcome.position.seq, outcome.moved) == (7, False)


async def test_a_position_never_passes_the_newest_message(world: World) -> None:
    room_id, [owner, jun] = await world.make(2, 3)
    outcomes = await move(world, room_id, (jun, 1_000), (owner, 1_000))
    assert (outcomes[jun].position.seq, outcomes[jun].moved) == (3, True)
    assert (outcomes[owner].position.seq, outcomes[owner].moved) == (3, False)


async def test_only_members_have_positions(world: World) -> None:
    room_id, [owner] = await world.make(1, 1)
    stranger, nowhere = str(uuid.uuid4()), str(uuid.uuid4())
    outcomes = await move(world, room_id, (stranger, 1), (owner, 1))
    assert {outcomes[stranger].code, outcomes[owner].code} == {"NOT_A_MEMBER", None}
    assert (await move(world, nowhere, (owner, 1)))[owner].code == "ROOM_NOT_FOUND"


async def test_a_value_the_database_refuses_is_poison(chat: Chat) -> None:
    room_id, _ = await chat.make_room()
    with pytest.raises(PoisonMessage):
        await reads(chat, room_id).carry_out(GENERATION, [ReadWish(room_id, "nobody", 1)])


async def test_two_workers_at_once_end_at_the_farthest(chat: Chat) -> None:
    world = PostgresWorld(chat)
    room_id, accounts = await world.make(5, 30)
    await asyncio.gather(
        *(
            reads(chat, room_id).carry_out(
                GENERATION, [ReadWish(room_id, who, seq) for who in order]
            )
            for seq in range(1, 31)
            for order in (accounts, accounts[::-1])
        )
    )
    for account_id in accounts:
        assert (await chat.reader.member_room(room_id, account_id)).last_read_seq == 30


# -- what readers make of them ----------------------------------------------------------------


async def unread_of_all(chat: Chat, room_id: str, who: str) -> list[int | None]:
    page = await chat.reader.history(room_id, who, before=None, after=None, limit=200)
    return [message.unread for message in page.messages]


async def said(chat: Chat, room_id: str, who: Person, times: int = 1) -> list[int | None]:
    """Says something; the unread numbers that the facts will carry."""
    wishes = [say(room_id, who) for _ in range(times)]
    outcomes = await chat.messages(room_id).carry_out(GENERATION, wishes)
    return [outcome.unread for outcome in outcomes]


async def test_a_message_is_unread_by_all_but_its_author_until_they_read(chat: Chat) -> None:
    jun, eve = person(), person()
    room_id, owner = await chat.make_room(jun, eve)
    assert await said(chat, room_id, owner, 3) == [2, 2, 2]
    await reads(chat, room_id).carry_out(GENERATION, [ReadWish(room_id, jun.account_id, 2)])
    assert await unread_of_all(chat, room_id, owner.account_id) == [1, 1, 2]
    await reads(chat, room_id).carry_out(GENERATION, [ReadWish(room_id, eve.account_id, 1)])
    assert await unread_of_all(chat, room_id, owner.account_id) == [0, 1, 2]


async def test_saying_something_moves_the_own_position_and_nobody_elses(chat: Chat) -> None:
    jun = person()
    room_id, owner = await chat.make_room(jun)
    await said(chat, room_id, owner, 2)
    await said(chat, room_id, jun)
    listing = await chat.reader.member_room(room_id, jun.account_id)
    assert listing.last_read_seq == 3
    assert (await chat.reader.member_room(room_id, owner.account_id)).last_read_seq == 2
    assert await unread_of_all(chat, room_id, owner.account_id) == [0, 0, 1]


async def test_a_repeated_message_tells_who_has_not_read_it_by_now(chat: Chat) -> None:
    jun = person()
    room_id, owner = await chat.make_room(jun)
    once = say(room_id, owner)
    [first] = await chat.messages(room_id).carry_out(GENERATION, [once])
    await reads(chat, room_id).carry_out(GENERATION, [ReadWish(room_id, jun.account_id, 1)])
    [again] = await chat.messages(room_id).carry_out(GENERATION, [once])
    assert (first.unread, again.unread) == (1, 0)


async def test_a_new_member_begins_at_the_head_and_counts_from_there(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await said(chat, room_id, owner, 2)
    late = person()
    joined = wish(records.EnterRoom, room_id, late)
    await chat.rooms(room_id).carry_out(GENERATION, [joined])
    assert (await chat.reader.member_room(room_id, late.account_id)).last_read_seq == 2
    assert await said(chat, room_id, owner) == [1]
    assert await unread_of_all(chat, room_id, owner.account_id) == [0, 0, 1]


async def test_who_leaves_is_not_counted_any_more(chat: Chat) -> None:
    jun = person()
    room_id, owner = await chat.make_room(jun)
    await said(chat, room_id, owner)
    left = wish(records.RemoveMember, room_id, jun, member_user_id=jun.user_id)
    await chat.rooms(room_id).carry_out(GENERATION, [left])
    assert await unread_of_all(chat, room_id, owner.account_id) == [0]


async def test_the_numbers_are_the_same_by_every_way_of_reading(chat: Chat) -> None:
    jun = person()
    room_id, owner = await chat.make_room(jun)
    await said(chat, room_id, owner, 4)
    await reads(chat, room_id).carry_out(GENERATION, [ReadWish(room_id, jun.account_id, 2)])
    access = await chat.reader.subscribe(room_id, owner.account_id, 0)
    assert [message.unread for message in access.missing.messages] == [0, 0, 1, 1]
    missed = (await chat.reader.gap(room_id, 1, 0)).missing
    assert [message.unread for message in missed.messages] == [0, 1, 1]
    assert {(each.account_id, each.user_id, each.seq) for each in access.positions or ()} == {
        (owner.account_id, owner.user_id, 4),
        (jun.account_id, jun.user_id, 2),
    }
    listings, _ = await chat.reader.rooms_of(owner.account_id, None, 10)
    assert listings[0].last_message is not None
    assert listings[0].last_message.unread == 1


async def test_in_a_room_of_more_than_a_hundred_nobody_counts(chat: Chat) -> None:
    room_id, owner = await chat.make_room(*(person() for _ in range(100)))
    assert await said(chat, room_id, owner) == [None]
    access = await chat.reader.subscribe(room_id, owner.account_id, 0)
    assert access.positions is None
    assert await unread_of_all(chat, room_id, owner.account_id) == [None]
    listings, _ = await chat.reader.rooms_of(owner.account_id, None, 10)
    assert listings[0].last_message is not None
    assert listings[0].last_message.unread is None
