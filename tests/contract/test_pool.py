"""A pool uses a database that is back with its next question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg2
import pytest

from chatstream.errors import TransientFailure
from chatstream.settings import PostgresSettings
from infra.postgres.pool import Database

NAME = "test-pool"
DROP = """
select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = %s
"""
SLOW_TO_COMMIT = """
create temp table slow (id int);
create function pg_temp.sleep() returns trigger language plpgsql as
    'begin perform pg_sleep(30); return null; end';
create constraint trigger slow after insert on slow deferrable initially deferred
    for each row execute function pg_temp.sleep();
insert into slow values (1)
"""


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings(), NAME)
    yield database
    await database.close()


def drop_all(dsn: str) -> int:
    """End every connection of the pool, as the end of the server does; how many there were."""
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(DROP, (NAME,))
            [(count,)] = cursor.fetchall()
            return int(count)
    finally:
        link.close()


async def fill(database: Database) -> None:
    """Open every connection of the pool: one that is slow to open may find another free."""
    size = database.size_limit
    while database.connections() != (0, size):
        await asyncio.gather(*(database.fetch("select pg_sleep(0.2)") for _ in range(size)))


async def test_no_connection_that_was_dropped_while_it_was_idle_is_handed_out(
    database: Database, postgres_auth: str
) -> None:
    await fill(database)
    dropped = await asyncio.to_thread(drop_all, postgres_auth)
    assert dropped == database.size_limit
    for _ in range(dropped):
        assert await database.fetch("select 1") == [(1,)]


async def test_after_a_statement_that_was_cut_off_the_next_question_is_answered(
    database: Database, postgres_auth: str
) -> None:
    await fill(database)
    asked = asyncio.create_task(database.fetch("select pg_sleep(2)"))
    while not await asyncio.to_thread(_is_asked, postgres_auth):
        assert not asked.done()
    await asyncio.to_thread(drop_all, postgres_auth)
    with pytest.raises(TransientFailure):
        await asked
    assert await database.fetch("select 1") == [(1,)]


def _is_asked(dsn: str) -> bool:
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(
                "select 1 from pg_stat_activity where application_name = %s and state = 'active'",
                (NAME,),
            )
            return cursor.fetchone() is not None
    finally:
        link.close()


async def test_a_statement_that_takes_too_long_fails_and_ends_nobody(postgres_auth: str) -> None:
    database = Database("auth", postgres_auth, PostgresSettings(statement_timeout_ms=200), NAME)
    try:
        with pytest.raises(TransientFailure):
            await database.fetch("select pg_sleep(30)")
        with pytest.raises(TransientFailure):
            async with database.transaction() as transaction:
                await transaction.fetch("select pg_sleep(30)")
        with pytest.raises(TransientFailure):
            async with database.transaction() as transaction:
                await transaction.fetch(SLOW_TO_COMMIT)
        assert await database.fetch("select 1") == [(1,)]
        asked = asyncio.create_task(database.fetch("select pg_sleep(0.1)"))
        await database.fetch("select 1")
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    finally:
        await database.close()
