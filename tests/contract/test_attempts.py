"""Failed logins, counted on a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings, PostgresSettings
from infra.postgres.attempts import PostgresLoginAttempts
from infra.postgres.pool import Database


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch("truncate login_attempts")
    yield database
    await database.close()


async def test_ten_failures_in_fifteen_minutes_close_an_account_for_everybody(
    database: Database,
) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings())
    for n in range(10):
        await attempts.fail(await attempts.begin("minsu", f"10.0.0.{n}"))
    with pytest.raises(UserError) as refused:
        await attempts.begin("minsu", "10.0.1.1")
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.retry_after is not None
    assert 890 < refused.value.retry_after <= 900
    await attempts.begin("jieun", "10.0.1.1")
    await database.fetch("update login_attempts set at = at - interval '15 minutes'")
    await attempts.begin("minsu", "10.0.1.1")


async def test_a_hundred_failures_in_an_hour_close_an_address(database: Database) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings(failed_logins_per_address=5))
    for n in range(5):
        await attempts.fail(await attempts.begin(f"user-{n}", "10.0.0.1"))
    with pytest.raises(UserError) as refused:
        await attempts.begin("another", "10.0.0.1")
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 3500
    await attempts.begin("another", "10.0.0.2")


async def test_good_logins_do_not_count(database: Database) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings())
    for _ in range(30):
        await attempts.forget(await attempts.begin("minsu", "10.0.0.1"))
    assert await database.fetch("select count(*) from login_attempts") == [(0,)]


async def test_many_tries_at_once_cannot_all_begin(database: Database) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings())
    begun = await asyncio.gather(
        *(attempts.begin("minsu", "10.0.0.1") for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(one, int) for one in begun) == 10


async def test_what_was_typed_as_a_handle_is_not_stored(database: Database) -> None:
    attempts = PostgresLoginAttempts(database, LimitSettings())
    await attempts.fail(await attempts.begin("my secret password", "10.0.0.1"))
    rows = await database.fetch("select login_attempts::text from login_attempts")
    assert "secret" not in rows[0][0]
