"""What only Postgres has of logins: waiting, columns, purging."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chatstream.ports.accounts import Account
from chatstream.ports.logins import Rotation
from chatstream.settings import PostgresSettings
from infra.postgres.pool import Database, Transaction
from tests.client.waiting import eventually
from tests.contract.logins_rig import ERASE, PostgresWorld, log_in, refresh

# In this database alone: others of the server have services at work.
WAITING = """
select 1 from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like %s
"""


@pytest.fixture
async def real(postgres_auth: str) -> AsyncIterator[PostgresWorld]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate accounts, handles, account_facts, lines, sessions, login_attempts cascade"
    )
    yield PostgresWorld(database)
    await database.close()


async def test_a_refresh_that_waited_for_an_erasure_gives_nothing(real: PostgresWorld) -> None:
    sid, token = await log_in(real)

    async def erase(transaction: Transaction) -> asyncio.Task[Rotation]:
        await transaction.fetch("delete from refresh_tokens where sid = %s::uuid", (sid,))
        await transaction.fetch(
            "update sessions set revoked_at = now() where sid = %s::uuid", (sid,)
        )
        refreshing = asyncio.create_task(refresh(real, token))
        await eventually(lambda: real.database.fetch(WAITING, ("%for update%",)))
        return refreshing

    refreshing = await real.database.in_transaction(erase)
    assert (await refreshing).account is None


@pytest.mark.parametrize(
    ("change", "role"),
    [
        (ERASE, None),
        ("update accounts set role = 'operator' where account_id = %s::uuid", "operator"),
    ],
)
async def test_a_login_that_waited_for_a_change_of_its_account_is_of_the_changed_one(
    real: PostgresWorld, change: str, role: str | None
) -> None:
    account_id = await real.sign_up()

    async def begin(transaction: Transaction) -> asyncio.Task[Account | None]:
        await transaction.fetch(change, (account_id,))
        opening = asyncio.create_task(real.sessions.open(str(uuid4()), account_id, b"first"))
        await eventually(lambda: real.database.fetch(WAITING, ("%for share%",)))
        return opening

    account = await (await real.database.in_transaction(begin))
    assert (account and account.role) == role


async def test_a_refresh_token_is_not_stored_in_the_clear(real: PostgresWorld) -> None:
    await log_in(real)
    columns = await real.database.fetch(
        "select column_name from information_schema.columns where table_name = 'refresh_tokens'"
    )
    assert {name for (name,) in columns} == {
        "token_hash", "sid", "parent", "issued_at", "expires_at", "used_at",
    }  # fmt: skip


async def test_purging_forgets_what_has_expired_and_nothing_else(real: PostgresWorld) -> None:
    sid, _ = await log_in(real)
    _, live = await log_in(real)
    database = real.database
    await database.fetch(
        "update sessions set expires_at = now() - interval '2 days' where sid = %s::uuid", (sid,)
    )
    await database.fetch(
        "insert into login_attempts (account_key, address, at) values "
        "('x', '127.0.0.1', now() - interval '61 minutes'), ('x', '127.0.0.1', now())"
    )
    await real.sessions.purge()
    assert await database.fetch("select count(*) from sessions") == [(1,)]
    assert await database.fetch("select count(*) from refresh_tokens") == [(1,)]
    assert await database.fetch("select count(*) from login_attempts") == [(1,)]
    assert (await refresh(real, live)).account is not None
