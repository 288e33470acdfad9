"""Saved messages in the chat databases: each in the database of its room."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.domain.decisions import Accept, Refuse
from chatstream.domain.lines import Identity
from chatstream.domain.saving import Drawer, decide_keep, kept_as
from chatstream.domain.times import to_text
from chatstream.ports.saving import SavedMessage, SaveOutcome, SaveWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, LineBatch
from infra.postgres.pool import Database

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
_CURSOR = CursorShape("saved", moment, identity, identity)


class PostgresSaved:
    """ports.saving.SavedStore in one chat database.

    What is kept is a state, not a line of facts: the line's epoch alone is used, so that a worker
    that was paused cannot carry out an older wish after a newer one.
    """

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SaveWish]
    ) -> Sequence[SaveOutcome]:
        """See ports.saving.SavedStore."""
        async with self._line.batch(generation, wishes) as batch:
            columns = (
                [wish.room_id for wish in wishes],
                [wish.account_id for wish in wishes],
                [wish.message_id for wish in wishes],
            )
            known: dict[Identity, Drawer] = {}
            for wish, row in zip(wishes, await batch.fetch(_KNOWN, columns), strict=True):
                known.setdefault(wish.identity, Drawer(*row))
            changed: set[Identity] = set()
            outcomes = [_outcome(known[wish.identity], wish, changed) for wish in wishes]
            await _write(batch, {key: known[key] for key in sorted(changed)})
        return outcomes


def _outcome(drawer: Drawer, wish: SaveWish, changed: set[Identity]) -> SaveOutcome:
    decision = decide_keep(drawer, wish.at if wish.keeps else None)
    if isinstance(decision, Refuse):
        return SaveOutcome(str(decision.code))
    if isinstance(decision, Accept):
        (drawer.kept_at,) = decision.changes
        changed.add(wish.identity)
    return SaveOutcome(saved_at=None if drawer.kept_at is None else to_text(drawer.kept_at))


async def _write(batch: LineBatch, changed: Mapping[Identity, Drawer]) -> None:
    if changed:
        accounts, rooms, messages = zip(*changed, strict=True)
        await batch.fetch(_DELETE, (list(accounts), list(rooms), list(messages)))
    rows = [
        {
            "account_id": account_id,
            "room_id": room_id,
            "message_id": message_id,
            "seq": drawer.seq,
            "saved_at": drawer.kept_at,
        }
        for (account_id, room_id, message_id), drawer in changed.items()
        if drawer.kept_at is not None
    ]
    if rows:
        await batch.fetch(_INSERT, (orjson.dumps(rows).decode(),))


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
