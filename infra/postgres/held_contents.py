"""Posts from whoever holds them, with what is the caller's own from Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatstream.domain.times import from_text
from chatstream.ports.contents import Content, ContentReader, Page, VersionOfContent
from chatstream.ports.hot_posts import HotPosts
from infra.postgres.pool import Database

_OWN = """
select p.user_id, p.name,
    exists (select from likes l where l.content_id = %(id)s::uuid and l.account_id = %(me)s::uuid)
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
        # A post that is not published is there for its author, whom only Postgres knows then.
        if held is None or held.post is None or held.post["authorId"] == account_id:
            return await self._contents.content(content_id, account_id)
        own = {"id": content_id, "me": account_id, "author": held.post["authorId"]}
        ((user_id, name, is_liked),) = await self._database.fetch(_OWN, own)
        return _content(held.post, user_id, name, is_liked=is_liked)

    async def versions(self, content_id: str, account_id: str) -> Sequence[VersionOfContent]:
        """See ports.contents.ContentReader."""
        return await self._contents.versions(content_id, account_id)

    async def of_author(
        self, author_id: str, account_id: str, *, cursor: str | None, limit: int
    ) -> Page:
        """See ports.contents.ContentReader."""
        return await self._contents.of_author(author_id, account_id, cursor=cursor, limit=limit)

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
