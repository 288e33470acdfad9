"""Lines of facts, workers with a table of posts, and fronts that ask, by either adapter."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from agents.contents.copy_proving import CopyProving, Holding
from agents.contents.hot_posts import Proving
from agents.contents.post_copy import CopiedPosts, Copying
from chatstream.domain.content.freshness import LineState, Proofs, Unheld
from chatstream.domain.partitions import partition_of
from chatstream.errors import TransientFailure
from chatstream.ports.hot_posts import HotPosts
from chatstream.ports.post_copies import PostCopy
from infra.redis.client import RedisServer
from infra.redis.hot_posts import RedisHotPosts
from infra.redis.post_copy import RedisPostCopy
from schemas import records
from tables.posts import Post, PostTable, apply
from tests.fakes.tables import FakeTable, fake_app
from tests.operate.redis_server import OwnRedis
from web.hot_posts.asking import AskedPosts
from web.hot_posts.holding import HeldPosts

PARTITIONS = 2
AT = "2026-11-30T00:00:00.000Z"
AUTHOR = "0190a0f0-0000-7000-8000-0000000000aa"
# A server of the test is given all the time that a busy machine takes.
LONG = 60.0


class Lines:
    """The Postgres of these worlds: all facts, and who has claimed which partition."""

    def __init__(self) -> None:
        self.facts: dict[int, list[Any]] = defaultdict(list)
        self.stored_at: dict[int, list[float]] = defaultdict(list)
        self.claims: dict[int, int] = defaultdict(int)
        self.is_away = False

    def store(self, kind: type[records.ContentFact], content_id: str, **more: Any) -> Any:
        """The next fact of the post's line."""
        line = self.facts[partition_of(content_id, PARTITIONS)]
        common: dict[str, Any] = {"request_id": "r", "account_id": AUTHOR}
        common |= {"author_id": AUTHOR, "at": AT}
        fact = kind(fact_no=len(line) + 1, content_id=content_id, **common, **more)
        line.append(fact)
        self.stored_at[partition_of(content_id, PARTITIONS)].append(time.monotonic())
        return fact

    def publish(self, content_id: str, title: str, version: int = 1) -> Any:
        return self.store(
            records.VersionPublished,
            content_id,
            version=version,
            title=title,
            body="글",
            first_published_at=AT,
        )

    def delete(self, content_id: str) -> Any:
        return self.store(records.ContentDeleted, content_id)

    def folded(self, content_id: str, upto: int) -> Post | None:
        """The post after so many facts of its line."""
        post: Post | None = None
        for fact in self.facts[partition_of(content_id, PARTITIONS)][:upto]:
            if fact.content_id == content_id:
                post = apply(post, fact)
        return post

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        self._check()
        for each in partitions:
            self.claims[each] += 1
        return {each: self.claims[each] for each in partitions}

    async def lines(self, partitions: Sequence[int]) -> Mapping[int, LineState]:
        self._check()
        return {
            each: LineState(len(self.facts[each]), self.claims[each])
            for each in partitions
            if each in self.claims
        }

    def _check(self) -> None:
        if self.is_away:
            raise TransientFailure("content: away")


class Worker:
    """A table that is fed with facts when the test says so, and what runs beside it."""

    def __init__(self, lines: Lines, copy: PostCopy | None = None, every: float = 0.0) -> None:
        self.lines = lines
        self.kept = FakeTable("posts")
        self.kept.rows = {each: {} for each in range(PARTITIONS)}
        table: Any = self.kept
        self.posts = PostTable(fake_app(), table)
        self.proofs = Proofs(time.monotonic)
        self.proving = Proving(
            self.proofs, lines, self.posts.readable, self.posts.line.cursor, every=every
        )
        self.counter: Any = self.posts
        if copy is not None:
            self.copying = Copying(self.posts, copy, time.monotonic, every=every)
            holding = Holding(self.proofs, self.posts.readable, self.copying.doubt)
            self.copied = CopyProving(holding, lines, copy, every=every)
            self.counter = CopiedPosts(self.posts, self.copying)

    async def read(self, upto: int | None = None) -> None:
        """Count what is stored, up to this fact."""
        for partition in range(PARTITIONS):
            cursor = self.posts.line.cursor(partition)
            if facts := self.lines.facts[partition][cursor:upto]:
                cursor = await self.counter.count(partition, cursor, facts)
                await self.posts.line.move(partition, cursor)

    async def claim(self) -> None:
        """The partitions are this one's from now on."""
        self.proofs.claimed(await self.lines.claim(range(PARTITIONS)))

    async def bring(self) -> None:
        """The copy has all that the table has."""
        await self.copying.copy()
        while self.copying.is_filling:
            await self.copying.copy()


class World:
    """A line, its holder, and who asks."""

    def __init__(self, lines: Lines, worker: Worker, posts: HotPosts) -> None:
        self.lines = lines
        self.worker = worker
        self.posts = posts

    async def seen(self, content_id: str) -> Any:
        """What is answered: a title, None for no post; False when nobody can say."""
        found = await self.posts.post(content_id)
        if isinstance(found, Unheld):
            return False
        return None if found.post is None else found.post["title"]


@asynccontextmanager
async def table_world() -> AsyncIterator[World]:
    """By the worker's calls; proofs go on by themselves."""
    lines = Lines()
    worker = Worker(lines, every=0.02)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiohttp.ClientSession())
        held = HeldPosts(worker.posts, worker.proving, PARTITIONS, lambda _: None, lambda: client)
        web_app = web.Application()
        held.register(web_app)
        server = await stack.enter_async_context(TestServer(web_app))
        await stack.enter_async_context(worker.proving)
        asked = AskedPosts([str(server.make_url(""))], lambda: client, PARTITIONS, LONG)
        yield World(lines, worker, asked)


@asynccontextmanager
async def redis_world(redis: OwnRedis) -> AsyncIterator[World]:
    """By the copy; it is made and proved by itself."""
    lines = Lines()
    async with reaching(redis) as server, AsyncExitStack() as stack:
        worker = Worker(lines, RedisPostCopy(server), every=0.02)
        for service in (worker.proving, worker.copying, worker.copied):
            await stack.enter_async_context(service)
        yield World(lines, worker, RedisHotPosts(server, PARTITIONS))


@asynccontextmanager
async def reaching(redis: OwnRedis, within: float = LONG) -> AsyncIterator[RedisServer]:
    server = RedisServer(redis.url, within)
    try:
        yield server
    finally:
        await server.close()


def texts_of(redis: OwnRedis) -> Iterable[str]:
    """All that the server has of posts."""
    for key in redis.ask("keys", "*").splitlines():
        yield redis.ask("hgetall", key)
