"""What people publish on its way through Kafka: into feeds, into the search, and out of both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from chatstream.domain.content.author_pages import PageAsked
from chatstream.domain.content.freshness import Unheld
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.ports.content_search import ContentQuery
from chatstream.settings import KafkaSettings, PostgresSettings
from infra.elastic.client import answered, connect
from infra.elastic.content_search import ElasticContentSearch
from infra.embedded.stack import Stack
from infra.kafka.commands import produce
from infra.kafka.producer import Outgoing
from infra.postgres.content_reader import PostgresContentReader
from infra.postgres.feed_reader import PostgresFeeds
from infra.postgres.pool import Database
from schemas import records, services
from schemas.contexts.contents import CONTENT, SUBSCRIPTION
from tests.client.waiting import eventually
from tests.integration.test_people import Person, people
from tests.servers import elastic_of
from web.hot_posts.asking import AskedPosts

pytestmark = pytest.mark.stack

WITHIN = 120


class Readers:
    """Reads what the content service keeps, and asks it as fronts do."""

    def __init__(self, stack: Stack) -> None:
        self.kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
        dsn = stack.servers.dsns["content"]["content"]
        self.database = Database("content", dsn, PostgresSettings())
        self.contents = PostgresContentReader(self.database)
        self.feeds = PostgresFeeds(self.database, self.contents)
        settings = elastic_of(stack)
        self.elastic = connect(settings)
        self.search = ElasticContentSearch(self.elastic, settings)
        self.session = aiohttp.ClientSession()
        urls = [
            stack.endpoints.worker_url(each.name)
            for each in stack.workers
            if each.service == services.CONTENT.name
        ]
        self.hot = AskedPosts(urls, lambda: self.session, self.kafka.partitions, within=WITHIN)

    async def close(self) -> None:
        await self.session.close()
        await self.database.close()
        await self.elastic.close()

    async def account_id(self, person: Person) -> str:
        """The account, as soon as the copy beside the posts has it."""
        sql = "select account_id::text from profiles where user_id = %s"
        ((found,),) = await eventually(
            lambda: self.database.fetch(sql, (person.user_id,)), seconds=WITHIN
        )
        return str(found)

    async def ask(self, topic: str, wish: records.WishRecord) -> None:
        place = partition_of(wish.key, self.kafka.partitions)
        body = Outgoing(topic, place, wish.key.encode(), records.encode(wish))
        await produce(self.kafka, [body])

    async def feed(self, account_id: str) -> list[str]:
        page, _ = await self.feeds.feed(account_id, cursor=None, limit=20)
        return [each.content_id for each in page]

    async def found(self, text: str, author_id: str) -> list[str]:
        query = ContentQuery(text=text, author_id=author_id)
        hits, _ = await answered(lambda: self.search.search(query), WITHIN)
        return [each.content_id for each in hits]

    async def held(self, content_id: str) -> dict[str, Any]:
        """The post as a worker holds it; empty: none, or nobody can say."""
        found = await self.hot.post(content_id)
        return {} if isinstance(found, Unheld) or found.post is None else dict(found.post)

    async def listed(self, author_id: str) -> list[str] | None:
        """The author's page as workers hold it; None: nobody can say."""
        found = await self.hot.page(PageAsked(author_id, 20))
        return None if isinstance(found, Unheld) else [each["contentId"] for each in found.posts]

    async def until_fed(self, account_id: str, posts: list[str]) -> None:
        async def is_so() -> bool:
            return await self.feed(account_id) == posts

        await eventually(is_so, seconds=WITHIN)

    async def until_found(self, text: str, author_id: str, posts: list[str]) -> None:
        async def is_so() -> bool:
            return await self.found(text, author_id) == posts

        await eventually(is_so, seconds=WITHIN)


@pytest.fixture
async def readers(stack: Stack) -> AsyncIterator[Readers]:
    readers = Readers(stack)
    yield readers
    await readers.close()


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def named(account_id: str, **more: Any) -> dict[str, Any]:
    """What every wish has."""
    asked = {"request_id": str(uuid4()), "requested_at": now_text()}
    return {**asked, "account_id": account_id, **more}


async def test_a_post_reaches_feeds_and_search_and_leaves_both(
    http: aiohttp.ClientSession, readers: Readers
) -> None:
    writer, reader = await people(http, 2)
    author_id, reader_id = [await readers.account_id(each) for each in (writer, reader)]
    subscribe = records.SubscribeToAuthor(**named(reader_id, author_id=author_id))
    await readers.ask(SUBSCRIPTION.request.name, subscribe)
    content_id, word = str(uuid4()), f"자전거{uuid4().hex[:8]}"
    written = records.WriteContent(
        **named(author_id, content_id=content_id), title=f"{word} 타기", body="강변을 달렸다"
    )
    await readers.ask(CONTENT.request.name, written)
    await readers.until_fed(reader_id, [content_id])
    await readers.until_found(word, author_id, [content_id])
    pushed = "select 1 from feed where subscriber_id = %s::uuid and content_id = %s::uuid"
    await eventually(
        lambda: readers.database.fetch(pushed, (reader_id, content_id)), seconds=WITHIN
    )
    status, _ = await reader.call("PUT", f"/user/blocks/{writer.user_id}")
    assert (status, await readers.feed(reader_id)) == (204, [])
    assert (await reader.call("DELETE", f"/user/blocks/{writer.user_id}"))[0] == 204
    assert await readers.feed(reader_id) == [content_id]
    like = records.LikeContent(**named(reader_id, content_id=content_id))
    await readers.ask(CONTENT.request.name, like)

    async def is_liked() -> bool:
        found = await readers.contents.content(content_id, reader_id)
        return found is not None and found.is_liked and found.likes == 1

    await eventually(is_liked, seconds=WITHIN)

    async def is_held() -> bool:
        post = await readers.held(content_id)
        return (post.get("title"), post.get("likes")) == (f"{word} 타기", 1)

    await eventually(is_held, seconds=WITHIN)
    # One cursor proves the post and the list, of all partitions one after the other.
    assert await eventually(lambda: readers.listed(author_id), seconds=WITHIN) == [content_id]
    deleted = records.DeleteContent(**named(author_id, content_id=content_id))
    await readers.ask(CONTENT.request.name, deleted)
    await readers.until_fed(reader_id, [])
    await readers.until_found(word, author_id, [])
    ((fact_no,),) = await readers.database.fetch(
        "select max(fact_no) from content_facts where content_id = %s::uuid", (content_id,)
    )
    await readers.hot.settle(content_id, fact_no)
    assert await readers.held(content_id) == {}
    assert await readers.listed(author_id) in ([], None)

    async def is_taken_out() -> bool:
        return not await readers.database.fetch(pushed, (reader_id, content_id))

    await eventually(is_taken_out, seconds=WITHIN)
