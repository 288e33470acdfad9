"""ports.saving on the fake and on real Postgres: idempotent, for members, as it is now."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.domain.saving import Kept
from chatstream.domain.times import to_text
from chatstream.errors import Fenced
from chatstream.ports.saving import SavedReader, SavedStore, SaveWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.saving import PostgresSaved, PostgresSavedReader
from schemas import records
from schemas.contexts.saving import SAVED
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.saving import FakeSaved, FakeSavedRoom

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class World(Protocol):
    """Rooms of one member with messages, in whichever store."""

    reader: SavedReader

    async def make(self, messages: int) -> tuple[str, str, list[str]]: ...

    def store(self, room_id: str) -> SavedStore: ...

    async def leave(self, room_id: str, account_id: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.saved = FakeSaved()
        self.reader: SavedReader = self.saved

    async def make(self, messages: int) -> tuple[str, str, list[str]]:
        room_id, who = str(uuid.uuid4()), str(uuid.uuid4())
        ids = [str(uuid.uuid4()) for _ in range(messages)]
        self.saved.rooms[room_id] = FakeSavedRoom({who}, dict.fromkeys(ids, "hi"))
        return room_id, who, ids

    def store(self, room_id: str) -> SavedStore:
        return self.saved

    async def leave(self, room_id: str, account_id: str) -> None:
        self.saved.rooms[room_id].members.discard(account_id)


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.reader: SavedReader = PostgresSavedReader(chat.databases.chat)
        self.people: dict[str, Person] = {}

    async def make(self, messages: int) -> tuple[str, str, list[str]]:
        room_id, owner = await self.chat.make_room(person())
        self.people[owner.account_id] = owner
        wishes = [say(room_id, owner) for _ in range(messages)]
        await self.chat.messages(room_id).carry_out(GENERATION, wishes)
        return room_id, owner.account_id, [each.message_id for each in wishes]

    def store(self, room_id: str) -> SavedStore:
        return drawer(self.chat, room_id)

    async def leave(self, room_id: str, account_id: str) -> None:
        who = self.people[account_id]
        left = wish(records.RemoveMember, room_id, who, member_user_id=who.user_id)
        await self.chat.rooms(room_id).carry_out(GENERATION, [left])


def drawer(chat: Chat, room_id: str) -> PostgresSaved:
    database = chat.databases.chat[chat.databases.homes[partition_of(room_id, 8)]]
    return PostgresSaved(database, LineEpochs(database, SAVED.response.name))


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


def keep(
    room_id: str, who: str, message_id: str, second: int = 0, *, keeps: bool = True
) -> SaveWish:
    at = NOW + timedelta(seconds=second)
    return SaveWish(partition_of(room_id, 8), room_id, who, message_id, keeps, at)


async def ids(world: World, who: str) -> list[str]:
    found, _ = await world.reader.saved(who, None, 100)
    return [each.message_id for each in found]


async def test_what_is_kept_is_shown_last_kept_first_and_keeps_its_time(world: World) -> None:
    room_id, who, (one, two) = await world.make(2)
    store = world.store(room_id)
    await store.carry_out(GENERATION, [keep(room_id, who, one, 1), keep(room_id, who, two, 2)])
    [again] = await store.carry_out(GENERATION, [keep(room_id, who, one, 9)])
    assert (again.code, again.saved_at) == (None, to_text(NOW + timedelta(seconds=1)))
    found, cursor = await world.reader.saved(who, None, 10)
    assert [(each.message_id, each.kept, each.message) for each in found] == [
        (two, Kept.SHOWN, "hi"),
        (one, Kept.SHOWN, "hi"),
    ]
    assert cursor is None


async def test_what_is_let_go_is_gone_and_letting_go_again_is_no_fault(world: World) -> None:
    room_id, who, (one,) = await world.make(1)
    let_go = keep(room_id, who, one, keeps=False)
    outcomes = await world.store(room_id).carry_out(
        GENERATION, [keep(room_id, who, one), let_go, let_go]
    )
    assert [(each.code, each.saved_at is None) for each in outcomes] == [
        (None, False),
        (None, True),
        (None, True),
    ]
    assert await ids(world, who) == []
    nowhere = str(uuid.uuid4())
    [outcome] = await world.store(nowhere).carry_out(
        GENERATION, [keep(nowhere, who, one, keeps=False)]
    )
    assert outcome.code is None


async def test_within_a_batch_the_last_wish_counts(world: World) -> None:
    room_id, who, (one,) = await world.make(1)
    wishes = [
        keep(room_id, who, one, 1),
        keep(room_id, who, one, 2, keeps=False),
        keep(room_id, who, one, 3),
    ]
    outcomes = await world.store(room_id).carry_out(GENERATION, wishes)
    assert outcomes[2].saved_at == to_text(NOW + timedelta(seconds=3))
    found, _ = await world.reader.saved(who, None, 10)
    assert [each.saved_at for each in found] == [outcomes[2].saved_at]


async def test_only_members_keep_messages_that_are_there(world: World) -> None:
    room_id, who, (one,) = await world.make(1)
    stranger, nothing, nowhere = (str(uuid.uuid4()) for _ in range(3))
    store = world.store(room_id)
    wishes = [keep(room_id, stranger, one), keep(room_id, who, nothing)]
    outcomes = await store.carry_out(GENERATION, wishes)
    assert [each.code for each in outcomes] == ["NOT_A_MEMBER", "MESSAGE_NOT_FOUND"]
    [outcome] = await world.store(nowhere).carry_out(GENERATION, [keep(nowhere, who, one)])
    assert outcome.code == "ROOM_NOT_FOUND"
    assert await ids(world, who) == await ids(world, stranger) == []


async def test_of_a_room_one_has_left_nothing_is_shown_and_it_can_be_let_go(world: World) -> None:
    room_id, who, (one,) = await world.make(1)
    await world.store(room_id).carry_out(GENERATION, [keep(room_id, who, one)])
    await world.leave(room_id, who)
    [found], _ = await world.reader.saved(who, None, 10)
    assert (found.message_id, found.kept) == (one, Kept.LEFT)
    shown = (found.message, found.room_name, found.room_kind, found.user_id, found.user_name)
    assert set(shown) == {None}
    await world.store(room_id).carry_out(GENERATION, [keep(room_id, who, one, keeps=False)])
    assert await ids(world, who) == []


async def test_pages_over_both_databases_show_everything_once(chat: Chat) -> None:
    world = PostgresWorld(chat)
    who = person()
    kept: list[str] = []
    for number in range(9):
        room_id, owner = await chat.make_room(who)
        said = say(room_id, owner)
        await chat.messages(room_id).carry_out(GENERATION, [said])
        wishes = [keep(room_id, who.account_id, said.message_id, number)]
        await world.store(room_id).carry_out(GENERATION, wishes)
        kept.append(said.message_id)
    read = partial(world.reader.saved, who.account_id)
    for limit in range(1, 11):
        assert [each.message_id for each in await every_entry(read, limit)] == kept[::-1], limit
    for database in chat.databases.chat.values():
        await database.fetch(
            "update saved_messages set saved_at = '2026-11-21T12:00:00.123456Z'"
            " where account_id = %s::uuid",
            (who.account_id,),
        )
    for limit in range(1, 11):
        found = [each.message_id for each in await every_entry(read, limit)]
        assert (len(found), set(found)) == (9, set(kept)), limit
    await refuses_foreign_cursors(read)


async def test_a_deleted_message_stays_as_deleted(chat: Chat) -> None:
    world = PostgresWorld(chat)
    room_id, who, (one,) = await world.make(1)
    await world.store(room_id).carry_out(GENERATION, [keep(room_id, who, one)])
    database = chat.databases.chat[chat.databases.homes[partition_of(room_id, 8)]]
    await database.fetch("update messages set body = null where room_id = %s", (room_id,))
    [found], _ = await world.reader.saved(who, None, 10)
    assert (found.kept, found.message, found.room_name) == (Kept.DELETED, None, "room")


async def test_an_older_worker_cannot_bring_back_what_was_let_go(chat: Chat) -> None:
    world = PostgresWorld(chat)
    room_id, who, (one,) = await world.make(1)
    older, newer = drawer(chat, room_id), drawer(chat, room_id)
    kept, let_go = keep(room_id, who, one), keep(room_id, who, one, keeps=False)
    await older.carry_out(GENERATION, [kept])
    await newer.carry_out(GENERATION, [kept, let_go])
    with pytest.raises(Fenced):
        await older.carry_out(GENERATION, [kept])
    assert await ids(world, who) == []
