"""ports.accounts.AccountReader: one suite for the fake and for real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.domain.times import from_text
from chatstream.ports.accounts import AccountReader, AccountWish
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccountReader, PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database
from schemas.contexts.accounts import ACCOUNT
from tests.fakes.accounts import FakeAccounts, FakeHandleKey

HASH = "$2b$12$hash"


class World(Protocol):
    """Accounts that signed up."""

    reader: AccountReader

    async def make(self, user_id: str) -> str: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeAccounts()
        self.reader: AccountReader = self.fake

    async def make(self, user_id: str) -> str:
        return self.fake.add(str(uuid4()), user_id, "민수", HASH).account_id


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        lines = LineEpochs(database, ACCOUNT.response.name)
        self.accounts = PostgresAccounts(database, lines, FakeHandleKey())
        self.reader: AccountReader = PostgresAccountReader(database)

    async def make(self, user_id: str) -> str:
        wish = AccountWish(0, str(uuid4()), str(uuid4()), user_id, "민수", HASH)
        (made,) = await self.accounts.carry_out(1, [wish])
        found = await self.reader.account(wish.account_id)
        assert found is not None
        assert found.created_at == made.at
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


async def test_an_account_is_found_by_its_handle_and_by_its_id(world: World) -> None:
    account_id = await world.make("minsu")
    await world.make("jieun")
    found = await world.reader.credentials("minsu")
    assert found is not None
    assert (found.account.account_id, found.account.user_id) == (account_id, "minsu")
    assert (found.account.name, found.account.role) == ("민수", "user")
    assert from_text(found.account.created_at)
    assert await world.reader.account(account_id) == found.account


async def test_the_hash_is_read_and_never_shown(world: World) -> None:
    await world.make("minsu")
    found = await world.reader.credentials("minsu")
    assert found is not None
    assert found.password_hash == HASH
    assert HASH not in repr(found)


async def test_nobody_is_none(world: World) -> None:
    await world.make("minsu")
    for user_id in ("nobody", "Minsu", "minsu "):
        assert await world.reader.credentials(user_id) is None
    assert await world.reader.account(str(uuid4())) is None
