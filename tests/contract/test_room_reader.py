"""ports.rooms.RoomReader: one suite for the fake of the socket tests and for real Postgres."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.messages import ChangeWish, StoredMessage
from chatstream.ports.rooms import RoomReader
from chatstream.ports.sanctions import Mute
from infra.postgres.mutes import PostgresMutes
from schemas import records
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.rooms import FakeRooms


class World(Protocol):
    """A room's life, whichever store it is kept in; accounts are named by their ids."""

    reader: RoomReader

    async def make(self, members: int) -> tuple[str, list[str]]: ...

    async def say(self, room_id: str, account_id: str, times: int) -> None: ...

    async def change(self, room_id: str, account_id: str, seq: int, text: str | None) -> None: ...

    async def leave(self, room_id: str, account_id: str) -> None: ...

    async def delete(self, room_id: str, account_id: str) -> None: ...

    async def mute(self, room_id: str, *, is_over: bool) -> str: ...


class FakeWorld:
    def __init__(self) -> None:
        self.rooms = FakeRooms()
        self.reader: RoomReader = self.rooms

    async def make(self, members: int) -> tuple[str, list[str]]:
        room_id, accounts = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(members)]
        self.rooms.create(room_id, *accounts)
        return room_id, accounts

    async def say(self, room_id: str, account_id: str, times: int) -> None:
        for _ in range(times):
            self.rooms.say(room_id, account_id)

    async def change(self, room_id: str, account_id: str, seq: int, text: str | None) -> None:
        if text is None:
            self.rooms.unsay(room_id, seq)
        else:
            self.rooms.edit(room_id, seq, text)

    async def leave(self, room_id: str, account_id: str) -> None:
        self.rooms.leave(room_id, account_id)

    async def delete(self, room_id: str, account_id: str) -> None:
        self.rooms.delete(room_id)

    async def mute(self, room_id: str, *, is_over: bool) -> str:
        sanction_id = str(uuid.uuid4())
        if is_over:
            self.rooms.over.add(sanction_id)
        return sanction_id


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.reader: RoomReader = chat.reader
        self.people: dict[str, Person] = {}

    async def make(self, members: int) -> tuple[str, list[str]]:
        others = [person() for _ in range(members - 1)]
        room_id, owner = await self.chat.make_room(*others)
        self.people.update({each.account_id: each for each in (owner, *others)})
        return room_id, [owner.account_id, *(other.account_id for other in others)]

    async def say(self, room_id: str, account_id: str, times: int) -> None:
        wishes = [say(room_id, self.people[account_id]) for _ in range(times)]
        await self.chat.messages(room_id).carry_out(GENERATION, wishes)

    async def change(self, room_id: str, account_id: str, seq: int, text: str | None) -> None:
        [said] = (await self.reader.shown([(room_id, seq)])).values()
        partition = partition_of(room_id, 8)
        ids = (partition, room_id, account_id, said.message_id, str(uuid.uuid4()))
        await self.chat.messages(room_id).carry_out(GENERATION, [ChangeWish(*ids, text)])

    async def leave(self, room_id: str, account_id: str) -> None:
        who = self.people[account_id]
        left = wish(records.RemoveMember, room_id, who, member_user_id=who.user_id)
        await self.chat.rooms(room_id).carry_out(GENERATION, [left])

    async def delete(self, room_id: str, account_id: str) -> None:
        gone = wish(records.DeleteRoom, room_id, self.people[account_id])
        await self.chat.rooms(room_id).carry_out(GENERATION, [gone])

    async def mute(self, room_id: str, *, is_over: bool) -> str:
        sanction_id, now = str(uuid.uuid4()), datetime.now(UTC)
        end = to_text(now + timedelta(hours=1))
        until = to_text(now - timedelta(seconds=5)) if is_over else end
        muted = Mute(sanction_id, str(uuid.uuid4()), None, "repeat", until, end, fact_no=1)
        await PostgresMutes(self.chat.database(room_id)).keep([muted])
        return sanction_id


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


async def code_of(reading: object) -> ErrorCode:
    with pytest.raises(UserError) as refusal:
        await reading  # type: ignore[misc]  # a coroutine of any read
    return refusal.value.code


async def test_which_mutes_hold_no_more_is_told_by_the_copy_beside_the_room(world: World) -> None:
    room_id, _ = await world.make(1)
    holds, over = [await world.mute(room_id, is_over=each) for each in (False, True)]
    assert await world.reader.lifted(room_id, [holds, over, str(uuid.uuid4())]) == {over}


async def test_subscribing_gives_what_is_missing_in_order(world: World) -> None:
    room_id, [owner, guest] = await world.make(2)
    await world.say(room_id, owner, 5)
    access = await world.reader.subscribe(room_id, guest, 2)
    assert [message.seq for message in access.missing.messages] == [3, 4, 5]
    assert (access.room.head, access.missing.has_more) == (5, False)
    assert (await world.reader.subscribe(room_id, guest, None)).missing.messages == ()
    assert (await world.reader.subscribe(room_id, guest, 5)).missing.messages == ()


async def test_strangers_read_nothing(world: World) -> None:
    room_id, _ = await world.make(1)
    stranger = str(uuid.uuid4())
    reader = world.reader
    page = {"before": None, "after": None, "limit": 1}
    assert await code_of(reader.subscribe(room_id, stranger, 0)) == ErrorCode.NOT_A_MEMBER
    assert await code_of(reader.member_room(room_id, stranger)) == ErrorCode.NOT_A_MEMBER
    assert (
        await code_of(reader.history(room_id, stranger, **page))  # type: ignore[arg-type]
        == ErrorCode.NOT_A_MEMBER
    )
    assert await code_of(reader.around(room_id, stranger, 1, 50)) == ErrorCode.NOT_A_MEMBER


async def test_an_unknown_room_is_said_to_be_none(world: World) -> None:
    nowhere, who = str(uuid.uuid4()), str(uuid.uuid4())
    for reading in (
        world.reader.room(nowhere),
        world.reader.member_room(nowhere, who),
        world.reader.subscribe(nowhere, who, 0),
        world.reader.members_of(nowhere, [who]),
    ):
        assert await code_of(reading) == ErrorCode.ROOM_NOT_FOUND


async def test_leaving_raises_the_access_version_and_ends_membership(world: World) -> None:
    room_id, [owner, guest] = await world.make(2)
    before, members = await world.reader.members_of(room_id, [owner, guest])
    assert members == {owner, guest}
    await world.leave(room_id, guest)
    after, members = await world.reader.members_of(room_id, [owner, guest])
    assert (after, members) == (before + 1, {owner})
    assert room_id not in await world.reader.room_ids_of(guest)
    assert room_id in await world.reader.room_ids_of(owner)


async def test_changes_after_a_rev_are_told_of_what_a_subscriber_has(world: World) -> None:
    room_id, [owner] = await world.make(1)
    await world.say(room_id, owner, 4)
    before = (await world.reader.room(room_id)).rev
    await world.change(room_id, owner, 1, "one")
    between = (await world.reader.room(room_id)).rev
    await world.change(room_id, owner, 4, "four")
    await world.change(room_id, owner, 2, None)
    head = (await world.reader.room(room_id)).rev
    assert before < between < head

    async def told(after: int | None, rev: int | None) -> list[int]:
        access = await world.reader.subscribe(room_id, owner, after, rev)
        assert access.changed.rev == access.missing.rev == head
        return [message.seq for message in access.changed.messages]

    assert await told(3, before) == [1, 2]
    assert await told(3, between) == [2]
    assert await told(None, before) == [1, 4, 2]
    assert await told(4, None) == await told(4, head) == []
    found = await world.reader.changed(room_id, before, head, 2)
    said = [each for each in found if isinstance(each, StoredMessage)]
    assert [(message.seq, message.message) for message in said] == [(1, "one"), (4, "four")]
    assert await world.reader.changed(room_id, between, between, 9) == ()
    now = await world.reader.shown([(room_id, 2), (room_id, 4), (room_id, 99)])
    assert {seq: (m.message, m.deleted_at is None) for (_, seq), m in now.items()} == {
        2: ("", False),
        4: ("four", True),
    }
    page = await world.reader.history(room_id, owner, before=None, after=None, limit=1)
    assert page.rev == head


async def test_a_gap_is_read_up_to_the_present(world: World) -> None:
    room_id, [owner] = await world.make(1)
    await world.say(room_id, owner, 6)
    access = await world.reader.gap(room_id, 2, 0)
    assert [message.seq for message in access.missing.messages] == [3, 4, 5, 6]
    assert (access.room.head, access.missing.has_more) == (6, False)


@pytest.mark.parametrize(
    ("query", "seqs", "more"),
    [
        pytest.param({}, [4, 5, 6], True, id="latest"),
        pytest.param({"before": 3}, [1, 2], False, id="before"),
        pytest.param({"before": 6}, [3, 4, 5], True, id="before, and more"),
        pytest.param({"after": 4}, [5, 6], False, id="after"),
        pytest.param({"after": 0}, [1, 2, 3], True, id="after, and more"),
    ],
)
async def test_history_pages_are_ascending(
    world: World, query: dict[str, int], seqs: list[int], *, more: bool
) -> None:
    room_id, [owner] = await world.make(1)
    await world.say(room_id, owner, 6)
    asked = {"before": None, "after": None, **query}
    page = await world.reader.history(room_id, owner, limit=3, **asked)
    assert ([message.seq for message in page.messages], page.has_more) == (seqs, more)


@pytest.mark.parametrize(
    ("seq", "limit", "seqs", "more"),
    [
        pytest.param(4, 3, [3, 4, 5], (True, True), id="in the middle"),
        pytest.param(3, 4, [2, 3, 4, 5], (True, True), id="one more after it"),
        pytest.param(1, 3, [1, 2, 3], (False, True), id="the first"),
        pytest.param(6, 3, [4, 5, 6], (True, False), id="the last"),
        pytest.param(2**53, 3, [4, 5, 6], (True, False), id="beyond the last"),
        pytest.param(2, 200, [1, 2, 3, 4, 5, 6], (False, False), id="all"),
    ],
)
async def test_a_page_around_a_seq_goes_both_ways(
    world: World, seq: int, limit: int, seqs: list[int], more: tuple[bool, bool]
) -> None:
    room_id, [owner] = await world.make(1)
    await world.say(room_id, owner, 6)
    await world.change(room_id, owner, 4, "four")
    await world.change(room_id, owner, 3, None)
    page = await world.reader.around(room_id, owner, seq, limit)
    assert [message.seq for message in page.messages] == seqs
    assert (page.has_before, page.has_after) == more
    usual = await world.reader.history(room_id, owner, before=None, after=None, limit=200)
    assert page.rev == usual.rev
    assert list(page.messages) == [each for each in usual.messages if each.seq in seqs]


async def test_around_a_seq_of_an_empty_room_there_is_nothing(world: World) -> None:
    room_id, [owner] = await world.make(1)
    page = await world.reader.around(room_id, owner, 1, 50)
    assert (page.messages, page.has_before, page.has_after) == ((), False, False)


async def test_members_page_in_the_order_they_came(world: World) -> None:
    room_id, accounts = await world.make(5)
    read = partial(world.reader.participants, room_id, accounts[-1])
    for limit in range(1, 7):
        people = await every_entry(read, limit)
        assert [each.account_id for each in people] == accounts, limit
    await refuses_foreign_cursors(read)
    stranger = str(uuid.uuid4())
    refused = code_of(world.reader.participants(room_id, stranger, None, 2))
    assert await refused == ErrorCode.NOT_A_MEMBER


async def test_a_deleted_room_is_in_no_read(world: World) -> None:
    room_id, [owner, guest] = await world.make(2)
    await world.say(room_id, owner, 1)
    await world.delete(room_id, owner)
    reader, page = world.reader, {"before": None, "after": None, "limit": 1}
    for reading in (
        reader.room(room_id),
        reader.member_room(room_id, guest),
        reader.subscribe(room_id, guest, 0),
        reader.members_of(room_id, [guest]),
        reader.participants(room_id, guest, None, 1),
        reader.history(room_id, guest, **page),  # type: ignore[arg-type]
        reader.around(room_id, guest, 1, 50),
    ):
        assert await code_of(reading) == ErrorCode.ROOM_NOT_FOUND
    assert room_id not in await reader.room_ids_of(guest)
    listings, _ = await reader.rooms_of(guest, None, 100)
    assert room_id not in {listing.room.room_id for listing in listings}
    listings, _ = await reader.open_rooms("", None, 100)
    assert room_id not in {listing.room.room_id for listing in listings}


async def test_a_handle_that_nobody_has_is_no_person(world: World) -> None:
    assert await code_of(world.reader.person("nobody.at.all")) == ErrorCode.USER_NOT_FOUND
