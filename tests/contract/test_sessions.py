"""ports.logins.SessionStore: one suite for the fake and for real Postgres, then only Postgres."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Protocol
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.ports.accounts import AccountWish
from chatstream.ports.logins import Rotation, SessionStore
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.lines import Lines
from infra.postgres.pool import Database, Transaction
from infra.postgres.sessions import PostgresSessions
from schemas import topics
from tests.client.waiting import eventually
from tests.fakes.accounts import FakeAccounts, FakeClock, FakeHandleKey, FakeSessions

DAY = 86_400
KEYS = (b"key",)


class World(Protocol):
    """Accounts and their logins; what happened can be made to have happened earlier."""

    sessions: SessionStore

    async def sign_up(self) -> str: ...

    async def older(self, seconds: float) -> None: ...

    async def tokens(self, sid: str) -> list[bool]:
        """Of every token that is kept of a login whether it has been used."""
        ...

    async def add(self, sid: str, token: bytes, parent: bytes) -> None:
        """A token as a former version kept it: one of several after the same one."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.accounts = FakeAccounts()
        self.fake = FakeSessions(self.accounts, self.clock)
        self.sessions: SessionStore = self.fake

    async def sign_up(self) -> str:
        account_id = str(uuid4())
        self.accounts.add(account_id, f"u{uuid4().hex}", "민수", "hash")
        return account_id

    async def older(self, seconds: float) -> None:
        self.clock.now += seconds

    async def tokens(self, sid: str) -> list[bool]:
        return [one.used_at is not None for one in self.fake.tokens.values() if one.sid == sid]

    async def add(self, sid: str, token: bytes, parent: bytes) -> None:
        self.fake._add(sid, token, parent)


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.database = database
        lines = Lines(database, topics.ACCOUNT_RESPONSE.name)
        self.accounts = PostgresAccounts(database, lines, FakeHandleKey())
        self.sessions: SessionStore = PostgresSessions(database, 30 * DAY)

    async def sign_up(self) -> str:
        handle = f"u{uuid4().hex[:20]}"
        wish = AccountWish(0, str(uuid4()), str(uuid4()), handle, "민수", "hash")
        await self.accounts.create(1, [wish])
        return wish.account_id

    async def older(self, seconds: float) -> None:
        await self.database.fetch(
            "with by as (select %s * interval '1 second' as age), tokens as ("
            " update refresh_tokens set used_at = used_at - age, expires_at = expires_at - age"
            " from by) update sessions set revoked_at = revoked_at - age from by",
            (seconds,),
        )

    async def tokens(self, sid: str) -> list[bool]:
        rows = await self.database.fetch(
            "select used_at is not null from refresh_tokens where sid = %s::uuid", (sid,)
        )
        return [used for (used,) in rows]

    async def add(self, sid: str, token: bytes, parent: bytes) -> None:
        await self.database.fetch(
            "insert into refresh_tokens (token_hash, sid, parent, expires_at)"
            " values (%s, %s::uuid, %s, now() + interval '1 day')",
            (token, sid, parent),
        )


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate accounts, handles, account_facts, lines, sessions, login_attempts cascade"
    )
    yield database
    await database.close()


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("database"))


def after(token: bytes, keys: Sequence[bytes] = KEYS) -> list[bytes]:
    return [hmac.digest(key, token, "sha256") for key in keys]


async def log_in(world: World) -> tuple[str, bytes]:
    sid, token = str(uuid4()), secrets.token_bytes(32)
    await world.sessions.open(sid, await world.sign_up(), token)
    return sid, token


async def refresh(world: World, token: bytes, keys: Sequence[bytes] = KEYS) -> Rotation:
    return await world.sessions.rotate(token, after(token, keys))


async def test_a_token_is_exchanged_for_its_successor(world: World) -> None:
    sid, token = await log_in(world)
    for _ in range(3):
        rotation = await refresh(world, token)
        assert rotation.account is not None
        assert (rotation.sid, rotation.account.name) == (sid, "민수")
        assert [rotation.successor] == after(token)
        token = rotation.successor


async def test_an_unknown_token_gives_nothing(world: World) -> None:
    assert await refresh(world, secrets.token_bytes(32)) == Rotation(None)


async def test_a_used_token_that_comes_again_soon_gives_the_same_and_keeps_nothing_more(
    world: World,
) -> None:
    sid, token = await log_in(world)
    rotations = await asyncio.gather(*(refresh(world, token) for _ in range(12)))
    assert all(rotation.account for rotation in rotations)
    (successor,) = {rotation.successor for rotation in rotations}
    assert sorted(await world.tokens(sid)) == [False, True]
    await world.older(4)
    assert (await refresh(world, token)).successor == successor
    assert sorted(await world.tokens(sid)) == [False, True]
    assert (await refresh(world, successor)).account is not None


async def test_a_used_token_that_comes_again_later_ends_the_login(world: World) -> None:
    sid, first = await log_in(world)
    second = (await refresh(world, first)).successor
    await world.older(6)
    reused = await refresh(world, first)
    assert reused.account is None
    assert reused.revoked is not None
    assert reused.revoked.sid == sid
    assert await refresh(world, second) == Rotation(None, sid)


async def test_a_used_token_ends_the_login_at_once_when_its_successor_was_used(
    world: World,
) -> None:
    _, first = await log_in(world)
    second = (await refresh(world, first)).successor
    third = (await refresh(world, second)).successor
    assert (await refresh(world, first)).revoked is not None
    assert (await refresh(world, third)).account is None


async def test_a_new_key_makes_no_second_successor(world: World) -> None:
    sid, first = await log_in(world)
    second = (await refresh(world, first, [b"old"])).successor
    assert (await refresh(world, first, [b"new", b"old"])).successor == second
    assert sorted(await world.tokens(sid)) == [False, True]
    assert (await refresh(world, second, [b"new", b"old"])).successor == after(second, [b"new"])[0]


async def test_without_its_key_a_used_token_gives_nothing_and_the_login_goes_on(
    world: World,
) -> None:
    sid, first = await log_in(world)
    second = (await refresh(world, first, [b"lost"])).successor
    assert await refresh(world, first) == Rotation(None, sid)
    assert sorted(await world.tokens(sid)) == [False, True]
    assert (await refresh(world, second)).account is not None
    assert (await refresh(world, first)).revoked is not None


async def test_of_several_tokens_of_a_former_version_the_first_to_be_used_goes_on(
    world: World,
) -> None:
    sid, first = await log_in(world)
    second = (await refresh(world, first)).successor
    other = secrets.token_bytes(32)
    await world.add(sid, other, first)
    going_on = await refresh(world, other)
    assert going_on.account is not None
    assert (await world.tokens(sid)).count(False) == 1
    assert await refresh(world, second) == Rotation(None, sid)
    assert (await refresh(world, going_on.successor)).account is not None
    await world.older(6)
    assert (await refresh(world, second)).revoked is not None


async def test_an_expired_token_gives_nothing_and_ends_nothing(world: World) -> None:
    sid, token = await log_in(world)
    await world.older(30 * DAY)
    assert await refresh(world, token) == Rotation(None, sid)


async def test_after_the_end_of_a_login_none_of_its_tokens_gives_anything(world: World) -> None:
    sid, first = await log_in(world)
    second = (await refresh(world, first)).successor
    revoked = await world.sessions.revoke(sid)
    assert revoked is not None
    assert await world.sessions.revoke(sid) is None
    assert await world.sessions.revoke(str(uuid4())) is None
    for token in (first, second):
        assert await refresh(world, token) == Rotation(None, sid)
    assert [one.sid for one in await world.sessions.unannounced_of(revoked.account_id)] == [sid]
    await world.older(3)
    assert [one.sid for one in await world.sessions.unannounced()] == [sid]
    await world.sessions.announced(sid)
    assert await world.sessions.unannounced() == []


step = st.one_of(
    st.tuples(st.just("present"), st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 4.0, 6.0, 600.0]), st.just(1)),
    st.tuples(
        st.sampled_from(["new key", "new key", "lose keys", "log out"]), st.just(0), st.just(1)
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.lists(step, min_size=4, max_size=14))
async def test_whatever_is_presented_a_login_has_one_chain_at_most(
    world: World, script: list[tuple[str, float, int]]
) -> None:
    sid, first = await log_in(world)
    handed: list[bytes] = [first]
    used: dict[bytes, float] = {}
    keys, now = [b"0"], 0.0
    for number, (what, value, times) in enumerate(script):
        if what == "wait":
            await world.older(value)
            now += value
        elif what == "log out":
            await world.sessions.revoke(sid)
        elif what == "present":
            token = handed[-1 - int(value) % len(handed)]
            given_now = await asyncio.gather(*(refresh(world, token, keys) for _ in range(times)))
            successors = {each.successor for each in given_now if each.account}
            assert len(successors) <= 1
            if successors:
                assert now - used.setdefault(token, now) <= 5
                handed += successors - set(handed)
        else:
            keys = [str(number).encode(), *(keys if what == "new key" else [])]
        kept = await world.tokens(sid)
        assert kept.count(False) <= 1
        assert len(kept) == len(handed) == len(used) + kept.count(False)


# -- what only Postgres has ------------------------------------------------------------------


@pytest.fixture
def real(database: Database) -> PostgresWorld:
    return PostgresWorld(database)


async def test_a_refresh_that_waited_for_an_erasure_gives_nothing(real: PostgresWorld) -> None:
    sid, token = await log_in(real)
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like %s"

    async def erase(transaction: Transaction) -> asyncio.Task[Rotation]:
        await transaction.fetch("delete from refresh_tokens where sid = %s::uuid", (sid,))
        await transaction.fetch(
            "update sessions set revoked_at = now() where sid = %s::uuid", (sid,)
        )
        refreshing = asyncio.create_task(refresh(real, token))
        await eventually(lambda: real.database.fetch(waiting, ("%for update%",)))
        return refreshing

    refreshing = await real.database.in_transaction(erase)
    assert (await refreshing).account is None


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
