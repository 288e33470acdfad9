"""Messages as they are at present, for copies of them that are made anew or compared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from chatstream.domain.documents import IndexedMessage
from chatstream.domain.log_differences import (
    DocumentTally,
    MessagePlace,
    MessageSlot,
    PresentMessage,
)
from chatstream.domain.times import to_text
from chatstream.settings import Settings
from infra.postgres.databases import Databases, chat_databases
from schemas.contexts.messages import MESSAGE

_COLUMNS = """
select m.room_id::text, m.seq, coalesce(m.rev, m.first_rev, m.fact_no), m.message_id::text,
    m.account_id::text, p.user_id, p.name, case when m.deleted_at is null then m.body end,
    m.created_at, r.kind, coalesce(p.erased, false),
    greatest(m.created_at, m.edited_at, m.deleted_at)
from messages m
join rooms r on r.room_id = m.room_id
left join profiles p on p.account_id = m.account_id
"""
_STORED = f"""
{_COLUMNS} where m.partition = %s and m.fact_no > %s and m.fact_no <= %s
"""
# Messages from before the span that a fact of the span has changed.
_CHANGED = f"""
{_COLUMNS} join (select distinct room_id, seq from message_changes
    where partition = %s and fact_no > %s and fact_no <= %s) c
    on c.room_id = m.room_id and c.seq = m.seq where m.fact_no <= %s
"""
_AT = f"""
{_COLUMNS} join unnest(%s::uuid[], %s::bigint[]) as t (r, s) on m.room_id = t.r and m.seq = t.s
"""
_SPAN = f"""
{_COLUMNS} where m.room_id = %s::uuid and m.seq >= %s and m.seq < %s order by m.seq
"""
_ERASED = "select account_id::text from profiles where account_id = any (%s::uuid[]) and erased"
_HEADS = "select partition, head from lines where topic = %s and partition = any (%s::int[])"
_ROOMS = """
select room_id::text, head from rooms where room_id > %s::uuid order by room_id limit %s
"""
_KNOWN = "select room_id::text from rooms where room_id = any (%s::uuid[])"
_TALLIES = """
select room_id::text, to_char(created_at at time zone 'UTC', 'YYYY.MM'), seq / %s, count(*),
    count(*) filter (where deleted_at is not null), sum(coalesce(rev, first_rev, fact_no)),
    sum(seq), max(seq)
from messages where room_id = any (%s::uuid[]) and seq >= %s and seq < %s group by 1, 2, 3
"""


class PresentMessages:
    """Reads every chat database; raises TransientFailure when one is away."""

    def __init__(self, databases: Databases) -> None:
        self._homes = databases.homes
        self._chat = databases.chat

    @property
    def databases(self) -> Sequence[str]:
        """The names of the databases, each with rooms of its own."""
        return sorted(set(self._homes.values()))

    async def heads(self) -> Mapping[int, int]:
        """The number of the last fact of each partition's line of messages."""
        found = dict.fromkeys(self._homes, 0)
        for name in self.databases:
            own = [each for each, home in self._homes.items() if home == name]
            rows = await self._chat[name].fetch(_HEADS, (MESSAGE.response.name, own))
            found.update({int(partition): int(head) for partition, head in rows})
        return found

    async def touched(self, partition: int, after: int, upto: int) -> Sequence[IndexedMessage]:
        """The messages that facts `after < number <= upto` are about, as they are now."""
        database, span = self._chat[self._homes[partition]], (partition, after, upto)
        rows = await database.fetch(_STORED, span)
        rows += await database.fetch(_CHANGED, (*span, after))
        return [_message(row) for row in rows]

    async def erased(self, partition: int, account_ids: Collection[str]) -> set[str]:
        """Which of the accounts are erased, as the partition's database knows it."""
        database = self._chat[self._homes[partition]]
        return {row[0] for row in await database.fetch(_ERASED, (sorted(account_ids),))}

    async def rooms(self, database: str, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """Rooms of the database behind `after` by id, each with the seq of its last message."""
        rows = await self._chat[database].fetch(_ROOMS, (after, limit))
        return [(str(room_id), int(head)) for room_id, head in rows]

    async def known(self, room_ids: Collection[str]) -> Mapping[str, str]:
        """The database of each of the rooms that are there."""
        found: dict[str, str] = {}
        for name in self.databases:
            rows = await self._chat[name].fetch(_KNOWN, (sorted(room_ids),))
            found |= {str(room_id): name for (room_id,) in rows}
        return found

    async def tallies(
        self, database: str, room_ids: Sequence[str], first: int, end: int, width: int
    ) -> Mapping[MessageSlot, DocumentTally]:
        """What there is of the messages `first <= seq < end`, by room, month and `width` seqs."""
        rows = await self._chat[database].fetch(_TALLIES, (width, list(room_ids), first, end))
        return {
            MessageSlot(room_id, month, int(number)): DocumentTally(*map(int, counts))
            for room_id, month, number, *counts in rows
        }

    async def at(
        self, database: str, places: Collection[MessagePlace]
    ) -> Mapping[MessagePlace, PresentMessage]:
        """The messages at these places, those that are there."""
        columns = [list(each) for each in zip(*places, strict=True)] or [[], []]
        return _present(await self._chat[database].fetch(_AT, columns))

    async def span(
        self, database: str, room_id: str, first: int, end: int
    ) -> Mapping[MessagePlace, PresentMessage]:
        """The room's messages `first <= seq < end`."""
        return _present(await self._chat[database].fetch(_SPAN, (room_id, first, end)))


def _present(rows: Sequence[Sequence[Any]]) -> Mapping[MessagePlace, PresentMessage]:
    found = {}
    for row in rows:
        changed: datetime = row[-1]
        found[MessagePlace(row[0], int(row[1]))] = PresentMessage(
            _message(row), changed.timestamp()
        )
    return found


def _message(row: Sequence[Any]) -> IndexedMessage:
    room_id, seq, rev, message_id, account_id, user_id, name, text, at, kind, erased, _ = row
    return IndexedMessage(
        room_id=room_id,
        seq=int(seq),
        rev=int(rev),
        message_id=message_id,
        account_id=account_id,
        user_id=user_id or "",
        user_name=name or "",
        text=text,
        at=to_text(at),
        room_kind=kind,
        is_erased=bool(erased),
    )


@asynccontextmanager
async def open_present(settings: Settings) -> AsyncIterator[PresentMessages]:
    """The messages of every chat database, over connections that close with the context."""
    databases = chat_databases(settings)
    try:
        await databases.open()
        yield PresentMessages(databases)
    finally:
        await databases.close()
