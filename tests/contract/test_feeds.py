"""ports.feeds in Postgres: a feed equals the recomputation from facts, however it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.ports.copies import BlockFact, NameFact
from chatstream.settings import PostgresSettings
from infra.postgres.copies import PostgresBlockCopies
from infra.postgres.fan_out import PostgresFanOut, PushBounds
from infra.postgres.pool import Database
from tests.conftest import Dsns
from tests.contract.feed_rig import FeedRig
from tests.contract.paging import refuses_foreign_cursors

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def rig(postgres: Dsns) -> AsyncIterator[FeedRig]:
    dsn = postgres.lineages["content"]["content"]
    database = Database("content", dsn, PostgresSettings())
    rig = FeedRig(database)
    await rig.empty()
    yield rig
    await database.close()


people = st.integers(0, 3)
act = st.one_of(
    st.tuples(st.just("publish"), people, st.integers(0, 3)),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.just("subscribe"), people, people),
    st.tuples(st.just("unsubscribe"), people, people),
    st.tuples(st.just("block"), people, people, st.booleans()),
    st.tuples(st.just("push")),
    st.tuples(st.just("fill")),
)


@given(acts=st.lists(act, min_size=5, max_size=30))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_feed_equals_the_recomputation_after_every_act(
    rig: FeedRig, acts: list[tuple[object, ...]]
) -> None:
    await rig.empty()
    accounts = sorted([await rig.sign_up() for _ in range(4)])
    posts: list[str] = []
    for each in acts:
        match each:
            case ("publish", int(author), int(minute)):
                at = START + timedelta(minutes=minute)
                posts.append(await rig.publish(accounts[author], at))
            case ("delete", int(number)) if posts:
                await rig.delete(posts[number % len(posts)])
            case ("subscribe", int(one), int(other)) if one != other:
                if (accounts[other], accounts[one]) not in rig.facts.blocks:
                    await rig.subscribe(accounts[one], accounts[other])
            case ("unsubscribe", int(one), int(other)):
                await rig.unsubscribe(accounts[one], accounts[other])
            case ("block", int(one), int(other), bool(holds)) if one != other:
                await rig.block(accounts[one], accounts[other], holds=holds)
            case ("push",):
                await rig.fan_out.push()
            case ("fill",):
                await rig.fan_out.fill()
        for account_id in accounts:
            assert await rig.feed(account_id) == rig.recomputed(account_id)
    await rig.settle()
    for account_id in accounts:
        assert await rig.feed(account_id) == rig.recomputed(account_id)


async def test_a_page_is_whole_while_everybody_writes(rig: FeedRig) -> None:
    """What was published before a read began is in it, whoever pushes, fills and merges meanwhile.

    The reader stays subscribed; others come and go, so that the author reaches the limit at last.
    """
    author, reader = await rig.sign_up(), await rig.sign_up()
    others = [await rig.sign_up() for _ in range(4)]
    pushers = [PostgresFanOut(rig.database, rig.bounds) for _ in range(2)]
    posts: list[str] = []
    reads: list[int] = []
    over = asyncio.Event()

    async def publish() -> None:
        for number in range(40):
            if number == 5:
                await rig.subscribe(reader, author)
            if number in (10, 20):
                await rig.subscribe(others[number // 10], author)
                await rig.unsubscribe(others[0], author)
            posts.append(await rig.publish(author))
        over.set()

    async def push(fan_out: PostgresFanOut) -> None:
        while not over.is_set():
            if not (await fan_out.push() or await fan_out.fill()):
                await asyncio.sleep(0)

    async def read() -> None:
        while not over.is_set():
            is_subscribed = (reader, author) in rig.facts.subscriptions
            before = list(reversed(posts)) if is_subscribed else []
            found = await rig.feed(reader, limit=50)
            assert [each for each in found if each in before] == before
            reads.append(len(found))

    await asyncio.gather(publish(), *map(push, pushers), read())
    assert reads
    await rig.settle()
    for account_id in (reader, *others):
        assert await rig.feed(account_id) == rig.recomputed(account_id)


async def test_what_waits_is_taken_up_where_it_was_left(rig: FeedRig) -> None:
    author = await rig.sign_up()
    readers = sorted([await rig.sign_up() for _ in range(3)])
    rig = rig.with_bounds(PushBounds(push_limit=100, batch=2, filled=10))
    for each in readers:
        await rig.subscribe(each, author)
    await rig.settle()
    content_id = await rig.publish(author)
    assert await rig.pushed(content_id) == []
    assert await rig.fan_out.push()
    assert await rig.pushed(content_id) == readers[:2]
    assert await rig.with_bounds(rig.bounds).fan_out.push()
    assert await rig.pushed(content_id) == readers
    assert not await rig.fan_out.push()
    await rig.delete(content_id)
    await rig.settle()
    assert await rig.pushed(content_id) == []


async def test_an_author_at_the_limit_is_merged_and_stays_so(rig: FeedRig) -> None:
    author, one, other = [await rig.sign_up() for _ in range(3)]
    await rig.subscribe(one, author)
    first = await rig.publish(author)
    await rig.settle()
    assert await rig.pushed(first) == [one]
    await rig.subscribe(other, author)
    second = await rig.publish(author)
    await rig.settle()
    await rig.unsubscribe(other, author)
    third = await rig.publish(author)
    assert not await rig.fan_out.push()
    assert [await rig.pushed(each) for each in (second, third)] == [[], []]
    assert await rig.feed(one) == [third, second, first]


async def test_a_cursor_skips_nothing_that_was_there_before_the_first_page(rig: FeedRig) -> None:
    author, reader = await rig.sign_up(), await rig.sign_up()
    await rig.subscribe(reader, author)
    posts = [await rig.publish(author) for _ in range(6)]
    page, cursor = await rig.feeds.feed(reader, cursor=None, limit=2)
    found = [each.content_id for each in page]
    await rig.publish(author)
    await rig.delete(posts[4])
    while cursor is not None:
        page, cursor = await rig.feeds.feed(reader, cursor=cursor, limit=2)
        found += [each.content_id for each in page]
        await rig.fan_out.push()
        await rig.fan_out.fill()
    assert found == posts[::-1]


async def test_a_block_is_there_when_feeds_go_by_it(rig: FeedRig) -> None:
    author, reader = await rig.sign_up(), await rig.sign_up()
    copies = PostgresBlockCopies(rig.database)
    facts = [BlockFact(author, reader, number) for number in (1, 2)]
    assert await copies.applied(facts) == []
    await rig.block(author, reader, holds=True)
    assert await copies.applied(facts) == facts[:1]
    await rig.block(author, reader, holds=False)
    assert await copies.applied([NameFact(author, 1), *facts]) == facts


async def test_feeds_know_their_own_cursors(rig: FeedRig) -> None:
    reader = await rig.sign_up()
    await refuses_foreign_cursors(
        lambda cursor, limit: rig.feeds.feed(reader, cursor=cursor, limit=limit)
    )
