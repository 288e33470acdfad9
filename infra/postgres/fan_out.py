"""Pushing posts into feeds, a batch a transaction; the state is in rows, any worker takes it up.

Why no feed misses a post: the row in `fan_outs` is written with the first publication, and posts
that have one are read from there. When a push begins, the post can be seen; when a subscription is
filled, the push of later posts sees the subscription. So of each pair of a post and a subscription
the push or the filling comes second, and sees the other. A push holds the subscriptions that it
pushes to, so whoever ends one of them waits and then clears what was pushed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstream.domain.content.feed import is_pushed
from chatstream.ports.feeds import WaitingPushes
from infra.postgres.fact_line import LineBatch
from infra.postgres.pool import Database, Transaction

# Only the first publication is pushed; a merged author's posts are read where they lie.
_BEGIN = """
insert into fan_outs (content_id, author_id, first_published_at)
select c.content_id, c.author_id, c.first_published_at from contents c
left join authors a using (author_id)
where c.content_id = any (%s::uuid[]) and c.published_version is not null
    and c.edited_at is null and not coalesce(a.is_merged, false)
on conflict do nothing
"""
_WITHDRAW = """
insert into fan_outs (content_id, author_id, first_published_at, is_withdrawn)
select content_id, author_id, first_published_at, true from contents
where content_id = any (%s::uuid[]) and author_id is not null and first_published_at is not null
on conflict (content_id) do update
set is_withdrawn = true, after = null, turn_at = clock_timestamp()
"""
# Whose turn was longest ago: a post with many followers holds nobody up.
_TAKE_UP = """
select f.content_id::text, f.author_id::text, f.first_published_at, f.after::text, f.is_withdrawn,
    coalesce(a.followers, 0), coalesce(a.is_merged, false)
from fan_outs f left join authors a using (author_id)
order by f.turn_at limit 1 for update of f skip locked
"""
_PUSH = """
with readers as (
    select subscriber_id from subscriptions
    where author_id = %(author)s::uuid and (%(after)s::uuid is null or subscriber_id > %(after)s)
    order by subscriber_id limit %(limit)s for key share
), pushed as (
    insert into feed (subscriber_id, first_published_at, content_id, author_id)
    select subscriber_id, %(at)s, %(content)s, %(author)s from readers on conflict do nothing
)
select max(subscriber_id::text), count(*) from readers
"""
_PULL = """
with readers as (
    select subscriber_id from subscriptions
    where author_id = %(author)s::uuid and (%(after)s::uuid is null or subscriber_id > %(after)s)
    order by subscriber_id limit %(limit)s
), pulled as (
    delete from feed using readers where feed.subscriber_id = readers.subscriber_id
        and feed.first_published_at = %(at)s and feed.content_id = %(content)s
)
select max(subscriber_id::text), count(*) from readers
"""
_MERGE = """
insert into authors (author_id, is_merged) values (%s::uuid, true)
on conflict (author_id) do update set is_merged = true
"""
_GO_ON = "update fan_outs set after = %s::uuid, turn_at = clock_timestamp() where content_id = %s"
_FINISH = "delete from fan_outs where content_id = %s::uuid"

_TO_FILL = """
select s.subscriber_id::text, s.author_id::text, coalesce(a.is_merged, false)
from subscriptions s left join authors a using (author_id)
where not s.is_filled order by s.at limit 1 for update of s skip locked
"""
# The newest posts of the author go into the feed; what is older is read where it lies. `low` is the
# first publication of the oldest one pushed, when there may be older ones.
_FILL = """
with newest as (
    select content_id, first_published_at from contents
    where author_id = %(author)s::uuid and published_version is not null
    order by first_published_at desc, content_id desc limit %(limit)s
), low as (
    select case when count(*) = %(limit)s then min(first_published_at) else '-infinity' end as low
    from newest
), filled as (
    insert into feed (subscriber_id, first_published_at, content_id, author_id)
    select %(subscriber)s, c.first_published_at, c.content_id, c.author_id from contents c, low
    where c.author_id = %(author)s::uuid and c.published_version is not null
        and c.first_published_at >= low.low
    on conflict do nothing
)
update subscriptions set is_filled = true, pushed_from = low.low from low
where subscriber_id = %(subscriber)s::uuid and author_id = %(author)s::uuid
"""
_WAITING = """
select count(*),
    coalesce(extract(epoch from clock_timestamp() - min(first_published_at)), 0)::float8
from fan_outs where not is_withdrawn
"""
_NOTHING_TO_FILL = """
update subscriptions set is_filled = true
where subscriber_id = %s::uuid and author_id = %s::uuid
"""


async def begin_push(batch: LineBatch, content_ids: Sequence[str]) -> None:
    """Have posts pushed that are published for the first time; when that is written."""
    await batch.fetch(_BEGIN, (list(content_ids),))


async def begin_withdrawal(batch: LineBatch, content_ids: Sequence[str]) -> None:
    """Have the posts taken out of feeds, which show them no more.

    Those of an erased author go with the subscriptions to them.
    """
    await batch.fetch(_WITHDRAW, (list(content_ids),))


@dataclass(frozen=True)
class PushBounds:
    """`push_limit`: an author with so many followers is merged; batches of `batch` followers.

    `filled`: so many posts of an author go into the feed of who subscribes.
    """

    push_limit: int
    batch: int
    filled: int


class PostgresFanOut:
    """ports.feeds.FanOut."""

    def __init__(self, database: Database, bounds: PushBounds) -> None:
        self._database = database
        self._bounds = bounds

    async def push(self) -> bool:
        """See ports.feeds.FanOut."""
        async with self._database.transaction() as transaction:
            rows = await transaction.fetch(_TAKE_UP)
            if not rows:
                return False
            content_id, author_id, at, after, is_withdrawn, followers, is_merged = rows[0]
            limit = self._bounds.push_limit
            if not is_withdrawn and not is_pushed(followers, limit, is_merged=is_merged):
                await transaction.fetch(_MERGE, (author_id,))
                await transaction.fetch(_FINISH, (content_id,))
                return True
            place = {"content": content_id, "author": author_id, "at": at, "after": after}
            await self._walk(transaction, _PULL if is_withdrawn else _PUSH, place)
        return True

    async def _walk(self, transaction: Transaction, sql: str, place: dict[str, object]) -> None:
        """The next batch of followers; the last one ends it."""
        size = self._bounds.batch
        ((last, count),) = await transaction.fetch(sql, {**place, "limit": size})
        if count < size:
            await transaction.fetch(_FINISH, (place["content"],))
        else:
            await transaction.fetch(_GO_ON, (last, place["content"]))

    async def fill(self) -> bool:
        """See ports.feeds.FanOut."""
        async with self._database.transaction() as transaction:
            rows = await transaction.fetch(_TO_FILL)
            if not rows:
                return False
            subscriber_id, author_id, is_merged = rows[0]
            if is_merged:
                await transaction.fetch(_NOTHING_TO_FILL, (subscriber_id, author_id))
                return True
            pair = {"subscriber": subscriber_id, "author": author_id}
            await transaction.fetch(_FILL, {**pair, "limit": self._bounds.filled})
        return True

    async def waiting(self) -> WaitingPushes:
        """See ports.feeds.FanOut."""
        ((posts, seconds),) = await self._database.fetch(_WAITING)
        return WaitingPushes(posts, seconds)
