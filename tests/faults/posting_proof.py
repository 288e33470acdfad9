"""What must hold of posts in the end: by rows, by facts, and by what everybody is shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chatstream.domain.content.feed import FeedFacts, Post
from chatstream.domain.times import from_text
from schemas import codec, records
from schemas.contexts.contents import CONTENT, SUBSCRIPTION
from tests.client.api import Refused, User
from tests.client.known import rows
from tests.client.waiting import eventually
from tests.faults.posting import DEADLINE, Posted, Press
from tests.integration.test_sanctions import account_of

_VERSIONS = "select version, state from versions where content_id = %s::uuid"
_POST = """
select version, published_version, deleted_at is not null, likes,
    (select count(*) from likes l where l.content_id = c.content_id)
from contents c where content_id = %s::uuid
"""
_FACTS = "select body from content_facts where content_id = any (%s::uuid[]) order by fact_no"
_SUBSCRIPTIONS = """
select body from subscription_facts where account_id = any (%s::uuid[]) order by fact_no
"""


class Proof:
    """Looks at a press whose authors have ended."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.dsn = press.stack.dsns["content"]

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return await asyncio.to_thread(rows, self.dsn, sql, *values)

    async def facts(self, topic: str, sql: str, *values: object) -> list[Any]:
        """Kept facts, in their order."""
        return [codec.decode(topic, body.encode()) for (body,) in await self.rows(sql, *values)]

    async def check(self) -> str:
        """Asserts all of it; returns what it came to."""
        for post in self.press.posts.values():
            await self._post(post)
        told = await self.facts(CONTENT.response.name, _FACTS, list(self.press.posts))
        published = [each for each in told if isinstance(each, records.VersionPublished)]
        assert self.press.seen <= {(each.content_id, each.version) for each in published}
        for follower in self.press.followers:
            await self._feed(follower, told)
        looks, seen = self.press.looks, len(self.press.seen)
        return f"{len(self.press.posts)} posts, {seen} versions seen, looks: {dict(looks)}"

    async def _post(self, post: Posted) -> None:
        """Nothing that passed is missing, nothing else is there, and the states fit each other."""

        async def is_decided() -> bool:
            states = dict(await self.rows(_VERSIONS, post.content_id))
            return "inspecting" not in states.values()

        await eventually(is_decided, DEADLINE)
        states = dict(await self.rows(_VERSIONS, post.content_id))
        ((version, published, is_deleted, likes, liking),) = await self.rows(_POST, post.content_id)
        assert (version, is_deleted) == (len(post.versions), post.is_gone)
        if post.is_gone:
            assert (states, published) == ({}, None)
            await self._is_gone(post)
            return
        assert set(states) == set(range(1, version + 1))
        for number, version_sent in enumerate(post.versions, 1):
            end = "published" if version_sent.passes else "refused"
            assert states[number] in (end, *(("superseded",) if number < version else ()))
        shown = [number for number, state in states.items() if state == "published"]
        assert shown == ([] if published is None else [published])
        assert published == version or not post.versions[-1].passes
        assert likes == liking == sum(each == post.content_id for each, _ in self.press.liked)
        await self._is_shown(post, published)

    async def _is_shown(self, post: Posted, published: int | None) -> None:
        """The reader is shown what is published, or that there is nothing."""

        async def as_kept() -> bool:
            try:
                found = await self.press.reader.insist("GET", post.path)
            except Refused as refused:
                return refused.status == 404 and published is None
            return bool(found["version"] == published)

        await eventually(as_kept, DEADLINE)

    async def _is_gone(self, post: Posted) -> None:
        with pytest.raises(Refused, match="404"):
            await self.press.reader.insist("GET", post.path)
        other = next(each for each in self.press.authors if each is not post.author)
        again = {"contentId": post.content_id, "title": "again", "body": "again"}
        with pytest.raises(Refused, match="CONTENT_ID_REUSED"):
            await other.insist("POST", "/content", again)

    async def _feed(self, follower: User, told: list[Any]) -> None:
        """The pages of a feed are what the facts make of it."""
        account_id, facts = account_of(follower), FeedFacts()
        for each in told:
            if isinstance(each, records.VersionPublished):
                at = from_text(each.first_published_at)
                facts.published(Post(each.content_id, each.author_id, at))
            elif isinstance(each, records.ContentDeleted):
                facts.withdrawn(each.content_id)
        topic = SUBSCRIPTION.response.name
        for each in await self.facts(topic, _SUBSCRIPTIONS, [account_id]):
            if isinstance(each, records.AuthorSubscribed):
                facts.subscribed(each.account_id, each.author_id)
            elif isinstance(each, records.AuthorUnsubscribed):
                facts.unsubscribed(each.account_id, each.author_id)
        expected = [post.content_id for post in facts.feed(account_id)]
        assert expected
        assert await self._pages(follower) == expected

    async def _pages(self, follower: User) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = await follower.insist("GET", f"/content/feed?limit=7{cursor}")
            found += [each["contentId"] for each in page["contents"]]
            if page.get("cursor") is None:
                return found
            cursor = f"&cursor={page['cursor']}"
