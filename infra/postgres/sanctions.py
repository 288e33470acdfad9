"""Sanctions in the auth database: the agent's write side, and what operators read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.domain.decisions import Accept, Unchanged
from chatstream.domain.lines import in_fact_order
from chatstream.domain.sanctions import decide_lift
from chatstream.domain.times import from_text, to_text
from chatstream.ports.sanctions import Impose, Lift, Sanction, SanctionFact, SanctionWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.pool import Database

_FACTS = FactTable(
    "sanction_facts",
    identity=("account_id", "request_id"),
    columns={"sanction_id": "uuid", "is_lift": "boolean", "at": "timestamptz"},
)
# Each row of it is a fact, see `as_fact`.
FACT_ROWS = """
select f.request_id::text, f.fact_no, s.sanction_id::text, s.account_id::text, s.room_id::text,
    s.reason, s.since, s.until, case when f.is_lift then s.lifted_by::text end, f.at
from sanction_facts f join sanctions s using (sanction_id)
"""
_TOLD = f"{FACT_ROWS} where s.sanction_id = any (%s::uuid[])"
_IMPOSE = """
insert into sanctions (sanction_id, account_id, room_id, reason, detail, since, until)
select request_id, account_id, room_id, reason, detail, since, until
from jsonb_to_recordset(%s::jsonb) as t (request_id uuid, account_id uuid, room_id uuid,
    reason text, detail text, since timestamptz, until timestamptz)
"""
_LIFT = """
update sanctions set lifted_at = %s, lifted_by = t.by
from unnest(%s::uuid[], %s::uuid[]) as t (id, by) where sanction_id = t.id
"""
# By sanction, and whether they end it.
_Told = dict[tuple[str, bool], SanctionFact]

_LIST = """
select s.sanction_id::text, s.account_id::text, a.user_id, a.name, s.room_id::text, s.kind,
    s.reason, s.detail, s.since, s.until, s.lifted_at, o.user_id
from sanctions s
left join accounts a on a.account_id = s.account_id
left join accounts o on o.account_id = s.lifted_by
where (%(user)s::text is null or a.user_id = %(user)s)
    and (not %(active)s or s.until > clock_timestamp() and s.lifted_at is null)
    and (%(at)s::timestamptz is null or (s.since, s.sanction_id) < (%(at)s, %(id)s::uuid))
order by s.since desc, s.sanction_id desc limit %(limit)s
"""
_CURSOR = CursorShape("sanctions", moment, identity)


class PostgresSanctions:
    """ports.sanctions.SanctionStore."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SanctionWish]
    ) -> Sequence[SanctionFact]:
        """See ports.sanctions.SanctionStore."""
        async with self._line.batch(generation, wishes) as batch:
            told = await _told(batch, wishes)
            facts = [_answer(batch, told, index, wish) for index, wish in enumerate(wishes)]
            await _write(batch)
        return in_fact_order(fact for fact in facts if fact is not None)


async def _told(batch: LineBatch, wishes: Sequence[SanctionWish]) -> _Told:
    """The facts of the sanctions that the wishes name, or named when they were carried out."""
    ids = {wish.sanction_id for wish in wishes if isinstance(wish, Lift)}
    ids |= {fact.values["sanction_id"] for facts in batch.former.values() for fact in facts}
    facts = [as_fact(row) for _, *row in await batch.fetch(_TOLD, (sorted(ids),))]
    return {(fact.sanction_id, fact.lifted_by is not None): fact for fact in facts}


def as_fact(row: Sequence[Any]) -> SanctionFact:
    """The fact of a row of FACT_ROWS, without its request id."""
    fact_no, sanction_id, account_id, room_id, reason, since, until, lifted_by, at = row
    names = (sanction_id, account_id, room_id, reason)
    return SanctionFact(0, fact_no, *names, to_text(since), to_text(until), lifted_by, to_text(at))


def _answer(batch: LineBatch, told: _Told, index: int, wish: SanctionWish) -> SanctionFact | None:
    if former := batch.former.get(wish.identity):
        values = former[0].values
        return replace(told[values["sanction_id"], values["is_lift"]], wish=index)
    if isinstance(wish, Impose):
        key, fact = (wish.request_id, False), _imposed(wish)
    else:
        key, imposed = (wish.sanction_id, True), told.get((wish.sanction_id, False))
        owner_id = imposed.account_id if imposed else None
        decision = decide_lift(owner_id, wish.account_id, wish.lifted_by, is_lifted=key in told)
        if isinstance(decision, Unchanged):
            return replace(told[key], wish=index)
        if not isinstance(decision, Accept) or imposed is None:
            return None
        fact = replace(imposed, lifted_by=wish.lifted_by)
    added = batch.add(wish, sanction_id=key[0], is_lift=key[1], at=batch.now)
    at = to_text(batch.now)
    told[key] = replace(fact, wish=index, fact_no=added.fact_no, at=at)
    return told[key]


def _imposed(wish: Impose) -> SanctionFact:
    since, until = to_text(from_text(wish.since)), to_text(from_text(wish.until))
    names = (wish.request_id, wish.account_id, wish.room_id, wish.reason)
    return SanctionFact(0, 0, *names, since, until, None, "")


async def _write(batch: LineBatch) -> None:
    imposed = [wish for wish, _ in batch.fresh if isinstance(wish, Impose)]
    lifted = [wish for wish, _ in batch.fresh if isinstance(wish, Lift)]
    if imposed:
        await batch.fetch(_IMPOSE, (orjson.dumps(imposed).decode(),))
    if lifted:
        ids, by = [wish.sanction_id for wish in lifted], [wish.lifted_by for wish in lifted]
        await batch.fetch(_LIFT, (batch.now, ids, by))


class PostgresSanctionReader:
    """ports.sanctions.SanctionReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sanctions(
        self, *, user_id: str | None, is_active: bool, cursor: str | None, limit: int
    ) -> tuple[Sequence[Sanction], str | None]:
        """See ports.sanctions.SanctionReader."""
        at, last = _CURSOR.place(cursor)
        asked: Mapping[str, object] = {
            "user": user_id,
            "active": is_active,
            "at": at,
            "id": last,
            "limit": limit + 1,
        }
        rows = await self._database.fetch(_LIST, asked)
        found = [_sanction(row) for row in rows[:limit]]
        last_row = rows[limit - 1] if len(rows) > limit else None
        more = _CURSOR.encode(last_row[8], last_row[0]) if last_row else None
        return found, more

    async def account_of(self, sanction_id: str) -> str | None:
        """See ports.sanctions.SanctionReader."""
        rows = await self._database.fetch(
            "select account_id::text from sanctions where sanction_id = %s::uuid", (sanction_id,)
        )
        return rows[0][0] if rows else None


def _sanction(row: tuple[Any, ...]) -> Sanction:
    *_, since, until, lifted_at, lifted_by = row
    lifted = None if lifted_at is None else to_text(lifted_at)
    times = (to_text(since), to_text(until), lifted)
    return Sanction(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], *times, lifted_by
    )
