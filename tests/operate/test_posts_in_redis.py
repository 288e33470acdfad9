"""Posts of a running stack whose fronts read them in Redis, while Redis and its writer are hurt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from infra.embedded import gateway, kafka, postgres
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.security import keys
from tests.client.metrics import samples, total
from tests.client.waiting import eventually, pause
from tests.faults.posting import DEADLINE, Press
from tests.faults.posting_proof import Proof
from tests.operate.hot_worlds import texts_of
from tests.operate.laid import VariedStack, laid_stack
from tests.operate.redis_server import OwnRedis
from tests.servers import TEST_ENVIRONMENT

pytestmark = [pytest.mark.operate, pytest.mark.timeout(1500)]

WORKERS = ("content-1", "content-2")
FRONTS = ("front-1", "front-2")
UNUSED = ("log", "lag", "stats", "coupon", "front-coupon")
DOWN = 2.0


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, redis: OwnRedis) -> Iterator[VariedStack]:
    """Without the search and what nobody of the scene needs."""
    settings = {**TEST_ENVIRONMENT, "CHATSTREAM_FEED__REDIS_URL": redis.url}
    shape = StackShape(ProcessCounts(front=len(FRONTS), content=len(WORKERS)), settings)
    servers = [kafka.NAME, *postgres.SERVERS]
    with laid_stack(request, "posts-in-redis", shape, servers=servers) as stack:
        keys.ensure_keys(Path(stack.env()["CHATSTREAM_AUTH__KEYS_DIR"]))
        used = [each.name for each in stack.workers if each.service not in UNUSED]
        stack.start_workers(*used)
        stack.start_workers(gateway.NAME)
        yield stack


@pytest.fixture
async def press(stack: VariedStack) -> AsyncIterator[Press]:
    press = await Press.opened(stack)
    yield press
    await press.close()


async def answered(stack: Stack, outcome: str) -> float:
    """How many posts the fronts were answered so far."""
    try:
        return total(await samples(stack, *FRONTS), "hot_posts_total", outcome=outcome)
    except KeyError:
        return 0.0


def in_turn(redis: OwnRedis) -> Callable[[Stack], Awaitable[None]]:
    """All that may happen, each when posts are read in Redis again after the one before."""

    async def blow(stack: Stack) -> None:
        async def until_read() -> None:
            before = await answered(stack, "held")

            async def is_read() -> bool:
                return await answered(stack, "held") > before

            await eventually(is_read, DEADLINE)

        async def restarted() -> None:
            redis.ask("save")
            await pause(DOWN / 4)
            redis.kill()
            await pause(DOWN)
            await asyncio.to_thread(redis.start)

        async def killed(name: str) -> None:
            await asyncio.to_thread(stack.kill, name)
            await asyncio.to_thread(stack.wait_ready, name)

        await until_read()
        redis.ask("flushall")
        await until_read()
        await restarted()
        await until_read()
        await killed(WORKERS[0])
        await until_read()

    return blow


async def test_nothing_is_seen_that_may_not_be_whatever_becomes_of_redis_and_its_writer(
    stack: VariedStack, press: Press, redis: OwnRedis
) -> None:
    await press.hurt(in_turn(redis))
    await Proof(press).check()

    async def is_clean() -> bool:
        kept = "".join(texts_of(redis))
        return not any(post.content_id in kept for post in press.posts.values() if post.is_gone)

    await eventually(is_clean, DEADLINE)
