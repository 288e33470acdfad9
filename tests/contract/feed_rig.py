"""Posts, subscriptions and blocks in a content database, and the recomputation of their feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from chatstream.domain.content.feed import FeedFacts, Post
from chatstream.domain.content.subscriptions import SubscriptionAct
from chatstream.ports.accounts import Profile
from chatstream.ports.blocks import BlockNews
from chatstream.ports.feeds import SubscriptionWish
from infra.postgres.author_subscriptions import PostgresSubscriptions
from infra.postgres.blocks import PostgresBlocks
from infra.postgres.content_reader import PostgresContentReader
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, LineBatch
from infra.postgres.fan_out import PostgresFanOut, PushBounds, begin_push, begin_withdrawal
from infra.postgres.feed_reader import PostgresFeeds
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from schemas import codec
from schemas.contexts.contents import CONTENT, SUBSCRIPTION

GENERATION = 1
SMALL = PushBounds(push_limit=2, batch=1, filled=2)
TABLES = (
    "settled_wishes, profiles, block_facts, contents, versions, likes, views, popular,"
    " subscriptions, subscription_facts, authors, feed, fan_outs"
)
_PUBLISH = """
insert into contents (content_id, author_id, version, published_version, first_published_at)
values (%s, %s, 1, 1, coalesce(%s, clock_timestamp())) returning first_published_at
"""
_VERSION = """
insert into versions (content_id, version, title, body, tags, state, written_at)
values (%s, 1, '글', '글', '{}', 'published', clock_timestamp())
"""
_DELETE = """
update contents set published_version = null, deleted_at = clock_timestamp()
where content_id = %s::uuid
"""


_PUSHED = "select subscriber_id::text from feed where content_id = %s::uuid order by subscriber_id"


class FeedRig:
    """A content database, whose posts are written as the store of posts writes them."""

    def __init__(self, database: Database, bounds: PushBounds = SMALL) -> None:
        self.database = database
        self.bounds = bounds
        self.profiles = PostgresProfiles(database)
        self.blocks = PostgresBlocks(database)
        self.fan_out = PostgresFanOut(database, bounds)
        lines = LineEpochs(database, SUBSCRIPTION.response.name)
        self.subscriptions = PostgresSubscriptions(database, lines)
        self.feeds = PostgresFeeds(database, PostgresContentReader(database))
        self.facts = FeedFacts()
        line = LineEpochs(database, CONTENT.response.name)
        self._posts = FactLine(database, line)
        self._block_no = 0

    async def empty(self) -> None:
        """Forget everything."""
        await self.database.fetch(f"truncate {TABLES} cascade")
        self.facts = FeedFacts()

    def with_bounds(self, bounds: PushBounds) -> FeedRig:
        """Another worker of the same database, with other bounds."""
        rig = FeedRig(self.database, bounds)
        rig.facts = self.facts
        return rig

    async def sign_up(self, name: str = "") -> str:
        """An account whose fact has come."""
        account_id = str(uuid4())
        handle = name or f"u{account_id[:12]}"
        await self.profiles.keep([Profile(account_id, 1, handle, handle)])
        return account_id

    def wish(
        self, act: SubscriptionAct, subscriber_id: str, author_id: str, partition: int = 0
    ) -> SubscriptionWish:
        """A new wish about a subscription."""
        return SubscriptionWish(
            partition=partition,
            request_id=str(uuid4()),
            account_id=subscriber_id,
            author_id=author_id,
            act=act,
        )

    async def do(self, *wishes: SubscriptionWish) -> list[Any]:
        """The records that a batch is answered with."""
        answers = await self.subscriptions.carry_out(GENERATION, wishes)
        return [codec.decode(SUBSCRIPTION.response.name, each.body) for each in answers]

    async def subscribe(self, subscriber_id: str, author_id: str) -> Any:
        """What becomes of it."""
        (told,) = await self.do(self.wish(SubscriptionAct.SUBSCRIBE, subscriber_id, author_id))
        self.facts.subscribed(subscriber_id, author_id)
        return told

    async def unsubscribe(self, subscriber_id: str, author_id: str) -> Any:
        """What becomes of it."""
        (told,) = await self.do(self.wish(SubscriptionAct.UNSUBSCRIBE, subscriber_id, author_id))
        self.facts.unsubscribed(subscriber_id, author_id)
        return told

    async def block(self, blocker_id: str, blocked_id: str, *, holds: bool) -> None:
        """The one blocks the other, or does so no more."""
        self._block_no += 1
        await self.blocks.keep([BlockNews(blocker_id, blocked_id, self._block_no, holds)])
        tell = self.facts.blocked if holds else self.facts.unblocked
        tell(blocker_id, blocked_id)

    async def publish(self, author_id: str, at: datetime | None = None) -> str:
        """A post that is published, at the database's time if none is given."""
        post = Post(str(uuid4()), author_id, datetime.min.replace(tzinfo=UTC))

        async def write(batch: LineBatch) -> None:
            nonlocal post
            ((published,),) = await batch.fetch(_PUBLISH, (post.content_id, author_id, at))
            post = replace(post, first_published_at=published)
            await batch.fetch(_VERSION, (post.content_id,))
            await begin_push(batch, [post.content_id])

        await self.in_batch(write)
        self.facts.published(post)
        return post.content_id

    async def delete(self, content_id: str) -> None:
        """The author deletes a post."""

        async def write(batch: LineBatch) -> None:
            await batch.fetch(_DELETE, (content_id,))
            await begin_withdrawal(batch, [content_id])

        await self.in_batch(write)
        self.facts.withdrawn(content_id)

    async def in_batch(self, write: Callable[[LineBatch], Awaitable[None]]) -> None:
        """Do something in a batch of the line of posts."""
        wish = self.wish(SubscriptionAct.SUBSCRIBE, str(uuid4()), str(uuid4()))
        async with self._posts.batch(GENERATION, [wish]) as batch:
            await write(batch)

    async def feed(self, account_id: str, limit: int = 2) -> list[str]:
        """The whole feed, page after page."""
        found: list[str] = []
        cursor = None
        while True:
            page, cursor = await self.feeds.feed(account_id, cursor=cursor, limit=limit)
            found += [each.content_id for each in page]
            if cursor is None:
                return found
            assert len(page) == limit

    async def pushed(self, content_id: str) -> list[str]:
        """Into whose feeds the post is pushed."""
        rows = await self.database.fetch(_PUSHED, (content_id,))
        return [account_id for (account_id,) in rows]

    def recomputed(self, account_id: str) -> list[str]:
        """The feed as the facts make it."""
        return [each.content_id for each in self.facts.feed(account_id)]

    async def settle(self) -> None:
        """Push and fill whatever waits."""
        while await self.fan_out.push() or await self.fan_out.fill():
            pass
