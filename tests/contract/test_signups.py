"""ports.accounts.SignupAnswers: one suite for the fake and for real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.ports.accounts import AccountWish, SignupAnswers
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database
from infra.postgres.sessions import PostgresSessions
from infra.postgres.signups import PostgresSignups
from schemas.contexts.accounts import ACCOUNT
from tests.fakes.accounts import FakeAccounts, FakeClock, FakeHandleKey, FakeSignups

DAY = 86_400


class World(Protocol):
    """Accounts, and which of them were told."""

    signups: SignupAnswers

    async def make(self, user_id: str, age: float = 0) -> str: ...


class FakeWorld:
    def __init__(self) -> None:
        self.accounts, self.clock = FakeAccounts(), FakeClock()
        self.fake = FakeSignups(self.accounts, self.clock)
        self.signups: SignupAnswers = self.fake

    async def make(self, user_id: str, age: float = 0) -> str:
        account = self.accounts.add(str(uuid4()), user_id, "민수", "hash")
        self.clock.now = self.fake.made_at(account.created_at) + age
        return account.account_id


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.database = database
        lines = LineEpochs(database, ACCOUNT.response.name)
        self.accounts = PostgresAccounts(database, lines, FakeHandleKey())
        self.signups: SignupAnswers = PostgresSignups(database)

    async def make(self, user_id: str, age: float = 0) -> str:
        wish = AccountWish(0, str(uuid4()), str(uuid4()), user_id, "민수", "$2b$12$hash")
        await self.accounts.carry_out(1, [wish])
        await self.database.fetch(
            "update accounts set created_at = clock_timestamp() - %s * interval '1 second'"
            " where account_id = %s::uuid",
            (age, wish.account_id),
        )
        return wish.account_id


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch("truncate accounts, handles, account_facts, lines cascade")
    yield database
    await database.close()


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("database"))


async def test_a_new_account_is_untold_and_its_fact_and_age_are_known(world: World) -> None:
    account_id = await world.make("minsu", age=3)
    untold = await world.signups.untold("minsu")
    assert untold is not None
    assert (untold.account.account_id, untold.account.name) == (account_id, "민수")
    assert untold.fact_no == 1
    assert 3 <= untold.age < 60
    assert await world.signups.untold("nobody") is None


async def test_it_is_told_once_and_to_the_same_call_again(world: World) -> None:
    account_id, first, second = await world.make("minsu"), str(uuid4()), str(uuid4())
    assert await world.signups.tell(account_id, first)
    assert await world.signups.untold("minsu") is None
    assert not await world.signups.tell(account_id, second)
    assert await world.signups.tell(account_id, first), "its first answer may have been lost"


async def test_of_many_at_once_one_tells(world: World) -> None:
    account_id = await world.make("minsu")
    told = await asyncio.gather(*(world.signups.tell(account_id, str(uuid4())) for _ in range(12)))
    assert sum(told) == 1


@pytest.mark.parametrize(("age", "is_untold"), [(DAY - 60, True), (DAY + 1, False)])
async def test_after_a_day_it_is_told_to_nobody(world: World, age: float, is_untold: bool) -> None:
    await world.make("minsu", age)
    assert (await world.signups.untold("minsu") is not None) == is_untold


async def test_an_erased_account_is_untold_to_nobody_and_old_rows_are_forgotten(
    database: Database,
) -> None:
    world = PostgresWorld(database)
    account_id, other = await world.make("minsu"), await world.make("jieun")
    await database.fetch(
        "update accounts set erased_at = clock_timestamp() where account_id = %s::uuid",
        (account_id,),
    )
    assert await world.signups.untold("minsu") is None
    for each in (account_id, other):
        assert await world.signups.tell(each, str(uuid4()))
    await database.fetch(
        "update told_signups set at = at - interval '49 hours' where account_id = %s::uuid",
        (account_id,),
    )
    await PostgresSessions(database, 60).purge()
    assert await database.fetch("select account_id::text from told_signups") == [(other,)]
