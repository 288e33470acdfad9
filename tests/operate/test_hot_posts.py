"""ports.hot_posts.HotPosts by both adapters: what is shown, how old it is, and what is settled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chatstream.domain.content.freshness import WINDOW, Unheld
from chatstream.domain.partitions import partition_of
from schemas import records
from tests.client.waiting import eventually
from tests.operate.hot_worlds import PARTITIONS, World, redis_world, table_world
from tests.operate.redis_server import OwnRedis

pytestmark = pytest.mark.operate

POST = "0190a0f0-0000-7000-8000-00000000000a"
OTHER = "0190a0f0-0000-7000-8000-00000000000b"


@pytest.fixture(params=["table", "redis"])
async def world(request: pytest.FixtureRequest, redis: OwnRedis) -> AsyncIterator[World]:
    if request.param == "table":
        async with table_world() as world:
            yield world
        return
    redis.ask("flushall")
    async with redis_world(redis) as world:
        yield world


async def until_seen(world: World, content_id: str, wanted: object) -> None:
    async def is_seen() -> bool:
        return bool(await world.seen(content_id) == wanted)

    await eventually(is_seen, every=0.02)


async def test_a_post_is_shown_as_its_facts_leave_it(world: World) -> None:
    world.lines.publish(POST, "제목")
    world.lines.store(records.ContentLiked, POST, likes=1)
    await world.worker.read()
    await until_seen(world, POST, "제목")
    found = await world.posts.post(POST)
    assert not isinstance(found, Unheld)
    assert found.post == world.lines.folded(POST, 2)
    assert 0 <= found.age < WINDOW


async def test_that_there_is_no_post_is_an_answer_too(world: World) -> None:
    world.lines.publish(POST, "제목")
    await world.worker.read()
    await until_seen(world, POST, "제목")
    await until_seen(world, OTHER, None)


async def test_what_lacks_a_stored_fact_is_shown_no_longer_than_its_proof_is_good(
    world: World,
) -> None:
    world.lines.publish(POST, "제목")
    await world.worker.read()
    await until_seen(world, POST, "제목")
    world.lines.publish(POST, "고친 제목", version=2)
    await until_seen(world, POST, False)
    await world.worker.read()
    await until_seen(world, POST, "고친 제목")


async def test_a_deletion_that_is_read_is_settled_and_seen_by_nobody(world: World) -> None:
    world.lines.publish(POST, "제목")
    await world.worker.read()
    await until_seen(world, POST, "제목")
    deletion = world.lines.delete(POST)
    settling = asyncio.create_task(world.posts.settle(POST, deletion.fact_no))
    await world.worker.read()
    await settling
    assert await world.seen(POST) in (None, False)
    await until_seen(world, POST, None)


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_deletion_that_nobody_reads_is_settled_when_no_proof_is_left(
    world: World, is_known: bool
) -> None:
    world.lines.publish(POST, "제목")
    await world.worker.read()
    await until_seen(world, POST, "제목")
    deletion = world.lines.delete(POST)
    await world.posts.settle(POST, deletion.fact_no if is_known else None)
    assert await world.seen(POST) is False


async def test_while_postgres_is_away_nothing_is_shown_and_it_goes_on_behind_it(
    world: World,
) -> None:
    world.lines.publish(POST, "제목")
    await world.worker.read()
    await until_seen(world, POST, "제목")
    world.lines.is_away = True
    await until_seen(world, POST, False)
    world.lines.is_away = False
    await until_seen(world, POST, "제목")


def test_the_posts_of_these_tests_are_of_one_line() -> None:
    assert partition_of(POST, PARTITIONS) == partition_of(OTHER, PARTITIONS)
