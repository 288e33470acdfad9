"""Likes and views in the content database, within a batch of the content line that holds the posts.

The store of posts calls these: it reads, lets the rule decide, and writes what changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from chatstream.domain.content.attention import Attention, Counts, Reader
from chatstream.domain.content.popular import day_of
from infra.postgres.fact_line import LineBatch

_COUNTS = """
select content_id::text, views, likes from contents
where content_id = any (%s::uuid[]) and published_version is not null
"""
_HIDDEN = """
select r.c::text, r.a::text from unnest(%s::uuid[], %s::uuid[]) as r (c, a)
join contents on contents.content_id = r.c
where exists (select 1 from blocks b where b.blocker_id = r.a and b.blocked_id = contents.author_id)
    or exists (select 1 from blocks b
        where b.blocker_id = contents.author_id and b.blocked_id = r.a)
"""
_LIKES = """
select content_id::text, account_id::text from likes
where (content_id, account_id) in (select c, a from unnest(%s::uuid[], %s::uuid[]) as r (c, a))
"""
_SEEN = """
select content_id::text, account_id::text from views
where (content_id, account_id) in (select c, a from unnest(%s::uuid[], %s::uuid[]) as r (c, a))
    and day = %s
"""
_LIKE = """
insert into likes (content_id, account_id, at)
select c, a, %s from unnest(%s::uuid[], %s::uuid[]) as r (c, a)
"""
_UNLIKE = """
delete from likes using unnest(%s::uuid[], %s::uuid[]) as r (c, a)
where content_id = r.c and account_id = r.a
"""
_VIEW = """
insert into views (content_id, account_id, day, at)
select c, a, %s, %s from unnest(%s::uuid[], %s::uuid[]) as r (c, a)
"""
_COUNT = """
update contents set views = t.views, likes = t.likes
from unnest(%s::uuid[], %s::int[], %s::int[]) as t (id, views, likes) where content_id = t.id
"""


async def read(batch: LineBatch, readers: Iterable[Reader]) -> Attention:
    """What holds between posts and readers; the posts' rows are held by the batch."""
    asked = sorted(set(readers))
    pairs, day = _columns(asked), day_of(batch.now)
    posts = sorted({content_id for content_id, _ in asked})
    rows = await batch.fetch(_COUNTS, (posts,))
    return Attention(
        day=day,
        counts={content_id: Counts(views, likes) for content_id, views, likes in rows},
        hidden=frozenset(await _readers(batch, _HIDDEN, pairs)),
        likes=frozenset(await _readers(batch, _LIKES, pairs)),
        seen=frozenset(await _readers(batch, _SEEN, (*pairs, day))),
    )


async def write(batch: LineBatch, attention: Attention) -> None:
    """Keep what the batch decided, and the counts with it."""
    begun, ended, views = attention.begun, attention.ended, sorted(attention.views)
    if begun:
        await batch.fetch(_LIKE, (batch.now, *_columns(begun)))
    if ended:
        await batch.fetch(_UNLIKE, _columns(ended))
    if views:
        await batch.fetch(_VIEW, (attention.day, batch.now, *_columns(views)))
    if changed := sorted({content_id for content_id, _ in (*begun, *ended, *views)}):
        counts = [attention.counts[each] for each in changed]
        columns = (changed, [each.views for each in counts], [each.likes for each in counts])
        await batch.fetch(_COUNT, columns)


async def _readers(batch: LineBatch, sql: str, parameters: tuple[object, ...]) -> list[Reader]:
    return [
        (content_id, account_id) for content_id, account_id in await batch.fetch(sql, parameters)
    ]


def _columns(readers: Iterable[Reader]) -> tuple[list[str], list[str]]:
    found = list(readers)
    return [content_id for content_id, _ in found], [account_id for _, account_id in found]
