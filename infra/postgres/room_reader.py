"""Reads of rooms and messages for the fronts, over all chat databases."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chatstream.domain.history import page_around
from chatstream.domain.name_filter import NameFilter
from chatstream.domain.partitions import partition_of
from chatstream.domain.room_events import events_span
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.messages import Page, PageAround, RoomChange, StoredMessage, by_rev
from chatstream.ports.rooms import Access, RoomHead, RoomListing, ShownPerson
from infra.postgres.history import page, span
from infra.postgres.missed import SINCE, access_of, since
from infra.postgres.mutes import LIFTED
from infra.postgres.participants import members_page, person_of
from infra.postgres.pool import Database
from infra.postgres.reading import (
    POSITIONS,
    ROOM_POSITIONS,
    by_account,
    positions_in,
    with_unread,
)
from infra.postgres.room_events import events_behind, events_between
from infra.postgres.room_listings import head_of, read_listings
from infra.postgres.room_lists import (
    OPEN,
    OPEN_ROOMS,
    OWN_ROOMS,
    OWN_ROOMS_NAMED,
    ROOMS,
    RoomQuery,
    listed,
    rooms_named,
)
from infra.postgres.shown_messages import FROM_MESSAGES, MESSAGE, message_of

_HEAD = (
    "r.room_id::text, r.kind, r.name, r.owner_id::text, r.member_count, r.access_version, "
    "r.head, r.rev, r.created_at"
)

_ROOM = f"select {_HEAD} from rooms r where r.room_id = %s and r.deleted_at is null"
_SUBSCRIBE = f"""
select {_HEAD}, {SINCE}, me.account_id is not null
from rooms r left join members me on me.room_id = r.room_id and me.account_id = %s
where r.room_id = %s and r.deleted_at is null
"""
_GAP = f"select {_HEAD}, {SINCE} from rooms r where r.room_id = %s and r.deleted_at is null"
_MEMBERS_OF = """
select r.access_version, coalesce(array_agg(m.account_id::text)
    filter (where m.account_id is not null), '{}') from rooms r
left join members m on m.room_id = r.room_id and m.account_id = any (%s::uuid[])
where r.room_id = %s and r.deleted_at is null group by r.access_version
"""
_IS_MEMBER = f"""
select me.account_id is not null, {POSITIONS}, r.head, r.rev from rooms r
left join members me on me.room_id = r.room_id and me.account_id = %s
where r.room_id = %s and r.deleted_at is null
"""
_ROOM_IDS_OF = """
select m.room_id::text from members m
join rooms r on r.room_id = m.room_id and r.deleted_at is null where m.account_id = %s
"""
_CHANGES = f"""
select {MESSAGE} {FROM_MESSAGES} where m.room_id = %s and m.rev > %s and m.rev <= %s order by m.rev
limit %s
"""
_AT = f"""
select {MESSAGE}, unread_of(m.room_id, m.account_id, m.seq, false)
from unnest(%s::uuid[], %s::bigint[]) as t (r, s)
join messages m on m.room_id = t.r and m.seq = t.s
left join profiles p on p.account_id = m.account_id
"""
_HAS_MESSAGE = """
select 1 from messages
where room_id = %s::uuid and account_id = %s::uuid and message_id = %s::uuid limit 1
"""


def _shown(rows: Iterable[Sequence[Any]], positions: str | None) -> tuple[StoredMessage, ...]:
    """The messages of rows of one room, with the numbers of those who have not read them."""
    return with_unread(map(message_of, rows), by_account(positions_in(positions)))


class PostgresRoomReader:
    """ports.rooms.RoomReader."""

    def __init__(self, homes: Mapping[int, str], databases: Mapping[str, Database]) -> None:
        self._homes = homes
        self._databases = databases

    def _home(self, room_id: str) -> Database:
        return self._databases[self._homes[partition_of(room_id, len(self._homes))]]

    async def room(self, room_id: str) -> RoomHead:
        """See ports.rooms.RoomReader."""
        rows = await self._home(room_id).fetch(_ROOM, (room_id,))
        if not rows:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        return head_of(rows[0])

    async def member_room(self, room_id: str, account_id: str) -> RoomListing:
        """See ports.rooms.RoomReader."""
        found = await read_listings(self._home(room_id), account_id, [room_id])
        if not found:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        [(listing, is_member)] = found
        if not is_member:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        return listing

    async def _members_home(
        self, room_id: str, account_id: str
    ) -> tuple[Database, str | None, int, int]:
        """The room's database, positions (JSON text), head and rev, for a member."""
        home = self._home(room_id)
        rows = await home.fetch(_IS_MEMBER, (account_id, room_id))
        if not rows:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        if not rows[0][0]:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        _, positions, head, rev = rows[0]
        return home, positions, head, rev

    async def person(self, user_id: str) -> ShownPerson:
        """See ports.rooms.RoomReader."""
        return await person_of(self._databases.values(), user_id)

    async def participants(
        self, room_id: str, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[ShownPerson], str | None]:
        """See ports.rooms.RoomReader."""
        _, members = await self.members_of(room_id, [account_id])
        if account_id not in members:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        return await members_page(self._home(room_id), room_id, cursor, limit)

    async def subscribe(
        self, room_id: str, account_id: str, after: int | None, rev: int | None = None
    ) -> Access:
        """See ports.rooms.RoomReader."""
        home = self._home(room_id)
        rows = await home.fetch(_SUBSCRIBE, (*since(after, rev), account_id, room_id))
        if not rows:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        if not rows[0][13]:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        return access_of(head_of(rows[0]), rows[0][9:])

    async def members_of(self, room_id: str, account_ids: Sequence[str]) -> tuple[int, set[str]]:
        """See ports.rooms.RoomReader."""
        rows = await self._home(room_id).fetch(_MEMBERS_OF, (list(account_ids), room_id))
        if not rows:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        return rows[0][0], set(rows[0][1])

    async def history(
        self, room_id: str, account_id: str, *, before: int | None, after: int | None, limit: int
    ) -> Page:
        """See ports.rooms.RoomReader."""
        home, read, _, rev = await self._members_home(room_id, account_id)
        rows, has_more = await page(home, room_id, before, after, limit)
        ends = (rows[0][1], rows[-1][1]) if rows else (0, 0)
        events = await events_behind(home, room_id, events_span(before, after, *ends))
        return Page(_shown(rows, read), has_more, rev, events)

    async def around(self, room_id: str, account_id: str, seq: int, limit: int) -> PageAround:
        """See ports.rooms.RoomReader."""
        home, read, head, rev = await self._members_home(room_id, account_id)
        first, last = page_around(seq, head, limit)
        rows = await span(home, room_id, first, last)
        events = await events_behind(home, room_id, events_span(None, None, first, last))
        return PageAround(_shown(rows, read), first > 1, last < head, rev, events)

    async def gap(self, room_id: str, after: int, rev: int) -> Access:
        """See ports.rooms.RoomReader."""
        rows = await self._home(room_id).fetch(_GAP, (*since(after, rev), room_id))
        if not rows:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        return access_of(head_of(rows[0]), rows[0][9:])

    async def changed(
        self, room_id: str, after: int, upto: int, limit: int
    ) -> tuple[RoomChange, ...]:
        """See ports.rooms.RoomReader."""
        home = self._home(room_id)
        found = await home.fetch(_CHANGES, (room_id, after, upto, limit))
        events = await events_between(home, room_id, after, upto, limit)
        rows = await home.fetch(ROOM_POSITIONS, (room_id,))
        changed = _shown(found, rows[0][0] if rows else None)
        return tuple(by_rev(changed, events)[:limit])

    async def shown(
        self, places: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], StoredMessage]:
        """See ports.rooms.RoomReader."""
        by_database: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for room_id, seq in places:
            by_database[self._homes[partition_of(room_id, len(self._homes))]].append((room_id, seq))
        pages = await asyncio.gather(
            *(
                self._databases[name].fetch(_AT, ([r for r, _ in pairs], [s for _, s in pairs]))
                for name, pairs in by_database.items()
            )
        )
        found = (message_of(row[:-1], row[-1]) for page in pages for row in page)
        return {(message.room_id, message.seq): message for message in found}

    async def rooms_of(
        self, account_id: str, cursor: str | None, limit: int, query: str = ""
    ) -> tuple[Sequence[RoomListing], str | None]:
        """See ports.rooms.RoomReader."""
        names, databases = NameFilter(query), self._databases
        asked = RoomQuery(OWN_ROOMS, ROOMS, account_id, (account_id,))
        if not names.is_empty:
            ids = await rooms_named(databases.values(), account_id, names, cursor, limit + 1)
            asked = RoomQuery(OWN_ROOMS_NAMED, ROOMS, account_id, (account_id, ids))
        return await listed(databases, asked, cursor, limit)

    async def open_rooms(
        self, query: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[RoomListing], str | None]:
        """See ports.rooms.RoomReader."""
        escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        asked = RoomQuery(OPEN_ROOMS, OPEN, None, (f"%{escaped}%",))
        return await listed(self._databases, asked, cursor, limit)

    async def has_message(self, room_id: str, account_id: str, message_id: str) -> bool:
        """See ports.rooms.RoomReader."""
        identity = (room_id, account_id, message_id)
        return bool(await self._home(room_id).fetch(_HAS_MESSAGE, identity))

    async def lifted(self, room_id: str, sanction_ids: Sequence[str]) -> set[str]:
        """See ports.rooms.RoomReader."""
        rows = await self._home(room_id).fetch(LIFTED, (list(sanction_ids),))
        return {row[0] for row in rows}

    async def room_ids_of(self, account_id: str) -> Sequence[str]:
        """See ports.rooms.RoomReader."""
        pages = await asyncio.gather(
            *(database.fetch(_ROOM_IDS_OF, (account_id,)) for database in self._databases.values())
        )
        return [row[0] for page in pages for row in page]
