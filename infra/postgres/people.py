"""What one account has decided about others, and the search of people. Used by front-auth."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.domain.cursors import CursorShape, text
from chatstream.ports.copies import BlockFact
from chatstream.ports.people import Acquaintance
from infra.postgres.pool import Database

# A list is sorted anew for each page: it costs what the caller's own list is long.
_LIST = """
select a.user_id, a.name, lower(a.name)
from {table} mine join profiles a on a.account_id = mine.{other} and not a.erased
where mine.account_id = %s::uuid
    and (%s::text is null or (lower(a.name), a.user_id) > (%s, %s))
order by lower(a.name), a.user_id limit %s
"""
_FRIENDS = _LIST.format(table="friends", other="friend_id")
_BLOCKS = _LIST.format(table="blocked_users", other="blocked_id")
_FRIENDS_CURSOR = CursorShape("friends", text, text)
_BLOCKS_CURSOR = CursorShape("blocks", text, text)

# Both branches walk a range of an index made for prefixes (profiles_by_handle_prefix,
# profiles_by_name_prefix) in its order and stop after the limit, however many there are.
_NAME = "lower(normalize(a.name, NFC))"
_OTHERS = """
not a.erased and a.account_id <> %(me)s::uuid and not exists (select 1 from blocked_users b
    where b.blocked_id = %(me)s::uuid and b.account_id = a.account_id)
"""
SEARCH = f"""
select found.user_id, found.name,
    exists (select 1 from friends where account_id = %(me)s::uuid
        and friend_id = found.account_id),
    exists (select 1 from blocked_users where account_id = %(me)s::uuid
        and blocked_id = found.account_id)
from (
    (select a.account_id, a.user_id, a.name, 1 as branch, a.user_id as key from profiles a
    where a.user_id ^@ lower(%(prefix)s) and {_OTHERS}
    order by a.user_id using ~<~ limit %(limit)s)
    union all
    (select a.account_id, a.user_id, a.name, 2, {_NAME} from profiles a
    where {_NAME} ^@ lower(%(prefix)s) and not a.user_id ^@ lower(%(prefix)s) and {_OTHERS}
    order by {_NAME} using ~<~, a.user_id limit %(limit)s)
) as found
order by found.branch, found.key using ~<~, found.user_id limit %(limit)s
"""

# By the facts of the one account (its key begins with account and request), which are few.
_BLOCK_FACT = """
select f.account_id::text, f.target_id::text, max(f.fact_no) from friend_facts f
join profiles a on a.account_id = f.target_id
where f.account_id = %s::uuid and a.user_id = %s and f.kind in ('userBlocked', 'userUnblocked')
group by f.account_id, f.target_id
"""


class PostgresPeople:
    """ports.people.PeopleReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def friends(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        """See ports.people.PeopleReader."""
        rows, after = await self._page(_FRIENDS, _FRIENDS_CURSOR, account_id, cursor, limit)
        return [Acquaintance(*row, is_friend=True, is_blocked=False) for row in rows], after

    async def blocks(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        """See ports.people.PeopleReader."""
        rows, after = await self._page(_BLOCKS, _BLOCKS_CURSOR, account_id, cursor, limit)
        return [Acquaintance(*row, is_friend=False, is_blocked=True) for row in rows], after

    async def _page(
        self, sql: str, shape: CursorShape, account_id: str, cursor: str | None, limit: int
    ) -> tuple[list[tuple[str, str]], str | None]:
        key, handle = shape.place(cursor)
        rows = await self._database.fetch(sql, (account_id, key, key, handle, limit + 1))
        kept = rows[:limit]
        after = shape.encode(kept[-1][2], kept[-1][0]) if len(rows) > limit else None
        return [(user_id, name) for user_id, name, _ in kept], after

    async def search(self, account_id: str, prefix: str, limit: int) -> Sequence[Acquaintance]:
        """See ports.people.PeopleReader."""
        rows = await self._database.fetch(
            SEARCH, {"me": account_id, "prefix": prefix, "limit": limit}
        )
        return [Acquaintance(*row) for row in rows]

    async def block_fact(self, account_id: str, user_id: str) -> BlockFact | None:
        """See ports.people.PeopleReader."""
        rows = await self._database.fetch(_BLOCK_FACT, (account_id, user_id))
        return BlockFact(*rows[0]) if rows else None
