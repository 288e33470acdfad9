"""Facts read back from Postgres, to fill a gap in a fact line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from chatstream.domain.room_events import next_rev
from chatstream.domain.times import to_text
from chatstream.settings import Settings
from infra.postgres.databases import chat_databases, single_database
from infra.postgres.people_facts import account_facts, friend_facts, sanction_facts
from infra.postgres.pool import Database
from schemas import records
from schemas.catalogue import LINEAGE_OF, STREAMS
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import SANCTION
from schemas.contexts.friends import FRIEND
from schemas.contexts.messages import MESSAGE
from schemas.databases import Lineage

# A message as it was stored: with the text before its first change, where that is still kept.
_MESSAGES = """
select m.fact_no, m.room_id::text, m.seq, m.message_id::text, m.account_id::text, p.user_id,
    p.name, r.access_version, r.kind, m.created_at, case when m.rev is null then m.body
        else coalesce((select c.former from message_changes c where c.room_id = m.room_id
            and c.seq = m.seq and c.former is not null order by c.fact_no limit 1), m.body) end,
    coalesce(m.first_rev, m.fact_no)
from messages m
join rooms r on r.room_id = m.room_id
left join profiles p on p.account_id = m.account_id
where m.partition = %s and m.fact_no > %s and m.fact_no <= %s
"""
_CHANGES = """
select c.fact_no, c.room_id::text, c.seq, m.message_id::text, c.account_id::text, p.user_id,
    p.name, r.access_version, r.kind, m.created_at, c.request_id::text, coalesce(c.former, ''),
    case when c.former is null and m.deleted_at is null then '' else c.body end, c.at, r.head,
    c.former_rev
from message_changes c
join messages m on m.room_id = c.room_id and m.seq = c.seq
join rooms r on r.room_id = c.room_id
left join profiles p on p.account_id = c.account_id
where c.partition = %s and c.fact_no > %s and c.fact_no <= %s
"""
# The lines whose facts are kept as they are told.
_AS_TOLD = {
    each.response.name: f"select fact_no, body from {each.kept_in}"
    " where partition = %s and fact_no > %s and fact_no <= %s order by fact_no"
    for each in STREAMS
    if each.kept_in
}
# The lines of databases that are alone in their lineage: that of the topic's context.
_SINGLE = {
    ACCOUNT.response.name: account_facts,
    FRIEND.response.name: friend_facts,
    SANCTION.response.name: sanction_facts,
}
# The lines of which every partition is in the one database of its lineage.
_UNSHARDED = frozenset(_SINGLE) | {topic for topic in _AS_TOLD if not LINEAGE_OF[topic].is_sharded}
FACT_LINES = (MESSAGE.response.name, *_AS_TOLD, *_SINGLE)
"""The topics whose facts can be read back."""

_HEAD = "select head from lines where topic = %s and partition = %s"


class PostgresFacts:
    """ports.counting.FactReader and LineHeads over the chat databases and others by lineage."""

    def __init__(
        self,
        homes: Mapping[int, str],
        chat: Mapping[str, Database],
        single: Mapping[Lineage, Database] = MappingProxyType({}),
    ) -> None:
        self._homes = homes
        self._chat = chat
        self._single = single

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        """See ports.counting.FactReader."""
        span = (partition, after, upto)
        if topic == MESSAGE.response.name:
            return await self._messages(self._chat[self._homes[partition]], span)
        if topic in _AS_TOLD:
            rows = await self._database(topic, partition).fetch(_AS_TOLD[topic], span)
            return [(fact_no, body.encode()) for fact_no, body in rows]
        if topic in _SINGLE and LINEAGE_OF[topic] in self._single:
            return await _SINGLE[topic](self._single[LINEAGE_OF[topic]], span)
        raise LookupError(f"{topic} has no fact line here")

    async def head(self, topic: str, partition: int) -> int:
        """See ports.counting.LineHeads."""
        rows = await self._database(topic, partition).fetch(_HEAD, (topic, partition))
        return int(rows[0][0]) if rows else 0

    def _database(self, topic: str, partition: int) -> Database:
        if topic in _UNSHARDED:
            return self._single[LINEAGE_OF[topic]]
        return self._chat[self._homes[partition]]

    async def _messages(
        self, database: Database, span: tuple[int, int, int]
    ) -> Sequence[tuple[int, bytes]]:
        """Messages and their changes; forgotten texts are left out of both alike."""
        found: list[tuple[int, records.Record]] = [
            (row[0], _stored(row)) for row in await database.fetch(_MESSAGES, span)
        ]
        found += [(row[0], _changed(row)) for row in await database.fetch(_CHANGES, span)]
        found.sort(key=lambda pair: pair[0])
        return [(fact_no, records.encode(record)) for fact_no, record in found]


def _common(row: Sequence[Any]) -> dict[str, Any]:
    """The fields that all facts of the message line have."""
    fact_no, room_id, seq, message_id, account_id, user_id, name, access, kind, at = row[:10]
    return {
        "fact_no": fact_no,
        "room_id": room_id,
        "seq": seq,
        "message_id": message_id,
        "account_id": account_id,
        "user_id": user_id or "",
        "user_name": name or "",
        "access_version": access,
        "room_kind": kind,
        "created_at": to_text(at),
    }


def _stored(row: Sequence[Any]) -> records.MessageStored:
    return records.MessageStored(**_common(row), message=row[10] or "", rev=row[11])


def _changed(row: Sequence[Any]) -> records.MessageEdited | records.MessageDeleted:
    request_id, former, text, at, last_seq, former_rev = row[10:]
    fields = {
        **_common(row),
        "request_id": request_id,
        "former": former,
        "last_seq": last_seq,
        "rev": next_rev(row[0], former_rev),
        "former_rev": former_rev,
    }
    if text is None:
        return records.MessageDeleted(**fields, deleted_at=to_text(at))
    return records.MessageEdited(**fields, message=text, edited_at=to_text(at))


@asynccontextmanager
async def open_facts(settings: Settings) -> AsyncIterator[PostgresFacts]:
    """The facts of every line, over connections of their own that close with the context."""
    databases = chat_databases(settings)
    single = {LINEAGE_OF[topic] for topic in _UNSHARDED}
    others = {lineage: single_database(settings, lineage) for lineage in single}
    try:
        await databases.open()
        yield PostgresFacts(databases.homes, databases.chat, others)
    finally:
        await databases.close()
        for database in others.values():
            await database.close()
