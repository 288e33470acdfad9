"""Erasure in the auth database: the tombstone, and the sagas that follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.domain.erasure import ALARM_ATTEMPTS, delay
from chatstream.domain.lines import in_fact_order
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.accounts import AccountOutcome
from chatstream.ports.erasure import Due, Ends, ErasureWish, SagaView, StepView
from chatstream.ports.secrets import HandleKey
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database, Transaction
from schemas.catalogue import ERASURE_STEPS

_HANDLE = "select user_id from accounts where account_id = %s::uuid"
_ERASE = """
select outcome, saga_of::text, fact, stored_at
from erase_account(%s, %s, %s::uuid, %s::uuid, %s, %s, %s::text[])
"""
# Of several wishes for one saga the first counts.
_TRACE = "update sagas set trace = %s where saga_id = %s::uuid and trace is null"


class PostgresErasure:
    """ports.erasure.ErasureStore: the first step, with the fact of the account line."""

    def __init__(
        self,
        database: Database,
        lines: LineEpochs,
        keyed: HandleKey,
        steps: Sequence[str] | None = None,
    ) -> None:
        """`steps` are those of the sagas that begin; None: those that there are everywhere."""
        self._database = database
        self._lines = lines
        self._keyed = keyed
        self._steps = steps

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ErasureWish]
    ) -> Sequence[AccountOutcome]:
        """See ports.erasure.ErasureStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))

        async def work(transaction: Transaction) -> Sequence[AccountOutcome]:
            outcomes = [
                await self._one(transaction, index, wish, epochs[wish.partition])
                for index, wish in sorted(enumerate(wishes), key=lambda each: each[1].account_id)
            ]
            return in_fact_order(outcomes)

        return await self._database.in_transaction(work)

    async def _one(
        self, transaction: Transaction, index: int, wish: ErasureWish, epoch: int
    ) -> AccountOutcome:
        rows = await transaction.fetch(_HANDLE, (wish.account_id,))
        handle = rows[0][0] if rows else ""
        ((outcome, saga_id, fact_no, at),) = await transaction.fetch(
            _ERASE,
            (
                wish.partition,
                epoch,
                wish.account_id,
                wish.saga_id,
                handle,
                self._keyed.of(handle),
                list(ERASURE_STEPS if self._steps is None else self._steps),
            ),
        )
        if outcome != "erased":
            return AccountOutcome(index, ErrorCode(outcome))
        if wish.trace is not None:
            await transaction.fetch(_TRACE, (wish.trace.decode("ascii"), saga_id))
        return AccountOutcome(index, fact_no=fact_no, saga_id=saga_id, at=to_text(at))


# The first unfinished step of each saga, when its time has come; `skip locked` lets several
# workers drive.
_DUE = """
with due as (
    select saga_id, step from saga_steps s
    where done_at is null and next_at <= clock_timestamp()
        and not exists (select 1 from saga_steps e
            where e.saga_id = s.saga_id and e.place < s.place and e.done_at is null)
    order by next_at limit %s for update skip locked
)
update saga_steps s set attempts = attempts + 1,
    started_at = coalesce(s.started_at, clock_timestamp()),
    next_at = clock_timestamp() + (%s::float8[])[least(s.attempts + 1, %s)] * interval '1 second'
from due, sagas where s.saga_id = due.saga_id and s.step = due.step and sagas.saga_id = s.saga_id
returning s.saga_id::text, sagas.account_id::text, s.step, s.attempts, s.upto::text,
    sagas.trace
"""
_DELAYS = [delay(attempt) for attempt in range(1, 12)]
_NOTE_ENDS = """
update saga_steps set upto = %s::jsonb where saga_id = %s::uuid and step = %s and upto is null
"""
# An attempt counts once, and not at all when a later one was reported before it.
_REPORT = """
update saga_steps s set reported = greatest(reported, %(attempt)s), problem = %(problem)s,
    erased = (select coalesce(jsonb_object_agg(kind, count), '{}') from (
        select kind, sum(count::bigint) as count from (
            select * from jsonb_each_text(s.erased)
            union all select * from jsonb_each_text(%(erased)s::jsonb)) as t (kind, count)
        group by kind) as sums),
    done_at = case when %(done)s then coalesce(done_at, clock_timestamp()) else done_at end
where saga_id = %(saga)s::uuid and step = %(step)s and reported < %(attempt)s
"""
_END = """
update sagas set ended_at = clock_timestamp() where saga_id = %s::uuid and ended_at is null
    and not exists (
        select 1 from saga_steps e where e.saga_id = sagas.saga_id and e.done_at is null)
"""
_VIEW = """
select g.saga_id::text, g.account_id::text, g.started_at, g.ended_at, (
    select jsonb_agg(jsonb_build_array(step, attempts, started_at, done_at, problem, erased)
        order by place) from saga_steps s where s.saga_id = g.saga_id)::text
from sagas g
"""
_ONE = f"{_VIEW} where g.saga_id = %s::uuid"
_PAGE = f"""{_VIEW}
where %s::timestamptz is null or (g.started_at, g.saga_id) < (%s::timestamptz, %s::uuid)
order by g.started_at desc, g.saga_id desc limit %s
"""
_CURSOR = CursorShape("sagas", moment, identity)
_RUNNING = "select count(*) from sagas where ended_at is null"
_ALARMING = "select count(*) from saga_steps where done_at is null and attempts >= %s"


class PostgresSagas:
    """ports.erasure.Sagas and ports.erasure.SagaReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, limit: int) -> Sequence[Due]:
        """See ports.erasure.Sagas."""
        rows = await self._database.fetch(_DUE, (limit, _DELAYS, len(_DELAYS)))
        return [
            Due(
                saga_id,
                account_id,
                step,
                attempt,
                orjson.loads(upto) if upto else {},
                None if trace is None else trace.encode(),
            )
            for saga_id, account_id, step, attempt, upto, trace in rows
        ]

    async def note_ends(self, due: Due, upto: Ends) -> None:
        """See ports.erasure.Sagas."""
        ends = {topic: list(offsets) for topic, offsets in upto.items()}
        await self._database.fetch(_NOTE_ENDS, (_json(ends), due.saga_id, due.step))

    async def report(
        self,
        saga_id: str,
        step: str,
        attempt: int,
        *,
        done: bool,
        problem: str,
        erased: Mapping[str, int],
    ) -> None:
        """See ports.erasure.Sagas."""
        values = {
            "saga": saga_id,
            "step": step,
            "attempt": attempt,
            "done": done,
            "problem": problem,
            "erased": _json(dict(erased)),
        }

        async def work(transaction: Transaction) -> None:
            await transaction.fetch(_REPORT, values)
            await transaction.fetch(_END, (saga_id,))

        await self._database.in_transaction(work)

    async def saga(self, saga_id: str) -> SagaView | None:
        """See ports.erasure.SagaReader."""
        rows = await self._database.fetch(_ONE, (saga_id,))
        return _saga(rows[0]) if rows else None

    async def sagas(self, cursor: str | None, limit: int) -> tuple[Sequence[SagaView], str | None]:
        """See ports.erasure.SagaReader."""
        at, last = _CURSOR.place(cursor)
        rows = await self._database.fetch(_PAGE, (at, at, last, limit + 1))
        kept = rows[:limit]
        more = _CURSOR.encode(kept[-1][2], kept[-1][0]) if len(rows) > limit else None
        return [_saga(row) for row in kept], more

    async def alarming(self) -> int:
        """See ports.erasure.SagaReader."""
        ((count,),) = await self._database.fetch(_ALARMING, (ALARM_ATTEMPTS,))
        return int(count)

    async def running(self) -> int:
        """See ports.overview.SagaCounts."""
        ((count,),) = await self._database.fetch(_RUNNING)
        return int(count)


def _saga(row: tuple[Any, ...]) -> SagaView:
    saga_id, account_id, started_at, ended_at, steps = row
    return SagaView(
        saga_id,
        account_id,
        to_text(started_at),
        _text(ended_at),
        [
            StepView(step, attempts, _iso(began), _iso(done), problem, erased)
            for step, attempts, began, done, problem, erased in orjson.loads(steps)
        ],
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def _iso(at: str | None) -> str | None:
    return None if at is None else to_text(datetime.fromisoformat(at))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
