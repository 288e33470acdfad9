"""An erased account's rows in the content database, but for those that its lines write."""

from __future__ import annotations

from chatstream.ports.contents import ContentTraces
from infra.postgres.pool import Database, Transaction
from infra.postgres.profiles import TOMBSTONE

_SLICE = 1_000
"""Posts and subscriptions that are asked for at once."""
_FEED_SLICE = 20_000

# By what it is called in the receipt; `id` is the account's.
_OWN = {
    "inspections": """
        update inspections set text = case when author_id = %(id)s::uuid then '' else text end,
            note = case when author_id = %(id)s::uuid then '' else note end,
            gist = case when author_id = %(id)s::uuid then '' else gist end,
            author_id = nullif(author_id, %(id)s::uuid),
            decided_by = nullif(decided_by, %(id)s::uuid)
        where author_id = %(id)s::uuid or decided_by = %(id)s::uuid
        returning content_id::text
    """,
    "facts": """
        update content_facts set account_id = nullif(account_id, %(id)s::uuid),
            body = replace(body, %(id)s, '')
        where account_id = %(id)s::uuid or (version is not null
            and content_id in (select content_id from contents
                where author_id = %(id)s::uuid and deleted_at is not null)
            and position(%(id)s in body) > 0) returning 1
    """,
    "subscription facts": """
        update subscription_facts set account_id = nullif(account_id, %(id)s::uuid),
            author_id = nullif(author_id, %(id)s::uuid), body = replace(body, %(id)s, '')
        where account_id = %(id)s::uuid or author_id = %(id)s::uuid returning 1
    """,
}
# Those of its own versions lose what an operator said of them as well.
_INSPECTION_FACTS = """
update inspection_facts set account_id = nullif(account_id, %(id)s::uuid),
    body = replace(case when content_id = any (%(posts)s::uuid[])
            and body::jsonb ->> 'authorId' = %(id)s and body::jsonb ? 'note'
        then (body::jsonb || '{"note": ""}')::text else body end, %(id)s, '')
where (account_id = %(id)s::uuid or content_id = any (%(posts)s::uuid[]))
    and position(%(id)s in body) > 0 returning 1
"""
# Those of subscriptions go with them.
_FEED = """
delete from feed where ctid in (
    select ctid from feed where subscriber_id = %(id)s::uuid limit %(limit)s) returning 1
"""
_AUTHOR = "delete from authors where author_id = %(id)s::uuid and followers = 0"
_TOMBSTONES = """
update contents set author_id = null
where author_id = %(id)s::uuid and deleted_at is not null returning 1
"""
_POSTS = """
select distinct content_id::text from (
    select content_id from contents where author_id = %(id)s::uuid
    union all select content_id from likes where account_id = %(id)s::uuid
    union all select content_id from views where account_id = %(id)s::uuid) as t
order by 1 limit %(limit)s
"""
_SUBSCRIPTIONS = """
select subscriber_id::text, author_id::text from subscriptions
where subscriber_id = %(id)s::uuid or author_id = %(id)s::uuid
order by 1, 2 limit %(limit)s
"""


class PostgresContentEraser:
    """ports.contents.ContentEraser."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, account_id: str) -> ContentTraces:
        """See ports.contents.ContentEraser."""

        async def work(transaction: Transaction) -> ContentTraces:
            # Waits for the batches that decide about the account; those after it see the tombstone.
            await transaction.fetch(TOMBSTONE, ([account_id],))
            own = {"id": account_id, "limit": _SLICE}
            found = {kind: await transaction.fetch(sql, own) for kind, sql in _OWN.items()}
            inspected = [content_id for (content_id,) in found["inspections"]]
            facts = await transaction.fetch(_INSPECTION_FACTS, {**own, "posts": inspected})
            feed = await transaction.fetch(_FEED, {**own, "limit": _FEED_SLICE})
            await transaction.fetch(_TOMBSTONES, own)
            await transaction.fetch(_AUTHOR, own)
            posts = await transaction.fetch(_POSTS, own)
            pairs = await transaction.fetch(_SUBSCRIPTIONS, own)
            erased = {kind: len(rows) for kind, rows in found.items()}
            erased |= {"inspection facts": len(facts), "feed entries": len(feed)}
            return ContentTraces(
                posts=[content_id for (content_id,) in posts],
                subscriptions=[(subscriber, author) for subscriber, author in pairs],
                erased=erased,
                is_more=len(feed) == _FEED_SLICE,
            )

        return await self._database.in_transaction(work)
