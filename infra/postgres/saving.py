"""Saved messages in the chat databases: each in the database of its room."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from chatstream.domain.cursors import Shape, identity, moment
from chatstream.domain.saving import kept_as, refuse_save
from chatstream.domain.times import to_text
from chatstream.ports.saving import SavedMessage, SaveOutcome, SaveWish
from infra.postgres.lines import Lines
from infra.postgres.pool import Database, Transaction

_TOPIC = "kakao.chat.savedMessage.RESPONSE"
# Each wish's room, membership, message and former state, by key.
_KNOWN = """
select room.room_id is not null, member.account_id is not null, message.seq, kept.saved_at
from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) with ordinality as w (r, a, m, n)
left join lateral (select room_id from rooms
    where rooms.room_id = w.r and deleted_at is null) as room on true
left join lateral (select account_id from members
    where members.room_id = w.r and members.account_id = w.a) as member on true
left join lateral (select seq from messages
    where messages.room_id = w.r and messages.message_id = w.m and body is not null
    order by seq limit 1) as message on true
left join lateral (select saved_at from saved_messages as s
    where s.account_id = w.a and s.room_id = w.r and s.message_id = w.m) as kept on true
order by w.n
"""
_INSERT = """
insert into saved_messages (account_id, room_id, message_id, seq, saved_at)
select account_id, room_id, message_id, seq, saved_at from jsonb_to_recordset(%s::jsonb)
    as t (account_id uuid, room_id uuid, message_id uuid, seq bigint, saved_at timestamptz)
on conflict do nothing
"""
_DELETE = """
delete from saved_messages as s using unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as t (a, r, m)
where s.account_id = t.a and s.room_id = t.r and s.message_id = t.m
"""
# A room without a name is called by the others in it, as its members see it.
_SAVED = """
select s.room_id::text, s.message_id::text, s.saved_at, me.account_id is not null, r.kind,
    case when r.name <> '' then r.name else (
        select string_agg(others.name, ', ') from (
            select who.name from members other
            join profiles who on who.account_id = other.account_id
            where other.room_id = s.room_id and other.account_id <> s.account_id
            order by other.joined_at, other.account_id limit 4) as others) end,
    m.seq, p.user_id, p.name, m.body, m.created_at
from saved_messages s
left join rooms r on r.room_id = s.room_id and r.deleted_at is null
left join members me on me.room_id = r.room_id and me.account_id = s.account_id
left join messages m on m.room_id = s.room_id and m.seq = s.seq
left join profiles p on p.account_id = m.account_id
where s.account_id = %s and (%s::timestamptz is null
    or (s.saved_at, s.room_id, s.message_id) < (%s::timestamptz, %s::uuid, %s::uuid))
order by s.saved_at desc, s.room_id desc, s.message_id desc limit %s
"""
_CURSOR = Shape("saved", moment, identity, identity)

_Key = tuple[str, str, str]


class PostgresSaved:
    """ports.saving.SavedStore in one chat database.

    What is kept is a state, not a line of facts: the line's epoch alone is used, so that a worker
    that was paused cannot carry out an older wish after a newer one.
    """

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines

    async def save(
        self, generation: int | None, wishes: Sequence[SaveWish]
    ) -> Sequence[SaveOutcome]:
        """See ports.saving.SavedStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))

        async def work(transaction: Transaction) -> Sequence[SaveOutcome]:
            await transaction.fetch(
                "select check_epochs(%s, %s::int[], %s::bigint[])",
                (_TOPIC, list(epochs), list(epochs.values())),
            )
            columns = (
                [wish.room_id for wish in wishes],
                [wish.account_id for wish in wishes],
                [wish.message_id for wish in wishes],
            )
            known = await transaction.fetch(_KNOWN, columns)
            outcomes, changed = _judge(wishes, known)
            await _write(transaction, changed)
            return outcomes

        return await self._database.in_transaction(work)


def _judge(
    wishes: Sequence[SaveWish], known: Sequence[tuple[Any, ...]]
) -> tuple[list[SaveOutcome], dict[_Key, tuple[int, datetime] | None]]:
    """The outcomes in order, and the last state of each key that a wish may have changed."""
    outcomes: list[SaveOutcome] = []
    state: dict[_Key, datetime | None] = {}
    changed: dict[_Key, tuple[int, datetime] | None] = {}
    for wish, (room, member, seq, saved_at) in zip(wishes, known, strict=True):
        key = (wish.account_id, wish.room_id, wish.message_id)
        at = state.setdefault(key, saved_at)
        if not wish.keeps:
            state[key] = changed[key] = None
            outcomes.append(SaveOutcome())
            continue
        code = refuse_save(room_is_there=room, is_member=member, is_there=seq is not None)
        if code is not None:
            outcomes.append(SaveOutcome(str(code)))
            continue
        if at is None:
            at = state[key] = wish.at
            changed[key] = (seq, wish.at)
        outcomes.append(SaveOutcome(saved_at=to_text(at)))
    return outcomes, changed


async def _write(
    transaction: Transaction, changed: Mapping[_Key, tuple[int, datetime] | None]
) -> None:
    if gone := sorted(changed):
        accounts, rooms, messages = zip(*gone, strict=True)
        await transaction.fetch(_DELETE, (list(accounts), list(rooms), list(messages)))
    rows = [
        {
            "account_id": account_id,
            "room_id": room_id,
            "message_id": message_id,
            "seq": kept[0],
            "saved_at": kept[1],
        }
        for (account_id, room_id, message_id), kept in sorted(changed.items())
        if kept is not None
    ]
    if rows:
        await transaction.fetch(_INSERT, (orjson.dumps(rows).decode(),))


class PostgresSavedReader:
    """ports.saving.SavedReader over all chat databases."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases

    async def saved(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[SavedMessage], str | None]:
        """See ports.saving.SavedReader."""
        at, room_id, message_id = _CURSOR.place(cursor)
        parameters = (account_id, at, at, room_id, message_id, limit + 1)
        pages = await asyncio.gather(
            *(database.fetch(_SAVED, parameters) for database in self._databases.values())
        )
        rows = sorted(
            (row for page in pages for row in page),
            key=lambda row: (row[2], row[0], row[1]),
            reverse=True,
        )
        kept = rows[:limit]
        after = _CURSOR.encode(kept[-1][2], *kept[-1][:2]) if len(rows) > limit else None
        return [_saved(row) for row in kept], after


def _saved(row: Sequence[Any]) -> SavedMessage:
    room_id, message_id, saved_at, is_member, kind, room_name, seq, handle, name, body, at = row
    kept = kept_as(is_member=is_member, text=body)
    if not is_member:
        return SavedMessage(room_id, message_id, to_text(saved_at), kept)
    return SavedMessage(
        room_id,
        message_id,
        to_text(saved_at),
        kept,
        room_kind=kind,
        room_name=room_name or "",
        seq=seq,
        user_id=handle,
        user_name=name,
        message=body,
        created_at=to_text(at),
    )
