"""Reads of people for the fronts: the members of a room page by page, the account of a handle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.rooms import ShownPerson
from infra.postgres.pool import Database

# By the key of `members_in_order`: a page costs the same wherever it is in a room of any size.
_MEMBERS = """
select m.account_id::text, p.user_id, p.name, m.joined_at from members m
left join profiles p on p.account_id = m.account_id
where m.room_id = %s
    and (%s::timestamptz is null or (m.joined_at, m.account_id) > (%s::timestamptz, %s::uuid))
order by m.joined_at, m.account_id limit %s
"""
_CURSOR = CursorShape("participants", moment, identity)
_PERSON = "select account_id::text, user_id, name from profiles where user_id = %s"


async def members_page(
    home: Database, room_id: str, cursor: str | None, limit: int
) -> tuple[Sequence[ShownPerson], str | None]:
    """At most `limit` members, longest first, and the cursor of the next page; checks no right."""
    at, account_id = _CURSOR.place(cursor)
    rows = await home.fetch(_MEMBERS, (room_id, at, at, account_id, limit + 1))
    kept = rows[:limit]
    more = len(rows) > limit
    following = _CURSOR.encode(kept[-1][3], kept[-1][0]) if more else None
    return [ShownPerson(*row[:3]) for row in kept], following


async def person_of(databases: Iterable[Database], user_id: str) -> ShownPerson:
    """The account of a handle from whichever copy has it; USER_NOT_FOUND when none has."""
    found = await asyncio.gather(*(each.fetch(_PERSON, (user_id,)) for each in databases))
    for rows in found:
        if rows:
            return ShownPerson(*rows[0])
    raise UserError(ErrorCode.USER_NOT_FOUND, "there is no such user")
