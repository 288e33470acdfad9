"""The write side of notices: lock the rooms, read, decide in order, write what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chatstream.domain.lines import in_fact_order
from chatstream.domain.notices import OWNER, Asker, Notice, NoticeBoard, PinnedMessage
from chatstream.domain.times import to_text
from chatstream.ports.notices import NoticeAct, NoticeAnswer, NoticeTraces, NoticeWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.notice_records import Grounds, NoticeRooms, Setter, answer
from infra.postgres.pool import Database, Transaction

_FACTS = FactTable(
    "notice_facts", identity=("room_id", "account_id", "request_id"), columns={"body": "text"}
)
_LOCK_ROOMS = """
select room_id::text, kind, owner_id::text, settings ->> 'notice_by', access_version, rev from rooms
where room_id = any (%s::uuid[]) and deleted_at is null order by room_id for no key update
"""
# A tombstone waits for these, so an erasure sees every notice of its account or refuses it.
_HOLD_PROFILES = """
select 1 from profiles where account_id = any (%s::uuid[]) or account_id in (
    select said.account_id from unnest(%s::uuid[], %s::uuid[]) as w (r, m)
    join messages said on said.room_id = w.r and said.message_id = w.m)
order by account_id for share
"""
_CURRENT = """
select n.room_id::text, n.account_id::text, n.at, n.rev, n.text, n.message_id::text, n.seq,
    n.shown_rev, n.author_id::text, case when not coalesce(author.erased, false) then said.body end,
    case when not coalesce(who.erased, false) then who.user_id end, who.name
from notices n
left join messages said on said.room_id = n.room_id and said.seq = n.seq
left join profiles author on author.account_id = n.author_id
left join profiles who on who.account_id = n.account_id
where n.room_id = any (%s::uuid[])
"""
_ASKED = """
select member.present, who.erased, mute.until, mute.reason, who.user_id, who.name,
    said.message_id::text, said.seq, coalesce(said.rev, said.first_rev, said.fact_no),
    said.account_id::text, case when not coalesce(author.erased, false) then said.body end
from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) with ordinality as w (r, a, m, n)
left join lateral (select true as present from members
    where members.room_id = w.r and members.account_id = w.a) as member on true
left join profiles who on who.account_id = w.a
left join lateral (select until, reason from mutes
    where mutes.account_id = w.a and mutes.until > clock_timestamp()
        and (mutes.room_id is null or mutes.room_id = w.r)
    order by until desc limit 1) as mute on true
left join lateral (select * from messages
    where messages.room_id = w.r and messages.message_id = w.m order by seq limit 1) as said on true
left join profiles author on author.account_id = said.account_id
order by w.n
"""
_END = "delete from notices where room_id = any (%s::uuid[])"
_SET = """
insert into notices (room_id, account_id, at, rev, text, message_id, seq, author_id, shown_rev)
select * from jsonb_to_recordset(%s::jsonb) as t (room_id uuid, account_id uuid, at timestamptz,
    rev bigint, text text, message_id uuid, seq bigint, author_id uuid, shown_rev bigint)
"""
_UPDATE_ROOMS = """
update rooms set rev = t.rev from unnest(%s::uuid[], %s::bigint[]) as t (r, rev) where room_id = t.r
"""


class PostgresNotices:
    """ports.notices.NoticeStore in one chat database."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[NoticeWish]
    ) -> Sequence[NoticeAnswer]:
        """See ports.notices.NoticeStore."""
        async with self._line.batch(generation, wishes) as batch:
            rooms = await _read(batch, wishes)
            columns = _columns(wishes)
            rows = [_grounds(row) for row in await batch.fetch(_ASKED, columns)]
            answers = [
                answer(batch, rooms, number, wish, grounds)
                for number, (wish, grounds) in enumerate(zip(wishes, rows, strict=True))
            ]
            await _write(batch, rooms)
        return in_fact_order(answers)


def _columns(wishes: Sequence[NoticeWish]) -> tuple[list[Any], ...]:
    return (
        [wish.room_id for wish in wishes],
        [wish.account_id for wish in wishes],
        [wish.message_id for wish in wishes],
    )


async def _read(batch: LineBatch, wishes: Sequence[NoticeWish]) -> NoticeRooms:
    room_ids = sorted({wish.room_id for wish in wishes})
    rooms = NoticeRooms()
    for room_id, kind, owner_id, by, access, rev in await batch.fetch(_LOCK_ROOMS, (room_ids,)):
        rooms.boards[room_id] = NoticeBoard(kind, owner_id, by == OWNER, access, rev)
    if setting := [wish for wish in wishes if wish.act is NoticeAct.SET]:
        places, accounts, messages = _columns(setting)
        await batch.fetch(_HOLD_PROFILES, (accounts, places, messages))
    for row in await batch.fetch(_CURRENT, (list(rooms.boards),)):
        room_id, account_id, at, rev, text, message_id, seq, shown, author, body, *names = row
        message = PinnedMessage(message_id, seq, shown, author, body) if seq is not None else None
        rooms.boards[room_id].notice = Notice(account_id, at, rev, text, message)
        rooms.setters[room_id] = Setter(*names)
    return rooms


def _grounds(row: Sequence[Any]) -> Grounds:
    is_member, is_erased, until, cause, user_id, name, *said = row
    return Grounds(
        asker=Asker("", bool(is_member), bool(is_erased), until is not None),
        setter=Setter(user_id, name),
        message=PinnedMessage(*said) if said[0] is not None else None,
        muted_until=None if until is None else to_text(until),
        muted_for=cause,
    )


async def _write(batch: LineBatch, rooms: NoticeRooms) -> None:
    if not rooms.changed:
        return
    changed = {room_id: rooms.boards[room_id] for room_id in sorted(rooms.changed)}
    await batch.fetch(_END, (list(changed),))
    rows = [
        {
            "room_id": room_id,
            "account_id": notice.account_id,
            "at": notice.at,
            "rev": notice.rev,
            "text": notice.text,
            "message_id": message.message_id if (message := notice.message) else None,
            "seq": message.seq if message else None,
            "author_id": message.author_id if message else None,
            "shown_rev": message.rev if message else None,
        }
        for room_id, board in changed.items()
        if (notice := board.notice) is not None
    ]
    if rows:
        await batch.fetch(_SET, (orjson.dumps(rows).decode(),))
    revs = [board.rev for board in changed.values()]
    await batch.fetch(_UPDATE_ROOMS, (list(changed), revs))


# -- erasure ---------------------------------------------------------------------------------

_THEIRS = "(n.account_id = %s::uuid or n.author_id = %s::uuid)"
_DELETE_OF_GONE = f"""
delete from notices n using rooms r
where r.room_id = n.room_id and r.deleted_at is not null and {_THEIRS} returning 1
"""
_ROOMS = f"select n.room_id::text from notices n where {_THEIRS} order by 1"


@dataclass(frozen=True)
class PostgresNoticeEraser:
    """ports.notices.NoticeEraser."""

    database: Database

    async def erase(self, account_id: str) -> NoticeTraces:
        """See ports.notices.NoticeEraser."""

        async def work(transaction: Transaction) -> NoticeTraces:
            account = (account_id, account_id)
            gone = await transaction.fetch(_DELETE_OF_GONE, account)
            rooms = await transaction.fetch(_ROOMS, account)
            return NoticeTraces([room_id for (room_id,) in rooms], len(gone))

        return await self.database.in_transaction(work)
