"""Two workers do anything in any order, and Redis loses things: what a front may be shown."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

import pytest

from chatstream.domain.content.freshness import WINDOW, Unheld
from chatstream.domain.partitions import partition_of
from infra.redis.hot_posts import RedisHotPosts
from infra.redis.post_copy import RedisPostCopy
from infra.redis.post_scripts import key_of
from schemas import records
from tests.client.waiting import eventually, pause
from tests.operate.hot_worlds import PARTITIONS, Lines, Worker, World, reaching
from tests.operate.redis_server import OwnRedis

pytestmark = pytest.mark.operate

STEPS = 600


@dataclass
class History:
    """Random acts of two workers, and what may be seen after them."""

    lines: Lines
    workers: list[Worker]
    posts: RedisHotPosts
    chance: random.Random
    redis: OwnRedis
    settled: dict[int, int] = field(default_factory=dict)
    IDS = tuple(f"0190a0f0-0000-7000-8000-{number:012x}" for number in range(6))

    async def act(self) -> None:
        worker, content_id = self.chance.choice(self.workers), self.chance.choice(self.IDS)
        match self.chance.choices(range(9), (6, 8, 8, 8, 1, 1, 24, 1, 0.2))[0]:
            case 0:
                self._store(content_id)
            case 1:
                await worker.read(self.chance.choice([None, 3, 6, 9, 12]))
            case 2:
                await worker.copying.copy()
            case 3:
                await worker.copied.prove()
            case 4:
                await worker.claim()
            case 5:
                self.redis.ask(*self.chance.choice([("flushall",), ("del", key_of(0))]))
            case 6:
                await self.look(content_id)
            case 7:
                await self._settle(content_id)
            case _:
                await pause(WINDOW / 3)

    def _store(self, content_id: str) -> None:
        kind = self.chance.randrange(4)
        if kind == 0:
            self.lines.delete(content_id)
        elif kind == 1:
            self.lines.store(records.ContentViewed, content_id, views=self.chance.randrange(9))
        else:
            self.lines.publish(content_id, f"title {self.chance.random()}")

    async def _settle(self, content_id: str) -> None:
        partition = partition_of(content_id, PARTITIONS)
        if head := len(self.lines.facts[partition]):
            await self.posts.settle(content_id, head)
            self.settled[partition] = max(head, self.settled.get(partition, 0))

    async def look(self, content_id: str) -> None:
        """It is the post after some fact: of the last second, and after all that was settled."""
        partition = partition_of(content_id, PARTITIONS)
        asked_at = time.monotonic()
        found = await self.posts.post(content_id)
        if isinstance(found, Unheld):
            return
        known = sum(at < asked_at - WINDOW for at in self.lines.stored_at[partition])
        least = max(known, self.settled.get(partition, 0))
        head = len(self.lines.facts[partition])
        assert found.post in [self.lines.folded(content_id, n) for n in range(least, head + 1)]

    async def comes_to_the_end(self, world: World, content_id: str) -> None:
        """Proved until it is shown as its last fact leaves it."""
        head = len(self.lines.facts[partition_of(content_id, PARTITIONS)])
        last = self.lines.folded(content_id, head)

        async def is_shown() -> bool:
            await world.worker.copied.prove()
            await self.look(content_id)
            found = await world.posts.post(content_id)
            return not isinstance(found, Unheld) and found.post == last

        await eventually(is_shown, every=0.01)


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_shown_is_of_the_last_second_and_lacks_nothing_settled(
    redis: OwnRedis, seed: int
) -> None:
    redis.ask("flushall")
    lines = Lines()
    async with reaching(redis) as server:
        workers = [Worker(lines, RedisPostCopy(server, lease=0.0)) for _ in range(2)]
        posts = RedisHotPosts(server, PARTITIONS)
        history = History(lines, workers, posts, random.Random(seed), redis)
        await workers[0].claim()
        for _ in range(STEPS):
            await history.act()
        await workers[0].claim()
        await workers[0].read()
        await workers[0].bring()
        for content_id in history.IDS:
            await history.comes_to_the_end(World(lines, workers[0], posts), content_id)
