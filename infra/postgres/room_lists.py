"""Lists of rooms over all chat databases: one page, latest first; and which rooms have a name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.domain.name_filter import NameFilter
from chatstream.ports.rooms import RoomListing
from infra.postgres.pool import Database

ROOMS = CursorShape("rooms", moment, identity)
OPEN = CursorShape("open", moment, identity)

# What a list calls a room: its name, the other one's, or the others among those it shows.
_NAMES = """
select r.active_at, r.room_id::text, case
    when r.kind = 'direct' then array(select pd.name from profiles pd
        where pd.account_id = any (r.peers) and pd.account_id <> me.account_id)
    when r.name <> '' then array[r.name]
    else array(select p.name from (select account_id from members
            where room_id = r.room_id order by joined_at, account_id limit 100) x
        join profiles p on p.account_id = x.account_id where x.account_id <> me.account_id) end
from members me
join rooms r on r.room_id = me.room_id
where me.account_id = %s and r.deleted_at is null
    and (%s::timestamptz is null or (r.active_at, r.room_id) < (%s::timestamptz, %s::uuid))
"""


@dataclass(frozen=True, slots=True)
class RoomQuery:
    """A list's statement: its parameters are `subject`, those of a place, and a limit."""

    sql: str
    shape: CursorShape
    subject: tuple[object, ...]


async def listed(
    databases: Collection[Database],
    query: RoomQuery,
    listing: Callable[[Sequence[Any]], RoomListing],
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[RoomListing], str | None]:
    """The page behind the cursor, latest first, and the cursor of the next; None at the end."""
    at, room_id = query.shape.place(cursor)
    parameters = (*query.subject, at, at, room_id, limit + 1)
    pages = await asyncio.gather(*(each.fetch(query.sql, parameters) for each in databases))
    found = sorted(
        (listing(row) for page in pages for row in page),
        key=lambda listing: (listing.active_at, listing.room.room_id),
        reverse=True,
    )
    kept = found[:limit]
    if len(found) <= limit:
        return kept, None
    return kept, query.shape.encode(kept[-1].active_at, kept[-1].room.room_id)


async def rooms_named(
    databases: Collection[Database],
    account_id: str,
    names: NameFilter,
    cursor: str | None,
    count: int,
) -> list[str]:
    """The ids of the account's latest rooms behind the cursor that the filter finds.

    It reads the names of all rooms of the account: how a name is matched is no rule that Postgres
    has an index for, and one's own rooms are few beside the directory.
    """
    at, room_id = ROOMS.place(cursor)
    parameters = (account_id, at, at, room_id)
    pages = await asyncio.gather(*(each.fetch(_NAMES, parameters) for each in databases))
    found = sorted(
        ((row[0], row[1]) for page in pages for row in page if names.fits(filter(None, row[2]))),
        reverse=True,
    )
    return [room_id for _, room_id in found[:count]]
