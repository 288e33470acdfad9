"""Sanctions in the auth database: the agent's write side, and what operators read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatstream.domain.cursors import Shape, identity, moment
from chatstream.domain.times import to_text
from chatstream.ports.sanctions import Impose, Lift, Sanction, SanctionFact, SanctionWish
from infra.postgres.lines import Lines
from infra.postgres.pool import Database, Transaction

_TOPIC = "kakao.user.sanction.RESPONSE"

_HEADS = "select partition, head from lines where topic = %s and partition = any (%s::int[])"
_FACT = """
select f.fact_no, s.sanction_id::text, s.account_id::text, s.room_id::text, s.reason, s.since,
    s.until, case when f.is_lift then s.lifted_by::text end, f.at
from sanction_facts f join sanctions s using (sanction_id)
"""
_FORMER = _FACT + "where f.account_id = %s::uuid and f.request_id = %s::uuid"
_LIFTED = _FACT + "where f.sanction_id = %s::uuid and f.account_id = %s::uuid and f.is_lift"
_IMPOSE = """
insert into sanctions (sanction_id, account_id, room_id, reason, detail, since, until)
values (%s::uuid, %s::uuid, %s::uuid, %s, %s, %s::timestamptz, %s::timestamptz)
"""
_LIFT = """
update sanctions set lifted_at = date_trunc('milliseconds', clock_timestamp()), lifted_by = %s::uuid
where sanction_id = %s::uuid and account_id = %s::uuid and lifted_at is null returning 1
"""
_ADD_FACT = """
insert into sanction_facts (partition, fact_no, account_id, request_id, sanction_id, is_lift, at)
select %s, %s, account_id, %s::uuid, sanction_id, %s,
    coalesce(lifted_at, date_trunc('milliseconds', clock_timestamp()))
from sanctions where sanction_id = %s::uuid
"""
_MOVE = """
update lines set head = t.h from unnest(%s::int[], %s::bigint[]) as t (p, h)
where topic = %s and partition = t.p
"""
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
_CURSOR = Shape("sanctions", moment, identity)


class PostgresSanctions:
    """ports.sanctions.SanctionStore."""

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SanctionWish]
    ) -> Sequence[SanctionFact]:
        """See ports.sanctions.SanctionStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))

        async def work(transaction: Transaction) -> Sequence[SanctionFact]:
            await transaction.fetch(
                "select check_epochs(%s, %s::int[], %s::bigint[])",
                (_TOPIC, list(epochs), list(epochs.values())),
            )
            heads = dict(await transaction.fetch(_HEADS, (_TOPIC, list(epochs))))
            facts = []
            for index, wish in enumerate(wishes):
                row = await _carry_out(transaction, heads, wish)
                if row is not None:
                    facts.append(_fact(index, row))
            await transaction.fetch(_MOVE, (list(heads), list(heads.values()), _TOPIC))
            return sorted(facts, key=lambda fact: (fact.fact_no, fact.wish))

        return await self._database.in_transaction(work)


async def _carry_out(
    transaction: Transaction, heads: dict[int, int], wish: SanctionWish
) -> tuple[Any, ...] | None:
    identity = (wish.account_id, wish.request_id)
    if former := await transaction.fetch(_FORMER, identity):
        return former[0]
    if isinstance(wish, Lift):
        place = (wish.sanction_id, wish.account_id)
        if not await transaction.fetch(_LIFT, (wish.lifted_by, *place)):
            lifted = await transaction.fetch(_LIFTED, place)
            return lifted[0] if lifted else None
        sanction_id = wish.sanction_id
    else:
        sanction_id = wish.request_id
        await transaction.fetch(_IMPOSE, _imposed(wish))
    number = heads[wish.partition] = heads[wish.partition] + 1
    is_lift = isinstance(wish, Lift)
    await transaction.fetch(
        _ADD_FACT, (wish.partition, number, wish.request_id, is_lift, sanction_id)
    )
    return (await transaction.fetch(_FORMER, identity))[0]


def _imposed(wish: Impose) -> tuple[object, ...]:
    return (
        wish.request_id,
        wish.account_id,
        wish.room_id,
        wish.reason,
        wish.detail,
        wish.since,
        wish.until,
    )


def _fact(index: int, row: tuple[Any, ...]) -> SanctionFact:
    fact_no, sanction_id, account_id, room_id, reason, since, until, lifted_by, at = row
    return SanctionFact(
        wish=index,
        fact_no=fact_no,
        sanction_id=sanction_id,
        account_id=account_id,
        room_id=room_id,
        reason=reason,
        since=to_text(since),
        until=to_text(until),
        lifted_by=lifted_by,
        at=to_text(at),
    )


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
