"""How many statements a batch of each store takes: every one is a round trip under the locks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.people import FriendAct
from chatstream.domain.times import to_text
from chatstream.ports.accounts import AccountWish, Profile, ProfileWish
from chatstream.ports.messages import ChangeWish, MessageWish
from chatstream.ports.people import FriendChangeWish
from chatstream.ports.sanctions import Impose, Lift
from chatstream.ports.saving import SaveWish
from chatstream.settings import PostgresSettings
from infra.postgres import pool
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.friends import PostgresFriends
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from infra.postgres.sanctions import PostgresSanctions
from infra.postgres.saving import PostgresSaved
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import SANCTION
from schemas.contexts.friends import FRIEND
from schemas.contexts.saving import SAVED
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.fakes.accounts import FakeHandleKey

NOW = datetime.now(UTC)


class Count:
    """Statements since `begin`; the line was claimed before, BEGIN and COMMIT are not counted."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def begin(self) -> None:
        self.statements.clear()

    def ends_at(self, most: int) -> None:
        assert 0 < len(self.statements) <= most, "\n--\n".join(self.statements)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    count, execute = Count(), pool._execute

    async def counted(cursor: Any, sql: str, parameters: Any) -> None:
        count.statements.append(sql)
        await execute(cursor, sql, parameters)

    monkeypatch.setattr(pool, "_execute", counted)
    return count


@pytest.fixture
async def friend(postgres_friend: str) -> AsyncIterator[Database]:
    database = Database("friend", postgres_friend, PostgresSettings())
    await database.fetch("truncate profiles, friend_facts, settled_wishes, lines cascade")
    yield database
    await database.close()


@pytest.fixture
async def auth(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate accounts, handles, account_facts, sanctions, sanction_facts, lines cascade"
    )
    yield database
    await database.close()


async def sign_up(store: PostgresAccounts, *handles: str) -> list[str]:
    wishes = [AccountWish(0, str(uuid.uuid4()), str(uuid.uuid4()), h, h, "hash") for h in handles]
    await store.carry_out(GENERATION, wishes)
    return [each.account_id for each in wishes]


def accounts(auth: Database) -> PostgresAccounts:
    return PostgresAccounts(auth, LineEpochs(auth, ACCOUNT.response.name), FakeHandleKey())


async def test_friends(friend: Database, count: Count) -> None:
    handles, ids = ("aaa", "bbb", "ccc"), [str(uuid.uuid4()) for _ in range(3)]
    copied = [Profile(each, 1, handle, handle) for each, handle in zip(ids, handles, strict=True)]
    await PostgresProfiles(friend).keep(copied)
    store = PostgresFriends(friend, LineEpochs(friend, FRIEND.response.name))

    def do(who: int, act: FriendAct, whom: str) -> FriendChangeWish:
        return FriendChangeWish(who, str(uuid.uuid4()), ids[who], handles[who], act, whom)

    first = do(0, FriendAct.ADD, "bbb")
    await store.carry_out(GENERATION, [first, do(1, FriendAct.BLOCK, "ccc")])
    count.begin()
    changed = [
        do(0, FriendAct.BLOCK, "bbb"),
        do(1, FriendAct.UNBLOCK, "ccc"),
        do(0, FriendAct.ADD, "ccc"),
    ]
    await store.carry_out(GENERATION, [*changed, first])
    count.ends_at(9)
    count.begin()
    await store.carry_out(GENERATION, [first])
    count.ends_at(4)
    nothing = [
        do(0, FriendAct.BLOCK, "bbb"),
        do(1, FriendAct.UNBLOCK, "ccc"),
    ]  # what was answered is kept
    count.begin()
    await store.carry_out(GENERATION, nothing)
    count.ends_at(5)
    count.begin()
    await store.carry_out(GENERATION, nothing)
    count.ends_at(4)


async def test_profiles(auth: Database, count: Count) -> None:
    store = accounts(auth)
    ids = await sign_up(store, "aaa", "bbb")
    wishes = [ProfileWish(0, str(uuid.uuid4()), each, "new") for each in ids]
    await store.carry_out(GENERATION, wishes[:1])
    count.begin()
    await store.carry_out(GENERATION, wishes)
    count.ends_at(5)
    count.begin()
    await store.carry_out(GENERATION, [ProfileWish(0, str(uuid.uuid4()), ids[0], "new")])
    count.ends_at(4)


async def test_sanctions(auth: Database, count: Count) -> None:
    store = PostgresSanctions(auth, LineEpochs(auth, SANCTION.response.name))
    until = to_text(NOW + timedelta(hours=1))

    def impose() -> Impose:
        ids = (str(uuid.uuid4()), str(uuid.uuid4()))
        return Impose(1, *ids, None, "repeat", "", to_text(NOW), until)

    def lift(one: Impose) -> Lift:
        return Lift(1, str(uuid.uuid4()), one.account_id, one.request_id, str(uuid.uuid4()))

    first = impose()
    await store.carry_out(GENERATION, [first])
    count.begin()
    await store.carry_out(GENERATION, [impose(), impose(), lift(first), first])
    count.ends_at(6)


async def test_rooms(chat: Chat, count: Count) -> None:
    room_id, owner, guest = str(uuid.uuid4()), person(), person()
    store = chat.rooms(room_id)
    make = wish(records.CreateRoom, room_id, owner, kind="open", name="room")
    enter = wish(records.EnterRoom, room_id, guest)
    leave = wish(records.RemoveMember, room_id, guest, member_user_id=guest.user_id)
    await store.carry_out(GENERATION, [wish(records.EnterRoom, room_id, guest)])
    count.begin()
    await store.carry_out(GENERATION, [make, enter, leave])
    count.ends_at(13)
    again = wish(records.RemoveMember, room_id, guest, member_user_id=guest.user_id)
    count.begin()
    await store.carry_out(GENERATION, [again])
    count.ends_at(8)


async def test_messages_and_their_changes(chat: Chat, count: Count) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)

    def change(said: MessageWish, text: str | None) -> ChangeWish:
        ids = (said.partition, said.room_id, said.account_id, said.message_id)
        return ChangeWish(*ids, str(uuid.uuid4()), text)

    first, second = say(room_id, owner), say(room_id, owner)
    await store.carry_out(GENERATION, [first])
    count.begin()
    await store.carry_out(GENERATION, [second])
    count.ends_at(1)
    count.begin()
    await store.carry_out(GENERATION, [change(first, "new"), change(second, None)])
    count.ends_at(8)
    count.begin()
    third = say(room_id, owner)
    await store.carry_out(GENERATION, [third, change(third, "new"), say(room_id, owner)])
    count.ends_at(10)
    count.begin()
    await store.carry_out(GENERATION, [change(third, "new")])
    count.ends_at(6)


async def test_saved_messages(chat: Chat, count: Count) -> None:
    room_id, owner = await chat.make_room()
    said = [say(room_id, owner), say(room_id, owner)]
    await chat.messages(room_id).carry_out(GENERATION, said)
    database = chat.database(room_id)
    store = PostgresSaved(database, LineEpochs(database, SAVED.response.name))

    def keep(number: int, *, keeps: bool) -> SaveWish:
        message_id = said[number].message_id
        where = partition_of(room_id, 8)
        return SaveWish(where, room_id, owner.account_id, message_id, keeps=keeps, at=NOW)

    await store.carry_out(GENERATION, [keep(0, keeps=True)])
    count.begin()
    await store.carry_out(GENERATION, [keep(0, keeps=False), keep(1, keeps=True)])
    count.ends_at(4)


async def test_a_page_of_members_reads_no_positions(chat: Chat, count: Count) -> None:
    room_id, owner = await chat.make_room()
    count.begin()
    await chat.reader.participants(room_id, owner.account_id, None, 100)
    count.ends_at(2)
    assert not any("last_read_seq" in statement for statement in count.statements)
