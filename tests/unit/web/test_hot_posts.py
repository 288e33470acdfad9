"""Posts from whoever holds them: what is answered, passed on, believed, and waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.domain.content.author_pages import PageAsked
from chatstream.domain.content.freshness import WINDOW, LineState, Proofs, Unheld
from chatstream.domain.partitions import partition_of
from chatstream.ports.hot_posts import HotPage, HotPost
from schemas import records
from tables.posts import PostTable
from tests.fakes.tables import FakeTable, fake_app
from web.hot_posts.asking import AskedPosts
from web.hot_posts.calls import decode_page, get
from web.hot_posts.holding import HeldPosts

PARTITIONS = 8
POST = "0190a0f0-0000-7000-8000-00000000000a"
PLACE = partition_of(POST, PARTITIONS)
AT = "2026-11-30T00:00:00.000Z"
AWAY = "http://127.0.0.1:9"


class Holder:
    """A worker with a table of posts, whose proofs the test makes."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.now = 100.0
        self.proofs = Proofs(lambda: self.now, WINDOW)
        table: Any = FakeTable("posts")
        self.posts = PostTable(fake_app(), table)
        self.owner: str | None = None
        self.settled_upto = 0
        self.proved_when_asked: tuple[int, ...] = ()
        held = HeldPosts(self.posts, self, PARTITIONS, lambda _: self.owner, lambda: client)
        web_app = web.Application()
        held.register(web_app)
        self.server = TestServer(web_app)

    @property
    def url(self) -> str:
        return str(self.server.make_url(""))

    async def asked(self) -> None:
        """Somebody asks: what was to be proved then is."""
        proved, self.proved_when_asked = self.proved_when_asked, ()
        if proved:
            self.prove(*proved)

    async def settled(self, partition: int, fact_no: int, within: float) -> bool:
        return fact_no <= self.settled_upto

    def prove(self, *partitions: int) -> None:
        proved = partitions or (PLACE,)
        self.proofs.claimed(dict.fromkeys(proved, 1))
        lines = dict.fromkeys(proved, LineState(0, 1))
        self.proofs.take(self.now, lines, dict.fromkeys(proved, 0))

    def held(self, partitions: Iterable[int]) -> None:
        """From now on these are read and proved here, and no others."""
        self.proofs.keep(())
        for each in (proved := tuple(partitions)):
            self.posts.table.rows.setdefault(each, {})  # type: ignore[attr-defined]
        if proved:
            self.prove(*proved)

    async def publish(self, content_id: str = POST, second: int = 0) -> int:
        """Where it lies."""
        partition = partition_of(content_id, PARTITIONS)
        fact = records.VersionPublished(
            **named(content_id, second + 1),
            author_id="a",
            version=1,
            title="제목",
            body="글",
            first_published_at=f"2026-11-30T00:00:{second:02}.000Z",
        )
        await self.posts.count(partition, 0, [fact])
        return partition

    async def delete(self, content_id: str) -> None:
        partition = partition_of(content_id, PARTITIONS)
        fact = records.ContentDeleted(**named(content_id, 2), author_id="a")
        await self.posts.count(partition, 1, [fact])


def named(content_id: str, number: int) -> dict[str, Any]:
    """What every fact has."""
    named = {"request_id": "r", "account_id": "a", "content_id": content_id}
    return {**named, "fact_no": number, "at": AT}


class Front:
    """Asks these workers; its clock stands, and it sleeps at once."""

    def __init__(self, client: aiohttp.ClientSession, *workers: str) -> None:
        self.now = 0.0
        self.took = 0.0
        self.slept: list[float] = []
        self.posts = AskedPosts(
            workers, lambda: client, PARTITIONS, within=60, clock=self.clock, sleep=self.sleep
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
    assert await front.posts.post(POST) is Unheld.UNPROVED
    holder.prove()
    holder.now += 0.25
    found = await front.posts.post(POST)
    assert isinstance(found, HotPost)
    assert found.post is not None
    assert (found.post["title"], found.age) == ("제목", 0.25)
    holder.now += WINDOW
    assert await front.posts.post(POST) is Unheld.UNPROVED


async def test_what_nobody_asked_for_is_proved_when_somebody_asks(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    await holder.publish()
    holder.held([PLACE])
    holder.now += WINDOW
    holder.proved_when_asked = (PLACE,)
    found = await Front(client, holder.url).posts.post(POST)
    assert isinstance(found, HotPost)
    assert found.age == 0
    holder.now += WINDOW
    holder.proved_when_asked = (PLACE,)
    status, body = await get(client, f"{holder.url}/internal/authors/a/posts?limit=9", 60)
    assert status == 200
    assert [part.partition for part in decode_page(body).parts] == [PLACE]


async def test_that_there_is_no_post_is_an_answer_too(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    holder.prove()
    found = await Front(client, holder.url).posts.post(POST)
    assert isinstance(found, HotPost)
    assert found.post is None


async def test_an_answer_that_came_late_is_not_believed(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    holder.prove()
    holder.now += 0.5
    front = Front(client, holder.url)
    front.took = 0.6
    assert await front.posts.post(POST) is Unheld.LATE
    front.took = 0.4
    assert isinstance(await front.posts.post(POST), HotPost)


async def test_any_worker_knows_who_holds_it(client: aiohttp.ClientSession, holder: Holder) -> None:
    other = Holder(client)
    await other.server.start_server()
    other.owner = holder.url.rstrip("/")
    await holder.publish()
    holder.prove()
    holder.settled_upto = 7
    front = Front(client, other.url)
    found = await front.posts.post(POST)
    assert isinstance(found, HotPost)
    assert found.post is not None
    assert found.age >= 0
    await front.posts.settle(POST, 7)
    assert front.slept == []
    # Each believes that the other holds it: nobody asks for ever.
    holder.owner = other.url.rstrip("/")
    holder.now += WINDOW
    assert await front.posts.post(POST) is Unheld.UNPROVED
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
    front = Front(client, AWAY, AWAY)
    assert await front.posts.post(POST) is Unheld.AWAY
    assert await front.posts.page(PageAsked("a", 2)) is Unheld.AWAY
    await front.posts.settle(POST, 1)
    assert front.slept == [WINDOW]
    nobody = Front(client)
    assert await nobody.posts.post(POST) is Unheld.AWAY
    assert await nobody.posts.page(PageAsked("a", 2)) is Unheld.AWAY
    await nobody.posts.settle(POST, 1)
    assert nobody.slept == []


async def test_another_worker_is_asked_where_the_first_refuses_the_connection(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    holder.prove()
    holder.settled_upto = 7
    front = Front(client, AWAY, holder.url)
    for _ in range(8):  # whichever is the first
        assert isinstance(await front.posts.post(POST), HotPost)
        await front.posts.settle(POST, 7)
    assert front.slept == []


async def test_a_page_is_put_together_from_all_who_hold_a_part_of_it(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    other = Holder(client)
    await other.server.start_server()
    holders, ids = (holder, other), [str(uuid4()) for _ in range(9)]
    for second, content_id in enumerate(ids):
        place = partition_of(content_id, PARTITIONS)
        await holders[place % 2].publish(content_id, second)
    for number, each in enumerate(holders):
        each.held(range(number, PARTITIONS, 2))
    front = Front(client, holder.url, other.url)
    newest = ids[::-1]
    after = None
    for begin, has_more in ((0, True), (4, True), (8, False)):
        page = await front.posts.page(PageAsked("a", 4, after))
        assert isinstance(page, HotPage)
        assert [each["contentId"] for each in page.posts] == newest[begin : begin + 4]
        assert page.has_more is has_more
        after = page.posts[-1]["publishedAt"], page.posts[-1]["contentId"]
    # Who is away held something, until somebody else has proved it.
    alone = Front(client, holder.url, AWAY)
    assert await alone.posts.page(PageAsked("a", 4)) is Unheld.UNPROVED
    holder.held(range(PARTITIONS))
    assert isinstance(await alone.posts.page(PageAsked("a", 4)), HotPage)
    await other.server.close()


async def test_what_is_read_here_and_not_proved_is_in_no_page(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    """A former holder still has a post that is deleted where the partition is held now."""
    former = Holder(client)
    await former.server.start_server()
    await former.publish()
    former.held(())
    holder.held(range(PARTITIONS))
    page = await Front(client, holder.url, former.url).posts.page(PageAsked("a", 4))
    assert page == HotPage([], False)
    await former.server.close()


async def test_a_deletion_that_is_settled_is_in_no_page(
    client: aiohttp.ClientSession, holder: Holder
) -> None:
    """The list and the post are of one partition, and one cursor proves both."""
    await holder.publish()
    holder.held(range(PARTITIONS))
    front = Front(client, holder.url)
    page = await front.posts.page(PageAsked("a", 4))
    assert isinstance(page, HotPage)
    assert len(page.posts) == 1
    await holder.delete(POST)
    holder.settled_upto = 2
    await front.posts.settle(POST, 2)
    assert front.slept == []
    assert await front.posts.page(PageAsked("a", 4)) == HotPage([], False)
    # One whose proof is of before the deletion is not believed a window later.
    holder.now += WINDOW
    assert await front.posts.page(PageAsked("a", 4)) is Unheld.UNPROVED
