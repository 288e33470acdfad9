"""Feeds, what is popular, and subscriptions, as they are now. Used by fronts."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.ports.contents import ContentReader, Page
from chatstream.ports.feeds import Subscription
from infra.postgres.pool import Database

# Subqueries, and no joins: a feed is walked in its order and the walk ends with the page, whatever
# the planner believes of the other tables.
_IS_READ = """
(select true from subscriptions s
    where s.subscriber_id = %(me)s::uuid and s.author_id = f.author_id)
and (select c.published_version is not null from contents c where c.content_id = f.content_id)
and not coalesce((select true from blocks b
    where b.blocker_id = %(me)s::uuid and b.blocked_id = f.author_id), false)
and not coalesce((select true from blocks b
    where b.blocker_id = f.author_id and b.blocked_id = %(me)s::uuid), false)
"""
_BEFORE = """
(%(at)s::timestamptz is null
    or ({0}.first_published_at, {0}.content_id) < (%(at)s::timestamptz, %(id)s::uuid))
"""
_NEWEST_FIRST = "order by first_published_at desc, content_id desc limit %(limit)s"
_OF_AUTHOR = f"""
select c.first_published_at, c.content_id from contents c
where c.author_id = merged.author_id and c.published_version is not null
    and c.first_published_at < merged.pushed_from and {_BEFORE.format("c")}
order by c.first_published_at desc, c.content_id desc
"""
# Of the authors whose posts are read where they lie, at most as many as the page is long have one
# on it: those whose newest is the newest. One statement sees one state: what leaves one branch is
# in another.
FEED = f"""
with merged as materialized (
    select s.author_id, case when a.is_merged then 'infinity' else s.pushed_from end as pushed_from
    from subscriptions s left join authors a using (author_id)
    where s.subscriber_id = %(me)s::uuid
        and (a.is_merged or s.pushed_from > '-infinity')
        and not exists (select 1 from blocks b
            where b.blocker_id = %(me)s::uuid and b.blocked_id = s.author_id)
        and not exists (select 1 from blocks b
            where b.blocker_id = s.author_id and b.blocked_id = %(me)s::uuid)
), newest as materialized (
    select merged.* from merged cross join lateral ({_OF_AUTHOR} limit 1) as top
    order by top.first_published_at desc, top.content_id desc limit %(limit)s
)
select first_published_at, content_id::text from (
    (select f.first_published_at, f.content_id from feed f
    where f.subscriber_id = %(me)s::uuid and {_BEFORE.format("f")} and {_IS_READ} {_NEWEST_FIRST})
    union
    (select f.first_published_at, f.content_id from fan_outs f
    where not f.is_withdrawn and {_BEFORE.format("f")} and {_IS_READ} {_NEWEST_FIRST})
    union
    (select own.* from newest as merged
    cross join lateral ({_OF_AUTHOR} limit %(limit)s) as own {_NEWEST_FIRST})
) as found order by first_published_at desc, found.content_id desc limit %(limit)s
"""
_POPULAR = """
select p.content_id::text from popular p join contents f using (content_id)
where f.published_version is not null
    and not exists (select 1 from blocks b
        where b.blocker_id = %(me)s::uuid and b.blocked_id = f.author_id)
    and not exists (select 1 from blocks b
        where b.blocker_id = f.author_id and b.blocked_id = %(me)s::uuid)
order by p.place limit %(limit)s
"""
_SUBSCRIPTIONS = """
select s.author_id::text, a.user_id, a.name, s.at
from subscriptions s join profiles a on a.account_id = s.author_id and not a.erased
where s.subscriber_id = %(me)s::uuid and a.user_id is not null
    and (%(at)s::timestamptz is null
        or (s.at, s.author_id) < (%(at)s::timestamptz, %(id)s::uuid))
order by s.at desc, s.author_id desc limit %(limit)s
"""
_SUBSCRIBES = """
select 1 from subscriptions where subscriber_id = %s::uuid and author_id = %s::uuid
"""
_FEED_CURSOR = CursorShape("feed", moment, identity)
_SUBSCRIPTIONS_CURSOR = CursorShape("subscriptions", moment, identity)


class PostgresFeeds:
    """ports.feeds.FeedReader; `contents` shows the posts that it finds."""

    def __init__(self, database: Database, contents: ContentReader) -> None:
        self._database = database
        self._contents = contents

    async def feed(self, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """See ports.feeds.FeedReader."""
        at, last_id = _FEED_CURSOR.place(cursor)
        place = {"me": account_id, "at": at, "id": last_id, "limit": limit + 1}
        rows = await self._database.fetch(FEED, place)
        kept = [content_id for _, content_id in rows[:limit]]
        after = _FEED_CURSOR.encode(*rows[limit - 1]) if len(rows) > limit else None
        shown = await self._contents.visible(kept, account_id)
        return [shown[each] for each in kept if each in shown], after

    async def popular(self, account_id: str, *, limit: int) -> Sequence[str]:
        """See ports.feeds.FeedReader."""
        rows = await self._database.fetch(_POPULAR, {"me": account_id, "limit": limit})
        return [content_id for (content_id,) in rows]

    async def subscriptions(
        self, account_id: str, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[Subscription], str | None]:
        """See ports.feeds.FeedReader."""
        at, last_id = _SUBSCRIPTIONS_CURSOR.place(cursor)
        place = {"me": account_id, "at": at, "id": last_id, "limit": limit + 1}
        rows = await self._database.fetch(_SUBSCRIPTIONS, place)
        found = [
            Subscription(author_id=author_id, user_id=user_id, user_name=name, since=at)
            for author_id, user_id, name, at in rows[:limit]
        ]
        if len(rows) <= limit:
            return found, None
        return found, _SUBSCRIPTIONS_CURSOR.encode(found[-1].since, found[-1].author_id)

    async def subscribes(self, account_id: str, author_id: str) -> bool:
        """See ports.feeds.FeedReader."""
        return bool(await self._database.fetch(_SUBSCRIBES, (account_id, author_id)))
