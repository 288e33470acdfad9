"""ports.logins.LoginAttempts: one suite for the fake and for real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import LoginAttempts
from chatstream.settings import LimitSettings, PostgresSettings
from infra.postgres.attempts import PostgresLoginAttempts
from infra.postgres.pool import Database
from tests.fakes.accounts import FakeAttempts, FakeClock


class World(Protocol):
    """Tries to log in; what happened can be made to have happened earlier."""

    def attempts(self, limits: LimitSettings) -> LoginAttempts: ...

    async def older(self, seconds: int) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()

    def attempts(self, limits: LimitSettings) -> LoginAttempts:
        return FakeAttempts(self.clock, limits)

    async def older(self, seconds: int) -> None:
        self.clock.now += seconds


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.database = database

    def attempts(self, limits: LimitSettings) -> LoginAttempts:
        return PostgresLoginAttempts(self.database, limits)

    async def older(self, seconds: int) -> None:
        await self.database.fetch(
            "update login_attempts set at = at - %s * interval '1 second'", (seconds,)
        )


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch("truncate login_attempts")
    yield database
    await database.close()


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("database"))


async def refused(attempts: LoginAttempts, user_id: str, address: str) -> float:
    """That it is refused, and the seconds to wait."""
    with pytest.raises(UserError) as error:
        await attempts.begin(user_id, address)
    assert error.value.code is ErrorCode.RATE_LIMITED
    assert error.value.retry_after is not None
    return error.value.retry_after


async def test_ten_failures_in_fifteen_minutes_close_an_account_for_everybody(
    world: World,
) -> None:
    attempts = world.attempts(LimitSettings())
    for n in range(10):
        await attempts.fail(await attempts.begin("minsu", f"10.0.0.{n}"))
    assert 890 < await refused(attempts, "minsu", "10.0.1.1") <= 900
    await attempts.begin("jieun", "10.0.1.1")
    await world.older(900)
    await attempts.begin("minsu", "10.0.1.1")


async def test_a_hundred_failures_in_an_hour_close_an_address(world: World) -> None:
    attempts = world.attempts(LimitSettings(failed_logins_per_address=5))
    for n in range(5):
        await attempts.fail(await attempts.begin(f"user-{n}", "10.0.0.1"))
    assert await refused(attempts, "another", "10.0.0.1") > 3500
    await attempts.begin("another", "10.0.0.2")
    await world.older(3600)
    await attempts.begin("another", "10.0.0.1")


async def test_a_login_under_way_counts_against_its_account_and_not_its_address(
    world: World,
) -> None:
    attempts = world.attempts(
        LimitSettings(failed_logins_per_account=2, failed_logins_per_address=2)
    )
    for user_id in ("minsu", "minsu", "jieun", "jieun"):
        await attempts.begin(user_id, "10.0.0.1")
    await refused(attempts, "minsu", "10.0.0.2")
    await attempts.begin("somebody", "10.0.0.1")


async def test_good_logins_do_not_count(world: World) -> None:
    attempts = world.attempts(LimitSettings())
    for _ in range(30):
        await attempts.forget(await attempts.begin("minsu", "10.0.0.1"))
    await attempts.begin("minsu", "10.0.0.1")


async def test_many_tries_at_once_cannot_all_begin(world: World) -> None:
    attempts = world.attempts(LimitSettings())
    begun = await asyncio.gather(
        *(attempts.begin("minsu", "10.0.0.1") for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(one, int) for one in begun) == 10


async def test_a_good_login_leaves_nothing_behind(database: Database) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings())
    await attempts.forget(await attempts.begin("minsu", "10.0.0.1"))
    assert await database.fetch("select count(*) from login_attempts") == [(0,)]


async def test_what_was_typed_as_a_handle_is_not_stored(database: Database) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings())
    await attempts.fail(await attempts.begin("my secret password", "10.0.0.1"))
    rows = await database.fetch("select login_attempts::text from login_attempts")
    assert "secret" not in rows[0][0]
