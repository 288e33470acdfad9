"""The questions for a language model, their budget and their breaker, in rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft
from chatstream.ports.models import Spent, WaitingQuestion
from infra.postgres.pool import Database, Transaction

# A breaker that was open lets one through: whoever takes that up keeps the others off.
_MAY_ASK = """
select b.failures, b.open_until is null or b.open_until <= clock_timestamp(),
    not exists (select from model_budget where day = (clock_timestamp() at time zone 'utc')::date
        and (tokens >= %(tokens)s or cost >= %(cost)s))
from model_breaker b for update
"""
_KEEP_OFF = """
update model_breaker set open_until = clock_timestamp() + %(lease)s * interval '1 second'
"""
# What is answered goes to the inspection again when that did not hear of it, whatever the budget.
_TAKE_UP = """
with taken as (
    select q.content_id, q.version from model_questions q
    where q.due_at <= clock_timestamp() and coalesce(q.leased_until <= clock_timestamp(), true)
        and (%(may_ask)s or q.verdict is not null)
    order by q.due_at limit 1 for update skip locked
)
update model_questions q set tries = q.tries + 1,
    leased_until = clock_timestamp() + %(lease)s * interval '1 second'
from taken t
left join versions v on v.content_id = t.content_id and v.version = t.version
left join contents c on c.content_id = t.content_id
where q.content_id = t.content_id and q.version = t.version
returning q.content_id::text, q.version, c.author_id::text, v.title, v.body, v.tags, q.tries,
    q.verdict, q.reasons
"""
# Of a post that is deleted nobody asks anything.
_DROP = "delete from model_questions where content_id = %s::uuid and version = %s"
_SPEND = """
insert into model_budget (day, questions, tokens, cost)
values ((clock_timestamp() at time zone 'utc')::date, 1, %s, %s)
on conflict (day) do update set questions = model_budget.questions + 1,
    tokens = model_budget.tokens + excluded.tokens, cost = model_budget.cost + excluded.cost
"""
_ANSWERED = """
update model_questions set verdict = %s, reasons = %s::text[]
where content_id = %s::uuid and version = %s
"""
_SHUT = "update model_breaker set failures = 0, open_until = null"
_FAILED = """
update model_questions set leased_until = null,
    due_at = clock_timestamp() + %s * interval '1 second'
where content_id = %s::uuid and version = %s
"""
_COUNT_FAILURE = """
update model_breaker set failures = failures + 1, open_until = case
    when failures + 1 >= %s then clock_timestamp() + %s * interval '1 second' end
"""
_WAITING = """
select count(*)::int, coalesce(extract(epoch from clock_timestamp() - min(asked_at)), 0)::float8
from model_questions
"""


@dataclass(frozen=True, kw_only=True)
class ModelBounds:
    """A question is its worker's for `lease` seconds; a day takes so many `tokens`, and `cost`.

    After `failures` in a row nobody asks for `pause` seconds.
    """

    tokens: int
    cost: int
    lease: float = 30.0
    failures: int = 5
    pause: float = 30.0


class PostgresModelQuestions:
    """ports.models.ModelQuestions."""

    def __init__(self, database: Database, bounds: ModelBounds) -> None:
        self._database = database
        self._bounds = bounds

    async def take_up(self) -> WaitingQuestion | None:
        """See ports.models.ModelQuestions."""

        async def work(transaction: Transaction) -> WaitingQuestion | None:
            may_ask = await self._may_ask(transaction)
            asked = {"lease": self._bounds.lease, "may_ask": may_ask}
            while rows := await transaction.fetch(_TAKE_UP, asked):
                content_id, version, author_id, title, body, tags, tries, verdict, reasons = rows[0]
                if title is None or author_id is None:
                    await transaction.fetch(_DROP, (content_id, version))
                    continue
                return WaitingQuestion(
                    content_id=content_id,
                    version=version,
                    author_id=author_id,
                    draft=Draft(title=title, body=body, tags=tuple(tags)),
                    tries=tries,
                    verdict=None if verdict is None else ContentVerdict(verdict),
                    reasons=reasons,
                )
            return None

        return await self._database.in_transaction(work)

    async def _may_ask(self, transaction: Transaction) -> bool:
        bounds = self._bounds
        limits = {"tokens": bounds.tokens, "cost": bounds.cost}
        ((failures, is_shut, is_left),) = await transaction.fetch(_MAY_ASK, limits)
        if is_shut and is_left and failures >= bounds.failures:
            await transaction.fetch(_KEEP_OFF, {"lease": bounds.lease})
        return bool(is_shut and is_left)

    async def answered(
        self,
        question: WaitingQuestion,
        verdict: ContentVerdict,
        reasons: Sequence[str],
        spent: Spent,
    ) -> None:
        """See ports.models.ModelQuestions."""
        async with self._database.transaction() as transaction:
            await transaction.fetch(_SHUT)
            await transaction.fetch(_SPEND, (spent.tokens, spent.cost))
            place = question.content_id, question.version
            await transaction.fetch(_ANSWERED, (str(verdict), list(reasons), *place))

    async def failed(self, question: WaitingQuestion, delay: float, spent: Spent) -> None:
        """See ports.models.ModelQuestions."""
        bounds = self._bounds
        async with self._database.transaction() as transaction:
            await transaction.fetch(_COUNT_FAILURE, (bounds.failures, bounds.pause))
            await transaction.fetch(_SPEND, (spent.tokens, spent.cost))
            await transaction.fetch(_FAILED, (delay, question.content_id, question.version))

    async def waiting(self) -> tuple[int, float]:
        """See ports.models.ModelQuestions."""
        ((count, age),) = await self._database.fetch(_WAITING)
        return count, age
