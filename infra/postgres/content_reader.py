"""Posts as accounts see them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatstream.domain.content.posts import FOREIGN, NOT_THERE
from chatstream.domain.content.texts import tag_key
from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.errors import UserError
from chatstream.ports.contents import Content, OwnVersion, Page, VersionOfContent
from infra.postgres.pool import Database

_COLUMNS = """
select c.content_id::text, c.author_id::text, p.user_id, p.name, c.first_published_at, c.edited_at,
    c.likes, c.views,
    exists (select from likes l where l.content_id = c.content_id and l.account_id = %(me)s::uuid),
    v.version, v.title, v.body, v.tags
"""
_AUTHOR = """
left join profiles p on p.account_id = c.author_id and not p.erased
"""
_PUBLISHED = f"""{_COLUMNS}
from contents c
join versions v on v.content_id = c.content_id and v.version = c.published_version
{_AUTHOR}
"""
# To its author also what nobody else sees yet.
_ONE = f"""{_COLUMNS}, own.version, own.state, own.reasons, own.note, own.appealed
from contents c
join versions v on v.content_id = c.content_id and v.version = coalesce(c.published_version,
    case when c.author_id = %(me)s::uuid then c.version end)
left join versions own on own.content_id = c.content_id and own.version = c.version
    and c.author_id = %(me)s::uuid
{_AUTHOR}
where c.content_id = %(id)s::uuid and c.deleted_at is null
"""
_UNBLOCKED = """
not exists (select from blocks b where b.blocker_id = c.author_id and b.blocked_id = %(me)s::uuid)
and not exists (select from blocks b where b.blocker_id = %(me)s::uuid
    and b.blocked_id = c.author_id)
"""
_BEFORE = """
(%(last)s::uuid is null
    or (c.first_published_at, c.content_id) < (%(at)s::timestamptz, %(last)s::uuid))
"""
_ORDER = "order by c.first_published_at desc, c.content_id desc limit %(limit)s"
_OF_AUTHOR = f"""{_PUBLISHED}
where c.author_id = %(author)s::uuid and {_UNBLOCKED} and {_BEFORE} {_ORDER}
"""
_OF_TAG = f"""{_PUBLISHED}
join content_tags t on t.content_id = c.content_id and t.tag = %(tag)s
    and (%(last)s::uuid is null
        or (t.first_published_at, t.content_id) < (%(at)s::timestamptz, %(last)s::uuid))
where {_UNBLOCKED} order by t.first_published_at desc, t.content_id desc limit %(limit)s
"""
_VISIBLE = f"{_PUBLISHED} where c.content_id = any (%(ids)s::uuid[]) and {_UNBLOCKED}"
_WHOSE = """
select author_id = %s::uuid, published_version is not null from contents
where content_id = %s::uuid and deleted_at is null
"""
_VERSIONS = """
select version, title, body, tags, state, reasons, note, appealed, written_at from versions
where content_id = %s::uuid order by version desc
"""
CURSOR = CursorShape("contents", moment, identity)
"""Of every list here: when the last post was first published, and its id."""


class PostgresContentReader:
    """ports.contents.ContentReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def content(self, content_id: str, account_id: str) -> Content | None:
        """See ports.contents.ContentReader."""
        rows = await self._database.fetch(_ONE, {"id": content_id, "me": account_id})
        return content_of(rows[0]) if rows else None

    async def versions(self, content_id: str, account_id: str) -> Sequence[VersionOfContent]:
        """See ports.contents.ContentReader."""
        rows = await self._database.fetch(_WHOSE, (account_id, content_id))
        is_own, is_seen = rows[0] if rows else (False, False)
        if not is_own:
            refusal = FOREIGN if is_seen else NOT_THERE
            raise UserError(refusal.code, refusal.reason)
        return [version_of(row) for row in await self._database.fetch(_VERSIONS, (content_id,))]

    async def of_author(
        self, author_id: str, account_id: str, *, cursor: str | None, limit: int
    ) -> Page:
        """See ports.contents.ContentReader."""
        return await self._page(_OF_AUTHOR, account_id, cursor, limit, author=author_id)

    async def of_tag(self, tag: str, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """See ports.contents.ContentReader."""
        return await self._page(_OF_TAG, account_id, cursor, limit, tag=tag_key(tag))

    async def visible(self, content_ids: Sequence[str], account_id: str) -> Mapping[str, Content]:
        """See ports.contents.ContentReader."""
        asked = {"ids": list(content_ids), "me": account_id}
        found = map(content_of, await self._database.fetch(_VISIBLE, asked))
        return {each.content_id: each for each in found}

    async def _page(
        self, sql: str, account_id: str, cursor: str | None, limit: int, **of: str
    ) -> Page:
        at, last = CURSOR.place(cursor)
        asked = {"me": account_id, "at": at, "last": last, "limit": limit + 1, **of}
        found = list(map(content_of, await self._database.fetch(sql, asked)))
        end = found[limit - 1] if len(found) > limit else None
        if end is None or end.published_at is None:
            return found, None
        return found[:limit], CURSOR.encode(end.published_at, end.content_id)


def content_of(row: Sequence[Any]) -> Content:
    """A post of a row of these columns."""
    content_id, author_id, user_id, name, published_at, edited_at, likes, views, *rest = row
    is_liked, version, title, body, tags, *own = rest
    mine = None
    if own and own[0] is not None:
        number, state, reasons, note, is_appealed = own
        mine = OwnVersion(
            version=number, state=state, reasons=reasons, note=note, is_appealed=is_appealed
        )
    return Content(
        content_id=content_id,
        version=version,
        title=title,
        body=body,
        tags=tags,
        author_id=author_id,
        user_id=user_id,
        user_name=name,
        published_at=published_at,
        edited_at=edited_at,
        likes=likes,
        views=views,
        is_liked=is_liked,
        mine=mine,
    )


def version_of(row: Sequence[Any]) -> VersionOfContent:
    """A version of a row: number, text, state, what was said of it, and since when it is there."""
    version, title, body, tags, state, reasons, note, is_appealed, written_at = row
    return VersionOfContent(
        version=version,
        title=title,
        body=body,
        tags=tags,
        state=state,
        reasons=reasons,
        note=note,
        is_appealed=is_appealed,
        written_at=written_at,
    )
