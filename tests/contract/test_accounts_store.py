"""The account store on a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chatstream.domain.times import from_text
from chatstream.errors import Fenced
from chatstream.ports.accounts import AccountWish, ProfileWish
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccountReader, PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.pool import Database
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from schemas.databases import AUTH
from tests.fakes.accounts import FakeHandleKey

TOPIC = ACCOUNT.response.name


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch("truncate accounts, handles, account_facts, lines cascade")
    yield database
    await database.close()


def new_store(database: Database) -> PostgresAccounts:
    return PostgresAccounts(database, LineEpochs(database, TOPIC), FakeHandleKey())


def wish(user_id: str, partition: int = 0, **changes: str) -> AccountWish:
    values = {
        "request_id": str(uuid4()),
        "account_id": str(uuid4()),
        "user_id": user_id,
        "name": "민수",
        "password_hash": "$2b$12$hash",
    }
    return AccountWish(partition=partition, **(values | changes))


async def test_facts_are_dense_per_partition_and_in_wish_order(database: Database) -> None:
    store = new_store(database)
    wishes = [wish(f"user-{n}", partition=n % 3) for n in range(30)]
    outcomes = await store.carry_out(1, wishes)
    assert sorted(one.wish for one in outcomes) == list(range(30))
    for partition in range(3):
        mine = [one for one in outcomes if wishes[one.wish].partition == partition]
        assert [one.fact_no for one in mine] == list(range(1, 11))
        assert [one.wish for one in mine] == sorted(one.wish for one in mine)
    assert all(one.code is None and from_text(one.at) for one in outcomes)


async def test_a_repeat_gets_the_stored_outcome_and_takes_no_number(database: Database) -> None:
    store = new_store(database)
    first, second = wish("minsu"), wish("jieun")
    (stored,) = await store.carry_out(1, [first])
    again = await store.carry_out(1, [second, first, first])
    assert {one.wish: one.fact_no for one in again} == {1: 1, 2: 1, 0: 2}
    assert all(one.code is None for one in again)
    assert {one.at for one in again if one.wish in {1, 2}} == {stored.at}


async def test_the_same_wish_twice_in_one_batch_is_one_account(database: Database) -> None:
    one = wish("minsu")
    outcomes = await new_store(database).carry_out(1, [one, one])
    assert [(outcome.code, outcome.fact_no) for outcome in outcomes] == [(None, 1), (None, 1)]


async def test_a_taken_handle_is_refused_and_the_first_one_keeps_it(database: Database) -> None:
    store = new_store(database)
    mine, other, later = wish("minsu"), wish("minsu"), wish("minsu")
    outcomes = {one.wish: one for one in await store.carry_out(1, [mine, other])}
    assert outcomes[0].code is None
    assert outcomes[1].code == "USER_EXISTS"
    (refused,) = await store.carry_out(1, [later])
    assert refused.code == "USER_EXISTS"
    assert refused.fact_no == 0
    assert await database.fetch("select head from lines") == [(1,)]


async def test_a_handle_is_never_given_again(database: Database) -> None:
    store = new_store(database)
    await store.carry_out(1, [wish("minsu")])
    await database.fetch("truncate accounts, account_facts cascade")
    (refused,) = await store.carry_out(1, [wish("minsu")])
    assert refused.code == "USER_EXISTS"


async def test_an_account_id_with_another_handle_is_refused_and_claims_nothing(
    database: Database,
) -> None:
    store = new_store(database)
    first = wish("minsu")
    await store.carry_out(1, [first])
    (refused,) = await store.carry_out(1, [wish("other", account_id=first.account_id)])
    assert refused.code == "USER_EXISTS"
    assert await database.fetch("select user_id from handles") == [("minsu",)]


async def test_of_two_workers_that_claim_one_handle_at_once_one_gets_it(
    database: Database,
) -> None:
    left, right = new_store(database), new_store(database)
    for n in range(20):
        answers = await asyncio.gather(
            left.carry_out(1, [wish(f"a{n}", 0), wish(f"b{n}", 0), wish(f"c{n}", 0)]),
            right.carry_out(1, [wish(f"c{n}", 1), wish(f"b{n}", 1), wish(f"a{n}", 1)]),
        )
        accepted = [one for answer in answers for one in answer if one.code is None]
        assert len(accepted) == 3
    heads = await database.fetch("select sum(head) from lines")
    rows = await database.fetch("select count(*), count(distinct fact_no) from account_facts")
    assert heads[0][0] == rows[0][0] == 60


async def test_a_worker_whose_partition_has_moved_is_fenced(database: Database) -> None:
    old, new = new_store(database), new_store(database)
    await old.carry_out(1, [wish("before")])
    await new.carry_out(2, [wish("taken-over")])
    with pytest.raises(Fenced):
        await old.carry_out(1, [wish("zombie")])
    assert await database.fetch("select 1 from handles where user_id = 'zombie'") == []


async def test_the_fact_line_reads_back_as_the_records_it_was(database: Database) -> None:
    wishes = [wish(f"user-{n}", partition=3) for n in range(5)]
    outcomes = await new_store(database).carry_out(1, wishes)
    facts = await PostgresFacts({}, {}, {AUTH: database}).facts(TOPIC, 3, 1, 4)
    assert [fact_no for fact_no, _ in facts] == [2, 3, 4]
    record = codec.decode(TOPIC, facts[0][1])
    assert record.account_id == wishes[1].account_id
    assert record.created_at == outcomes[1].at


def renaming(account: AccountWish, name: str) -> ProfileWish:
    return ProfileWish(account.partition, str(uuid4()), account.account_id, name)


async def test_a_new_name_takes_the_next_number_of_the_account_line(database: Database) -> None:
    store = new_store(database)
    minsu = wish("minsu", partition=3)
    await store.carry_out(1, [minsu])
    (outcome,) = await store.carry_out(1, [renaming(minsu, "지은")])
    assert (outcome.code, outcome.fact_no) == (None, 2)
    assert (outcome.user_id, outcome.name) == ("minsu", "지은")
    account = await PostgresAccountReader(database).account(minsu.account_id)
    assert account is not None
    assert account.name == "지은"
    facts = await PostgresFacts({}, {}, {AUTH: database}).facts(TOPIC, 3, 0, 2)
    first, second = (codec.decode(TOPIC, body) for _, body in facts)
    assert (first.name, second.name, second.at) == (minsu.name, "지은", outcome.at)
    assert isinstance(second, records.ProfileChanged)


async def test_a_repeated_change_gets_its_fact_and_the_same_name_changes_nothing(
    database: Database,
) -> None:
    store = new_store(database)
    minsu = wish("minsu")
    await store.carry_out(1, [minsu])
    first, second = renaming(minsu, "하나"), renaming(minsu, "둘")
    stored = await store.carry_out(1, [first, second, renaming(minsu, "둘")])
    assert [(one.wish, one.fact_no, one.name) for one in stored] == [
        (0, 2, "하나"),
        (1, 3, "둘"),
        (2, 0, ""),
    ]
    again = await store.carry_out(1, [second, first])
    assert [(one.wish, one.fact_no, one.name) for one in again] == [(1, 2, "하나"), (0, 3, "둘")]
    account = await PostgresAccountReader(database).account(minsu.account_id)
    assert account is not None
    assert account.name == "둘"
    assert await database.fetch("select head from lines") == [(3,)]


async def test_a_change_to_the_same_name_does_not_bring_it_back_later(database: Database) -> None:
    store = new_store(database)
    minsu = wish("minsu")
    await store.carry_out(1, [minsu])
    same = renaming(minsu, "민수")
    assert [one.fact_no for one in await store.carry_out(1, [same])] == [0]
    await store.carry_out(1, [renaming(minsu, "지은")])
    assert [one.fact_no for one in await store.carry_out(1, [same])] == [
        0
    ]  # its record comes again
    account = await PostgresAccountReader(database).account(minsu.account_id)
    assert account is not None
    assert account.name == "지은"


async def test_no_such_account_has_a_name_and_a_moved_partition_fences(
    database: Database,
) -> None:
    old, new = new_store(database), new_store(database)
    minsu = wish("minsu")
    await old.carry_out(1, [minsu])
    (refused,) = await old.carry_out(1, [renaming(wish("nobody"), "이름")])
    assert (refused.code, refused.fact_no) == ("NOT_AUTHENTICATED", 0)
    await new.carry_out(2, [renaming(minsu, "새")])
    with pytest.raises(Fenced):
        await old.carry_out(1, [renaming(minsu, "옛")])


async def test_an_account_is_there_before_it_is_called_anew_in_the_same_batch(
    database: Database,
) -> None:
    minsu, jieun = wish("minsu"), wish("jieun")
    outcomes = await new_store(database).carry_out(
        1, [renaming(minsu, "하나"), minsu, renaming(wish("nobody"), "둘"), jieun]
    )
    assert [(one.wish, one.fact_no, one.name, one.code) for one in outcomes] == [
        (1, 1, "민수", None),
        (3, 2, "민수", None),
        (0, 3, "하나", None),
        (2, 0, "", "NOT_AUTHENTICATED"),
    ]
