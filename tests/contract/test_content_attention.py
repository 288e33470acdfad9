"""Likes, views and what is popular in Postgres: the counts are as many as the rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.domain.content.attention import NO_POST, AttentionAct
from chatstream.domain.content.popular import score
from chatstream.domain.decisions import Accept, Decision
from chatstream.settings import PostgresSettings
from infra.postgres import content_attention
from infra.postgres.fact_line import LineBatch
from infra.postgres.pool import Database
from infra.postgres.popular import PostgresPopular
from tests.conftest import Dsns
from tests.contract.feed_rig import FeedRig

LIKE, UNLIKE, VIEW = AttentionAct
Asked = tuple[AttentionAct, str, str]


@pytest.fixture
async def rig(postgres: Dsns) -> AsyncIterator[FeedRig]:
    database = Database("content", postgres.lineages["content"]["content"], PostgresSettings())
    rig = FeedRig(database)
    await rig.empty()
    yield rig
    await database.close()


async def do(rig: FeedRig, *asked: Asked) -> list[Decision[AttentionAct]]:
    """What the rule says of each act of a batch, which is carried out."""
    decided: list[Decision[AttentionAct]] = []

    async def write(batch: LineBatch) -> None:
        readers = [(content_id, account_id) for _, content_id, account_id in asked]
        attention = await content_attention.read(batch, readers)
        for each in asked:
            decided.append(attention.decide(*each))
            if isinstance(decided[-1], Accept):
                attention.apply(*each)
        await content_attention.write(batch, attention)

    await rig.in_batch(write)
    return decided


async def counts(rig: FeedRig, content_id: str) -> tuple[int, int]:
    sql = "select views, likes from contents where content_id = %s::uuid"
    ((views, likes),) = await rig.database.fetch(sql, (content_id,))
    return views, likes


async def age(rig: FeedRig, by: timedelta) -> None:
    """Let likes and views be older."""
    await rig.database.fetch("update likes set at = at - %s", (by,))
    await rig.database.fetch("update views set at = at - %s, day = day - 1", (by,))


async def test_an_account_counts_once(rig: FeedRig) -> None:
    author, reader, other = [await rig.sign_up() for _ in range(3)]
    post = await rig.publish(author)
    acts = [(LIKE, post, reader), (LIKE, post, reader), (VIEW, post, reader), (VIEW, post, other)]
    for _ in range(2):
        await do(rig, *acts)
        assert await counts(rig, post) == (2, 1)
    await do(rig, (UNLIKE, post, reader), (UNLIKE, post, other))
    assert await counts(rig, post) == (2, 0)


async def test_another_day_is_another_view(rig: FeedRig) -> None:
    post, reader = await rig.publish(await rig.sign_up()), await rig.sign_up()
    await do(rig, (VIEW, post, reader))
    await age(rig, timedelta(days=1))
    await do(rig, (VIEW, post, reader))
    assert await counts(rig, post) == (2, 0)


async def test_what_cannot_be_read_is_neither_liked_nor_seen(rig: FeedRig) -> None:
    author, reader = await rig.sign_up(), await rig.sign_up()
    post, gone = await rig.publish(author), await rig.publish(author)
    await rig.delete(gone)
    await do(rig, (LIKE, post, reader))
    for pair in ((author, reader), (reader, author)):
        await rig.block(*pair, holds=True)
        refused = await do(rig, (LIKE, post, reader), (VIEW, post, reader), (LIKE, gone, reader))
        assert refused == [NO_POST] * 3
        await rig.block(*pair, holds=False)
    await rig.block(author, reader, holds=True)
    assert await do(rig, (UNLIKE, post, reader)) == [Accept((UNLIKE,))]
    assert await counts(rig, post) == (0, 0)


acts = st.tuples(st.sampled_from(AttentionAct), st.integers(0, 1), st.integers(0, 2))


@given(st.lists(st.lists(acts, min_size=1, max_size=6), max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_popular_is_the_recomputation(
    rig: FeedRig, batches: list[list[tuple[AttentionAct, int, int]]]
) -> None:
    await rig.empty()
    readers = [await rig.sign_up() for _ in range(3)]
    posts = [await rig.publish(readers[0]) for _ in range(2)]
    likes: set[tuple[str, str]] = set()
    views: set[tuple[str, str]] = set()
    for batch in batches:
        asked = [(act, posts[post], readers[reader]) for act, post, reader in batch]
        await do(rig, *asked)
        for act, *pair in asked:
            reader = (pair[0], pair[1])
            if act is VIEW:
                views.add(reader)
            elif act is LIKE:
                likes.add(reader)
            else:
                likes.discard(reader)
    told = {
        post: (sum(one == post for one, _ in views), sum(one == post for one, _ in likes))
        for post in posts
    }
    assert {post: await counts(rig, post) for post in posts} == told
    await PostgresPopular(rig.database).recount()
    ranked = [post for post in reversed(posts) if score(*told[post])]
    ranked.sort(key=lambda post: score(*told[post]), reverse=True)
    assert await rig.feeds.popular(readers[1], limit=10) == ranked


async def test_popular_forgets_what_is_older_than_a_day_and_hides_who_is_blocked(
    rig: FeedRig,
) -> None:
    ana, bo, reader = [await rig.sign_up() for _ in range(3)]
    old, new, deleted = [await rig.publish(ana) for _ in range(3)]
    by_bo = await rig.publish(bo)
    await do(rig, (VIEW, old, reader), (LIKE, old, reader))
    await age(rig, timedelta(hours=25))
    await do(rig, (VIEW, new, reader), (LIKE, by_bo, reader), (LIKE, deleted, reader))
    popular = PostgresPopular(rig.database)
    await popular.recount()
    await rig.delete(deleted)
    assert await rig.feeds.popular(reader, limit=10) == [by_bo, new]
    assert await rig.feeds.popular(reader, limit=1) == [by_bo]
    await rig.block(bo, reader, holds=True)
    assert await rig.feeds.popular(reader, limit=1) == [new]
    await popular.recount()
    assert await rig.feeds.popular(ana, limit=10) == [by_bo, new]
