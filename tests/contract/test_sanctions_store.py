"""Sanctions and mutes on a real Postgres; the fake keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chatstream.domain.times import to_text
from chatstream.errors import Fenced
from chatstream.ports.accounts import AccountWish
from chatstream.ports.sanctions import Impose, Lift, Mute, Sanction, SanctionStore
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.mutes import PostgresMutes
from infra.postgres.pool import Database
from infra.postgres.sanctions import PostgresSanctionReader, PostgresSanctions
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import SANCTION
from tests.contract.chat_rig import Chat
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.accounts import FakeHandleKey
from tests.fakes.sanctions import FakeSanctions

NOW = datetime.now(UTC)
OPERATOR = str(uuid4())


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate sanctions, sanction_facts, accounts, handles, account_facts, lines cascade"
    )
    yield database
    await database.close()


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest, database: Database) -> SanctionStore:
    return FakeSanctions() if request.param == "fake" else new_store(database)


def new_store(database: Database) -> PostgresSanctions:
    return PostgresSanctions(database, LineEpochs(database, SANCTION.response.name))


def impose(account_id: str, *, since: datetime = NOW, room_id: str | None = None) -> Impose:
    until = since + timedelta(minutes=10)
    return Impose(
        partition=1,
        request_id=str(uuid4()),
        account_id=account_id,
        room_id=room_id,
        reason="repeat",
        detail="6 points",
        since=to_text(since),
        until=to_text(until),
    )


def lift(wish: Impose) -> Lift:
    return Lift(wish.partition, str(uuid4()), wish.account_id, wish.request_id, OPERATOR)


async def test_facts_are_dense_and_repeats_take_no_number(store: SanctionStore) -> None:
    one, other = impose(str(uuid4())), impose(str(uuid4()), room_id=str(uuid4()))
    facts = await store.carry_out(1, [one, other, one])
    assert sorted((fact.wish, fact.fact_no) for fact in facts) == [(0, 1), (1, 2), (2, 1)]
    (third,) = await store.carry_out(1, [impose(one.account_id)])
    assert third.fact_no == 3
    by_wish = {fact.wish: fact for fact in facts}
    assert (by_wish[1].room_id, by_wish[1].until) == (other.room_id, other.until)
    assert by_wish[0].lifted_by is None


async def test_lifting_is_one_fact_however_often_it_is_asked(store: SanctionStore) -> None:
    one = impose(str(uuid4()))
    first, second = lift(one), lift(one)
    facts = await store.carry_out(1, [one, first, second, first])
    assert {fact.wish: fact.fact_no for fact in facts} == {0: 1, 1: 2, 2: 2, 3: 2}
    assert {fact.lifted_by for fact in facts if fact.wish} == {OPERATOR}
    again = await store.carry_out(1, [second])
    assert [fact.fact_no for fact in again] == [2]


async def test_only_a_sanction_of_the_account_can_be_lifted(store: SanctionStore) -> None:
    one = impose(str(uuid4()))
    foreign = Lift(1, str(uuid4()), str(uuid4()), one.request_id, OPERATOR)
    unknown = Lift(1, str(uuid4()), one.account_id, str(uuid4()), OPERATOR)
    facts = await store.carry_out(1, [one, foreign, unknown])
    assert [fact.wish for fact in facts] == [0]


async def test_a_worker_whose_partition_has_moved_is_fenced(database: Database) -> None:
    old, new = new_store(database), new_store(database)
    await old.carry_out(1, [impose(str(uuid4()))])
    await new.carry_out(2, [impose(str(uuid4()))])
    with pytest.raises(Fenced):
        await old.carry_out(1, [impose(str(uuid4()))])
    assert await database.fetch("select count(*) from sanctions") == [(2,)]


async def test_operators_read_the_latest_first_page_by_page(database: Database) -> None:
    account_id = str(uuid4())
    lines = LineEpochs(database, ACCOUNT.response.name)
    await PostgresAccounts(database, lines, FakeHandleKey()).carry_out(
        1, [AccountWish(0, str(uuid4()), account_id, "minsu", "민수", "hash")]
    )
    wishes = [impose(account_id, since=NOW - timedelta(seconds=n)) for n in range(5)]
    strangers = impose(str(uuid4()))
    over = impose(account_id, since=NOW - timedelta(days=1))
    store, reader = new_store(database), PostgresSanctionReader(database)
    await store.carry_out(1, [*wishes, strangers, over, lift(wishes[4])])

    found, cursor = await reader.sanctions(user_id="minsu", is_active=True, cursor=None, limit=3)
    assert [one.sanction_id for one in found] == [wish.request_id for wish in wishes[:3]]
    assert {(one.user_id, one.user_name) for one in found} == {("minsu", "민수")}
    assert cursor is not None
    rest, end = await reader.sanctions(user_id="minsu", is_active=True, cursor=cursor, limit=3)
    assert [one.sanction_id for one in rest] == [wishes[3].request_id]
    assert end is None

    every, _ = await reader.sanctions(user_id=None, is_active=False, cursor=None, limit=50)
    assert len(every) == 7
    ended = next(one for one in every if one.sanction_id == wishes[4].request_id)
    assert ended.lifted_at is not None
    nameless = next(one for one in every if one.sanction_id == strangers.request_id)
    assert nameless.user_id is None
    assert await reader.account_of(strangers.request_id) == strangers.account_id
    assert await reader.account_of(str(uuid4())) is None


async def test_the_list_pages_through_its_end_also_within_a_millisecond(
    database: Database,
) -> None:
    wishes = [impose(str(uuid4())) for _ in range(7)]
    await new_store(database).carry_out(1, wishes)
    await database.fetch(
        "update sanctions set since = since + (random() * 3)::int * interval '1 microsecond'"
    )
    reader = PostgresSanctionReader(database)

    async def read(cursor: str | None, limit: int) -> tuple[Sequence[Sanction], str | None]:
        return await reader.sanctions(user_id=None, is_active=False, cursor=cursor, limit=limit)

    for limit in range(1, 9):
        found = [each.sanction_id for each in await every_entry(read, limit)]
        assert sorted(found) == sorted(wish.request_id for wish in wishes), limit
    await refuses_foreign_cursors(read)


async def test_the_copy_of_a_mute_follows_the_newest_fact_only(chat: Chat) -> None:
    sanction_id, account_id = str(uuid4()), str(uuid4())
    later, lifted = to_text(NOW + timedelta(hours=1)), to_text(NOW)

    def mute(until: str, fact_no: int) -> Mute:
        return Mute(sanction_id, account_id, None, "rate", until, later, fact_no)

    for database in chat.databases.chat.values():
        store = PostgresMutes(database)
        await store.keep([mute(later, 1)])
        await store.keep([mute(lifted, 2), mute(later, 1)])
        rows = await database.fetch(
            "select until, fact_no from mutes where sanction_id = %s::uuid", (sanction_id,)
        )
        assert [(to_text(until), number) for until, number in rows] == [(lifted, 2)]


async def test_a_mute_that_ended_long_ago_is_forgotten(chat: Chat) -> None:
    old = to_text(NOW - timedelta(days=2))
    database = next(iter(chat.databases.chat.values()))
    await PostgresMutes(database).keep(
        [Mute(str(uuid4()), str(uuid4()), None, "rate", old, old, 1)]
    )
    assert (
        await database.fetch("select 1 from mutes where forget_at < now() - interval '1 day'") == []
    )


async def test_facts_read_back_say_what_was_told(database: Database) -> None:
    one = impose(str(uuid4()), room_id=str(uuid4()))
    told = await new_store(database).carry_out(1, [one, lift(one)])
    facts, topic = PostgresFacts({}, {}, database), SANCTION.response.name
    read = await facts.facts(topic, 1, 0, await facts.head(topic, 1))
    imposed, lifted = [codec.decode(topic, value) for _, value in read]
    assert [number for number, _ in read] == [fact.fact_no for fact in told]
    assert isinstance(imposed, records.SanctionImposed)
    assert isinstance(lifted, records.SanctionLifted)
    assert (imposed.room_id, imposed.since, imposed.at) == (one.room_id, one.since, told[0].at)
    assert (lifted.lifted_by, lifted.until, lifted.at) == (OPERATOR, one.until, told[1].at)
