"""ports.sanctions.SanctionReader: one suite for the fake and for real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.domain.times import now_text, to_text
from chatstream.ports.accounts import AccountWish
from chatstream.ports.sanctions import Impose, Lift, Sanction, SanctionReader
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database
from infra.postgres.sanctions import PostgresSanctionReader, PostgresSanctions
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import SANCTION
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.accounts import FakeHandleKey
from tests.fakes.sanctions import FakeSanctionReader

NOW = datetime.now(UTC)
# Longer than a run of all tests: the first of it is over before this file's turn comes.
HOLDS = timedelta(hours=20)
OPERATOR = str(uuid4())


class World(Protocol):
    """Sanctions that hold for `HOLDS` from `age` before the run, and those who have them."""

    reader: SanctionReader

    async def make(self, user_id: str) -> str:
        """An account called 민수; its id."""
        ...

    async def impose(self, account_id: str, age: timedelta = timedelta()) -> str: ...

    async def lift(self, account_id: str, sanction_id: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeSanctionReader(now=now_text())
        self.reader: SanctionReader = self.fake
        self.handles: dict[str, str] = {}

    async def make(self, user_id: str) -> str:
        account_id = str(uuid4())
        self.handles[account_id] = user_id
        return account_id

    async def impose(self, account_id: str, age: timedelta = timedelta()) -> str:
        since, user_id = NOW - age, self.handles.get(account_id)
        made = Sanction(
            sanction_id=str(uuid4()),
            account_id=account_id,
            user_id=user_id,
            user_name="민수" if user_id else None,
            room_id=None,
            kind="mute",
            reason="repeat",
            detail="6 points",
            since=to_text(since),
            until=to_text(since + HOLDS),
            lifted_at=None,
            lifted_by=None,
        )
        self.fake.held = sorted(
            [*self.fake.held, made], key=lambda one: (one.since, one.sanction_id), reverse=True
        )
        return made.sanction_id

    async def lift(self, account_id: str, sanction_id: str) -> None:
        self.fake.held = [
            replace(one, lifted_at=now_text()) if one.sanction_id == sanction_id else one
            for one in self.fake.held
        ]


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.accounts = PostgresAccounts(
            database, LineEpochs(database, ACCOUNT.response.name), FakeHandleKey()
        )
        self.store = PostgresSanctions(database, LineEpochs(database, SANCTION.response.name))
        self.reader: SanctionReader = PostgresSanctionReader(database)

    async def make(self, user_id: str) -> str:
        wish = AccountWish(0, str(uuid4()), str(uuid4()), user_id, "민수", "hash")
        await self.accounts.carry_out(1, [wish])
        return wish.account_id

    async def impose(self, account_id: str, age: timedelta = timedelta()) -> str:
        since, sanction_id = NOW - age, str(uuid4())
        times = (to_text(since), to_text(since + HOLDS))
        wish = Impose(1, sanction_id, account_id, None, "repeat", "6 points", *times)
        await self.store.carry_out(1, [wish])
        return sanction_id

    async def lift(self, account_id: str, sanction_id: str) -> None:
        await self.store.carry_out(1, [Lift(1, str(uuid4()), account_id, sanction_id, OPERATOR)])


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate sanctions, sanction_facts, accounts, handles, account_facts, lines cascade"
    )
    yield database
    await database.close()


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("database"))


async def test_operators_read_the_latest_first_page_by_page(world: World) -> None:
    minsu = await world.make("minsu")
    held = [await world.impose(minsu, timedelta(seconds=n)) for n in range(5)]
    await world.impose(str(uuid4()))
    await world.impose(minsu, timedelta(days=1))
    await world.lift(minsu, held[4])
    read = world.reader.sanctions

    found, cursor = await read(user_id="minsu", is_active=True, cursor=None, limit=3)
    assert [one.sanction_id for one in found] == held[:3]
    assert {(one.user_id, one.user_name) for one in found} == {("minsu", "민수")}
    assert cursor is not None
    rest, end = await read(user_id="minsu", is_active=True, cursor=cursor, limit=3)
    assert [one.sanction_id for one in rest] == [held[3]]
    assert end is None


async def test_all_are_those_that_are_over_or_lifted_or_of_nobody_too(world: World) -> None:
    minsu, stranger = await world.make("minsu"), str(uuid4())
    lifted, strangers = await world.impose(minsu), await world.impose(stranger)
    await world.impose(minsu, timedelta(days=1))
    await world.lift(minsu, lifted)
    every, _ = await world.reader.sanctions(user_id=None, is_active=False, cursor=None, limit=50)
    assert len(every) == 3
    by_id = {one.sanction_id: one for one in every}
    assert by_id[lifted].lifted_at is not None
    assert by_id[strangers].user_id is None


async def test_a_sanction_names_its_account(world: World) -> None:
    minsu = await world.make("minsu")
    assert await world.reader.account_of(await world.impose(minsu)) == minsu
    assert await world.reader.account_of(str(uuid4())) is None


async def test_what_is_no_cursor_of_the_list_is_refused(world: World) -> None:
    async def read(cursor: str | None, limit: int) -> tuple[Sequence[Sanction], str | None]:
        return await world.reader.sanctions(
            user_id=None, is_active=False, cursor=cursor, limit=limit
        )

    made = [await world.impose(str(uuid4())) for _ in range(7)]
    for limit in (1, 3, 7, 8):
        found = [each.sanction_id for each in await every_entry(read, limit)]
        assert sorted(found) == sorted(made), limit
    await refuses_foreign_cursors(read)


async def test_the_list_pages_through_its_end_also_within_a_millisecond(
    database: Database,
) -> None:
    world = PostgresWorld(database)
    made = [await world.impose(str(uuid4())) for _ in range(7)]
    await database.fetch(
        "update sanctions set since = since + (random() * 3)::int * interval '1 microsecond'"
    )

    async def read(cursor: str | None, limit: int) -> tuple[Sequence[Sanction], str | None]:
        return await world.reader.sanctions(
            user_id=None, is_active=False, cursor=cursor, limit=limit
        )

    for limit in range(1, 9):
        found = [each.sanction_id for each in await every_entry(read, limit)]
        assert sorted(found) == sorted(made), limit
