"""Who is in which room, for the chat worker: whom it doubts, and all of them for a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatstream.errors import ErrorCode
from chatstream.ports.rooms import MembershipsPage
from infra.postgres.pool import Database
from schemas.contexts.rooms import ROOM

# `offset 0` keeps the lookups from being turned into joins: each is by a key.
_OUTSIDERS = """
select w.n - 1, room.present from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) with ordinality
    as w (r, a, m, n)
left join lateral (select true as present from rooms
    where rooms.room_id = w.r and rooms.deleted_at is null offset 0) as room on true
left join lateral (select true as present from members
    where members.room_id = w.r and members.account_id = w.a offset 0) as member on true
left join lateral (select true as present from messages where messages.room_id = w.r
    and messages.account_id = w.a and messages.message_id = w.m offset 0) as said on true
left join lateral (select erased from profiles
    where profiles.account_id = w.a offset 0) as profile on true
where said.present is null and profile.erased is not true
    and (room.present is null or member.present is null)
"""
# One snapshot: a line's head rises in the transaction that writes the members.
_MEMBERS = """
select line.head, page.room_id::text, page.account_id::text
from (select coalesce(max(head), 0) as head from lines where topic = %s and partition = %s) as line
left join lateral (
    select m.room_id, m.account_id from members m
    join lateral (select true from rooms where rooms.room_id = m.room_id
        and rooms.partition = %s and rooms.deleted_at is null offset 0) as room on true
    where (m.room_id, m.account_id) > (%s::uuid, %s::uuid)
    order by m.room_id, m.account_id limit %s) as page on true
order by page.room_id, page.account_id
"""


class PostgresMemberships:
    """ports.rooms.MembershipReader in one chat database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def outsiders(self, asked: Sequence[tuple[str, str, str]]) -> Mapping[int, ErrorCode]:
        """See ports.rooms.MembershipReader."""
        columns = [list(column) for column in zip(*asked, strict=True)]
        rows = await self._database.fetch(_OUTSIDERS, columns)
        return {
            index: ErrorCode.NOT_A_MEMBER if is_there else ErrorCode.ROOM_NOT_FOUND
            for index, is_there in rows
        }

    async def memberships(
        self, partition: int, after: tuple[str, str], limit: int
    ) -> MembershipsPage:
        """See ports.rooms.MembershipReader."""
        place = (ROOM.response.name, partition, partition, *after, limit)
        rows = await self._database.fetch(_MEMBERS, place)
        pairs = tuple((room_id, account_id) for _, room_id, account_id in rows if room_id)
        return MembershipsPage(rows[0][0], pairs, is_last=len(pairs) < limit)
