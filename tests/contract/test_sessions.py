"""Logins and refresh rotation on a real Postgres."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chatstream.ports.accounts import AccountWish
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.lines import Lines
from infra.postgres.pool import Database
from infra.postgres.sessions import PostgresSessions
from schemas import topics
from tests.fakes.accounts import FakeHandleKey

DAY = 86_400


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate accounts, handles, account_facts, lines, sessions, login_attempts cascade"
    )
    yield database
    await database.close()


@pytest.fixture
async def account_id(database: Database) -> str:
    wish = AccountWish(0, str(uuid4()), str(uuid4()), "minsu", "민수", "hash")
    store = PostgresAccounts(
        database, Lines(database, topics.ACCOUNT_RESPONSE.name), FakeHandleKey()
    )
    await store.create(1, [wish])
    return wish.account_id


@pytest.fixture
def sessions(database: Database) -> PostgresSessions:
    return PostgresSessions(database, DAY)


async def login(sessions: PostgresSessions, account_id: str) -> tuple[str, bytes]:
    sid, token = str(uuid4()), secrets.token_bytes(32)
    await sessions.open(sid, account_id, token)
    return sid, token


async def make_older(database: Database, seconds: int) -> None:
    """Move all uses of tokens and ends of logins into the past."""
    await database.fetch(
        "update refresh_tokens set used_at = used_at - %s * interval '1 second'", (seconds,)
    )
    await database.fetch(
        "update sessions set revoked_at = revoked_at - %s * interval '1 second'", (seconds,)
    )


async def test_a_token_is_exchanged_for_its_successor(
    sessions: PostgresSessions, account_id: str
) -> None:
    sid, token = await login(sessions, account_id)
    for _ in range(3):
        successor = secrets.token_bytes(32)
        rotation = await sessions.rotate(token, successor)
        assert rotation.account is not None
        assert rotation.account.account_id == account_id
        assert rotation.sid == sid
        token = successor


async def test_an_unknown_token_gives_nothing(sessions: PostgresSessions) -> None:
    rotation = await sessions.rotate(secrets.token_bytes(32), secrets.token_bytes(32))
    assert rotation.account is None
    assert rotation.revoked is None


async def test_a_used_token_that_comes_again_ends_the_family(
    database: Database, sessions: PostgresSessions, account_id: str
) -> None:
    sid, first = await login(sessions, account_id)
    second = secrets.token_bytes(32)
    await sessions.rotate(first, second)
    await make_older(database, 6)
    reused = await sessions.rotate(first, secrets.token_bytes(32))
    assert reused.account is None
    assert reused.revoked is not None
    assert (reused.revoked.sid, reused.revoked.account_id) == (sid, account_id)
    after = await sessions.rotate(second, secrets.token_bytes(32))
    assert after.account is None
    assert after.revoked is None


async def test_a_used_token_ends_the_family_at_once_when_its_successor_was_used(
    sessions: PostgresSessions, account_id: str
) -> None:
    _, first = await login(sessions, account_id)
    second = secrets.token_bytes(32)
    await sessions.rotate(first, second)
    await sessions.rotate(second, secrets.token_bytes(32))
    assert (await sessions.rotate(first, secrets.token_bytes(32))).revoked is not None


async def test_two_tabs_that_refresh_at_the_same_moment_both_go_on(
    sessions: PostgresSessions, account_id: str
) -> None:
    sid, token = await login(sessions, account_id)
    successors = [secrets.token_bytes(32) for _ in range(5)]
    rotations = await asyncio.gather(*(sessions.rotate(token, one) for one in successors))
    assert [rotation.sid for rotation in rotations if rotation.account] == [sid] * 5
    again = await asyncio.gather(
        *(sessions.rotate(one, secrets.token_bytes(32)) for one in successors)
    )
    assert all(rotation.account for rotation in again)


async def test_an_expired_token_gives_nothing_and_ends_nothing(
    database: Database, sessions: PostgresSessions, account_id: str
) -> None:
    _, token = await login(sessions, account_id)
    await database.fetch("update refresh_tokens set expires_at = now() - interval '1 second'")
    rotation = await sessions.rotate(token, secrets.token_bytes(32))
    assert (rotation.account, rotation.revoked) == (None, None)


async def test_a_login_ends_once_and_is_told_until_it_is_announced(
    database: Database, sessions: PostgresSessions, account_id: str
) -> None:
    sid, token = await login(sessions, account_id)
    revoked = await sessions.revoke(sid)
    assert revoked is not None
    assert await sessions.revoke(sid) is None
    assert await sessions.revoke(str(uuid4())) is None
    assert (await sessions.rotate(token, secrets.token_bytes(32))).account is None
    await make_older(database, 3)
    assert [one.sid for one in await sessions.unannounced()] == [sid]
    await sessions.announced(sid)
    assert await sessions.unannounced() == []


async def test_a_refresh_token_is_not_stored_in_the_clear(
    database: Database, sessions: PostgresSessions, account_id: str
) -> None:
    await login(sessions, account_id)
    columns = await database.fetch(
        "select column_name from information_schema.columns where table_name = 'refresh_tokens'"
    )
    assert {name for (name,) in columns} == {
        "token_hash", "sid", "parent", "issued_at", "expires_at", "used_at",
    }  # fmt: skip


async def test_purging_forgets_what_has_expired_and_nothing_else(
    database: Database, sessions: PostgresSessions, account_id: str
) -> None:
    _, old = await login(sessions, account_id)
    _, live = await login(sessions, account_id)
    await database.fetch(
        "update sessions set expires_at = now() - interval '2 days' where sid = "
        "(select sid from refresh_tokens where token_hash = %s)",
        (old,),
    )
    await database.fetch(
        "insert into login_attempts (account_key, address, at) values "
        "('x', '127.0.0.1', now() - interval '61 minutes'), ('x', '127.0.0.1', now())"
    )
    await sessions.purge()
    assert await database.fetch("select count(*) from sessions") == [(1,)]
    assert await database.fetch("select count(*) from refresh_tokens") == [(1,)]
    assert await database.fetch("select count(*) from login_attempts") == [(1,)]
    assert (await sessions.rotate(live, secrets.token_bytes(32))).account is not None
