"""ports.logins.SessionStore: one suite for the fake and for real Postgres."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.ports.logins import Rotation
from chatstream.settings import PostgresSettings
from infra.postgres.pool import Database
from tests.contract.logins_rig import DAY, FakeWorld, PostgresWorld, World, after, log_in, refresh


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


async def test_a_login_is_of_an_account_that_is_there(world: World) -> None:
    account_id, sid = await world.sign_up(), str(uuid4())
    account = await world.sessions.open(sid, account_id, b"first")
    assert account is not None
    assert (account.account_id, account.name, account.role) == (account_id, "민수", "user")
    await world.erase(account_id)
    assert await world.sessions.open(str(uuid4()), account_id, b"second") is None
    assert await refresh(world, b"second") == Rotation(None)
    assert await world.sessions.open(str(uuid4()), str(uuid4()), b"third") is None


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
