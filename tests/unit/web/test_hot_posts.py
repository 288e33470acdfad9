"""PostTable from whoever holds them: what is answered, passed on, believed, and waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.domain.content.freshness import WINDOW, LineState, Proofs
from chatstream.domain.partitions import partition_of
from schemas import records
from tables.posts import PostTable
from tests.fakes.tables import FakeTable, fake_app
from web.hot_posts.asking import AskedPosts
from web.hot_posts.holding import HeldPosts

PARTITIONS = 8
POST = "0190a0f0-0000-7000-8000-00000000000a"
PLACE = partition_of(POST, PARTITIONS)
AT = "2026-11-30T00:00:00.000Z"


class Holder:
    """A worker with a table of posts, whose proofs the test makes."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.now = 100.0
        self.proofs = Proofs(lambda: self.now, WINDOW)
        table: Any = FakeTable("posts")
        self.posts = PostTable(fake_app(), table)
        self.owner: str | None = None
        self.settled_upto = 0
        held = HeldPosts(self.posts, self, PARTITIONS, lambda _: self.owner, lambda: client)
        web_app = web.Application()
        held.register(web_app)
        self.server = TestServer(web_app)

    @property
    def url(self) -> str:
        return str(self.server.make_url(""))

    async def settled(self, partition: int, fact_no: int, within: float) -> bool:
        return partition == PLACE and fact_no <= self.settled_upto

    def prove(self) -> None:
        self.proofs.claimed({PLACE: 1})
        self.proofs.take(self.now, {PLACE: LineState(0, 1)}, {PLACE: 0})

    async def publish(self, title: str = "제목") -> None:
        fact = records.VersionPublished(
            request_id="r",
            account_id="a",
            fact_no=1,
            content_id=POST,
            author_id="a",
            at=AT,
            version=1,
            title=title,
            body="글",
            first_published_at=AT,
        )
        await self.posts.count(PLACE, 0, [fact])


class Front:
    """Asks these workers; its clock stands, and it sleeps at once."""

    def __init__(self, client: aiohttp.ClientSession, *workers: str) -> None:
        self.now = 0.0
        self.took = 0.0
        self.slept: list[float] = []
        self.posts = AskedPosts(
            workers, lambda: client, within=60, clock=self.clock, sleep=self.sleep
        )

    def clock(self) -> float:
        self.now += self.took
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def holder(client: aiohttp.ClientSession) -> AsyncIterator[Holder]:
    holder = Holder(client)
    await holder.server.start_server()
    yield holder
    await holder.server.close()


async def test_a_post_is_answered_as_it_is_held_while_that_is_proved(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    front = Front(client, holder.url)
    await holder.publish()
    assert await front.posts.post(POST) is None
    holder.prove()
    holder.now += 0.25
    found = await front.posts.post(POST)
    assert found is not None
    assert found.post is not None
    assert (found.post["title"], found.age) == ("제목", 0.25)
    holder.now += WINDOW
    assert await front.posts.post(POST) is None


async def test_that_there_is_no_post_is_an_answer_too(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    holder.prove()
    found = await Front(client, holder.url).posts.post(POST)
    assert found is not None
    assert found.post is None


async def test_an_answer_that_came_late_is_not_believed(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    holder.prove()
    holder.now += 0.5
    front = Front(client, holder.url)
    front.took = 0.6
    assert await front.posts.post(POST) is None
    front.took = 0.4
    assert await front.posts.post(POST) is not None


async def test_any_worker_knows_who_holds_it(client: aiohttp.ClientSession, holder: Holder) -> None:
    other = Holder(client)
    await other.server.start_server()
    other.owner = holder.url.rstrip("/")
    await holder.publish()
    holder.prove()
    holder.settled_upto = 7
    front = Front(client, other.url)
    found = await front.posts.post(POST)
    assert found is not None
    assert found.post is not None
    assert found.age >= 0
    await front.posts.settle(POST, 7)
    assert front.slept == []
    # Each believes that the other holds it: nobody asks for ever.
    holder.owner = other.url.rstrip("/")
    holder.now += WINDOW
    assert await front.posts.post(POST) is None
    await other.server.close()


async def test_a_fact_that_nobody_settles_is_waited_for(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    front = Front(client, holder.url)
    holder.settled_upto = 7
    await front.posts.settle(POST, 7)
    assert front.slept == []
    await front.posts.settle(POST, 8)
    assert front.slept == [WINDOW]
    await front.posts.settle(POST, None)
    assert front.slept == [WINDOW] * 2


async def test_while_workers_are_away_postgres_is_asked_and_deletions_wait(
    client: aiohttp.ClientSession,
) -> None:
    front = Front(client, "http://127.0.0.1:9")
    assert await front.posts.post(POST) is None
    await front.posts.settle(POST, 1)
    assert front.slept == [WINDOW]
    nobody = Front(client)
    assert await nobody.posts.post(POST) is None
    await nobody.posts.settle(POST, 1)
    assert nobody.slept == []
