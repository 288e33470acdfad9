"""Lists of rooms over all chat databases: one page, latest first; and which rooms have a name."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.domain.name_filter import NameFilter
from chatstream.ports.rooms import RoomListing
from infra.postgres.pool import Database
from infra.postgres.room_listings import read_listings

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


OWN_ROOMS = """
select r.active_at, r.room_id::text from members me
join rooms r on r.room_id = me.room_id
where me.account_id = %s and r.deleted_at is null
    and (%s::timestamptz is null or (r.active_at, r.room_id) < (%s::timestamptz, %s::uuid))
order by r.active_at desc, r.room_id desc limit %s
"""
OWN_ROOMS_NAMED = OWN_ROOMS.replace(
    "where me.account_id = %s", "where me.account_id = %s and r.room_id = any (%s::uuid[])"
)
OPEN_ROOMS = """
select r.active_at, r.room_id::text from rooms r
where r.kind = 'open' and r.deleted_at is null and r.name ilike %s
    and (%s::timestamptz is null or (r.active_at, r.room_id) < (%s::timestamptz, %s::uuid))
order by r.active_at desc, r.room_id desc limit %s
"""


@dataclass(frozen=True, slots=True)
class RoomQuery:
    """Which rooms a list has, for whom: `reader`, None for the directory.

    The statement gives the time and id of each; its parameters are `subject`, those of a place, and
    a limit.
    """

    sql: str
    shape: CursorShape
    reader: str | None
    subject: tuple[object, ...]


async def listed(
    databases: Mapping[str, Database], query: RoomQuery, cursor: str | None, limit: int
) -> tuple[Sequence[RoomListing], str | None]:
    """The page behind the cursor, latest first, and the cursor of the next; None at the end.

    Which rooms these are is asked of every database, what they are like only of those where they
    lie: else each would read a whole page of rooms to show its part. A room that is deleted or left
    in between is not there, and the page has one less.
    """
    at, room_id = query.shape.place(cursor)
    parameters = (*query.subject, at, at, room_id, limit + 1)
    names = list(databases)
    pages = await asyncio.gather(*(databases[name].fetch(query.sql, parameters) for name in names))
    found = sorted(
        ((*row, name) for name, page in zip(names, pages, strict=True) for row in page),
        reverse=True,
    )
    kept = found[:limit]
    listings = await _listings(databases, query.reader, kept)
    if len(found) <= limit:
        return listings, None
    return listings, query.shape.encode(kept[-1][0].isoformat(), kept[-1][1])


async def _listings(
    databases: Mapping[str, Database],
    reader: str | None,
    places: Sequence[tuple[datetime, str, str]],
) -> list[RoomListing]:
    """The rooms of these places (time, id, name of the database), in their order."""
    homes: dict[str, list[str]] = defaultdict(list)
    for _, room_id, name in places:
        homes[name].append(room_id)
    pages = await asyncio.gather(
        *(read_listings(databases[name], reader, ids) for name, ids in homes.items())
    )
    found = {
        listing.room.room_id: listing
        for page in pages
        for listing, is_member in page
        if is_member or reader is None
    }
    return [found[room_id] for _, room_id, _ in places if room_id in found]


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
