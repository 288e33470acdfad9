"""Posts from whoever holds them, with what is the caller's own from Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import Counter, Histogram

from chatstream.domain.content.author_pages import PageAsked, place_of
from chatstream.domain.content.freshness import Unheld
from chatstream.domain.times import from_text, to_text
from chatstream.ports.contents import Content, ContentReader, Page, VersionOfContent
from chatstream.ports.hot_posts import HotPage, HotPosts
from infra.postgres.content_reader import CURSOR
from infra.postgres.pool import Database

POSTS = Counter("chatstream_hot_posts", "posts that were read, by who answered", ["outcome"])
PAGES = Counter("chatstream_author_pages", "pages of authors, by who answered", ["outcome"])
AGE = Histogram(
    "chatstream_hot_post_age_seconds",
    "how old a post from whoever holds it may have been when it was answered",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0),
)
HELD, OWN, NONE = "held", "own", "none"

_OWN = """
select p.user_id, p.name,
    exists (select from likes l where l.content_id = %(id)s::uuid and l.account_id = %(me)s::uuid)
from (select %(author)s::uuid as account_id) as a
left join profiles p on p.account_id = a.account_id and not p.erased
"""
_OWN_OF_PAGE = """
select p.user_id, p.name,
    exists (select from blocks b
        where b.blocker_id = a.account_id and b.blocked_id = %(me)s::uuid)
    or exists (select from blocks b
        where b.blocker_id = %(me)s::uuid and b.blocked_id = a.account_id),
    array(select l.content_id::text from likes l
        where l.account_id = %(me)s::uuid and l.content_id = any (%(ids)s::uuid[]))
from (select %(author)s::uuid as account_id) as a
left join profiles p on p.account_id = a.account_id and not p.erased
"""


class HeldContents:
    """ports.contents.ContentReader; what no worker holds, or its author reads, is Postgres'."""

    def __init__(self, database: Database, contents: ContentReader, hot: HotPosts) -> None:
        self._database = database
        self._contents = contents
        self._hot = hot

    async def content(self, content_id: str, account_id: str) -> Content | None:
        """See ports.contents.ContentReader; the text is at most a second old."""
        held = await self._hot.post(content_id)
        if isinstance(held, Unheld):
            POSTS.labels(held).inc()
            return await self._contents.content(content_id, account_id)
        # A post that is not published is there for its author, whom only Postgres knows then.
        if held.post is None or held.post["authorId"] == account_id:
            POSTS.labels(NONE if held.post is None else OWN).inc()
            return await self._contents.content(content_id, account_id)
        POSTS.labels(HELD).inc()
        AGE.observe(held.age)
        own = {"id": content_id, "me": account_id, "author": held.post["authorId"]}
        ((user_id, name, is_liked),) = await self._database.fetch(_OWN, own)
        return _content(held.post, user_id, name, is_liked=is_liked)

    async def versions(self, content_id: str, account_id: str) -> Sequence[VersionOfContent]:
        """See ports.contents.ContentReader."""
        return await self._contents.versions(content_id, account_id)

    async def of_author(
        self, author_id: str, account_id: str, *, cursor: str | None, limit: int
    ) -> Page:
        """See ports.contents.ContentReader; what is held is at most a second old."""
        at, last = CURSOR.place(cursor)
        after = None if at is None else (to_text(datetime.fromisoformat(str(at))), str(last))
        held: HotPage | str = OWN
        # Authors look for what they have published just now.
        if author_id != account_id:
            held = await self._hot.page(PageAsked(author_id, limit, after))
        if isinstance(held, str):
            PAGES.labels(held).inc()
            return await self._contents.of_author(author_id, account_id, cursor=cursor, limit=limit)
        PAGES.labels(HELD).inc()
        return await self._shown(author_id, account_id, held)

    async def _shown(self, author_id: str, account_id: str, held: HotPage) -> Page:
        """The page as the caller sees it; nothing where either blocks the other."""
        ids = [post["contentId"] for post in held.posts]
        own = {"me": account_id, "author": author_id, "ids": ids}
        ((user_id, name, is_blocked, liked),) = await self._database.fetch(_OWN_OF_PAGE, own)
        if is_blocked:
            return [], None
        page = [
            _content(post, user_id, name, is_liked=post["contentId"] in liked)
            for post in held.posts
        ]
        if not held.has_more:
            return page, None
        at, content_id = place_of(held.posts[-1])
        return page, CURSOR.encode(from_text(at), content_id)

    async def of_tag(self, tag: str, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """See ports.contents.ContentReader."""
        return await self._contents.of_tag(tag, account_id, cursor=cursor, limit=limit)

    async def visible(self, content_ids: Sequence[str], account_id: str) -> Mapping[str, Content]:
        """See ports.contents.ContentReader."""
        return await self._contents.visible(content_ids, account_id)


def _content(
    post: Mapping[str, Any], user_id: str | None, name: str | None, *, is_liked: bool
) -> Content:
    edited = post["editedAt"]
    return Content(
        content_id=post["contentId"],
        version=post["version"],
        title=post["title"],
        body=post["body"],
        tags=post["tags"],
        author_id=post["authorId"],
        user_id=user_id,
        user_name=name,
        published_at=from_text(post["publishedAt"]),
        edited_at=None if edited is None else from_text(edited),
        likes=post["likes"],
        views=post["views"],
        is_liked=is_liked,
    )
