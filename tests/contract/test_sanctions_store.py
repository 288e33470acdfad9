"""Sanctions and mutes on a real Postgres; the fake keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chatstream.domain.times import to_text
from chatstream.errors import Fenced
from chatstream.ports.sanctions import Impose, Lift, Mute, SanctionStore
from chatstream.settings import PostgresSettings
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.mutes import PostgresMutes
from infra.postgres.pool import Database
from infra.postgres.sanctions import PostgresSanctions
from schemas import codec, records
from schemas.contexts.conduct import SANCTION
from schemas.databases import AUTH
from tests.contract.chat_rig import Chat
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
    facts, topic = PostgresFacts({}, {}, {AUTH: database}), SANCTION.response.name
    read = await facts.facts(topic, 1, 0, await facts.head(topic, 1))
    imposed, lifted = [codec.decode(topic, value) for _, value in read]
    assert [number for number, _ in read] == [fact.fact_no for fact in told]
    assert isinstance(imposed, records.SanctionImposed)
    assert isinstance(lifted, records.SanctionLifted)
    assert (imposed.room_id, imposed.since, imposed.at) == (one.room_id, one.since, told[0].at)
    assert (lifted.lifted_by, lifted.until, lifted.at) == (OPERATOR, one.until, told[1].at)
