"""Changes of accounts' shown names: read under locks, decide in order, write what changed."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.domain.accounts import AccountAct, decide_name
from chatstream.domain.decisions import Accept, Refuse
from chatstream.domain.lines import Fact, in_fact_order
from chatstream.domain.times import to_text
from chatstream.ports.accounts import AccountOutcome, ProfileWish
from infra.postgres.fact_line import FactLine, FactTable, LineBatch

FACTS = FactTable(
    "account_facts",
    identity=("account_id", "request_id"),
    columns={"kind": "text", "user_id": "text", "name": "text", "at": "timestamptz"},
    only=f"kind = '{AccountAct.RENAME}'",
)
_LOCK = """
select account_id::text, user_id, name from accounts
where account_id = any (%s::uuid[]) and erased_at is null
order by account_id for no key update
"""
_NAME = """
update accounts set name = t.n from unnest(%s::uuid[], %s::text[]) as t (a, n)
where account_id = t.a
"""


async def change_profiles(
    line: FactLine, generation: int | None, wishes: Sequence[ProfileWish]
) -> Sequence[AccountOutcome]:
    """See ports.accounts.AccountStore; `line` is that of FACTS."""
    async with line.batch(generation, wishes) as batch:
        rows = await batch.fetch(_LOCK, ([wish.account_id for wish in wishes],))
        people = {account_id: (user_id, name) for account_id, user_id, name in rows}
        outcomes = [_outcome(batch, people, n, wish) for n, wish in enumerate(wishes)]
        if changed := sorted({wish.identity[0] for wish, _ in batch.fresh}):
            await batch.fetch(_NAME, (changed, [people[each][1] for each in changed]))
    return in_fact_order(outcomes)


def _outcome(
    batch: LineBatch, people: dict[str, tuple[str, str]], index: int, wish: ProfileWish
) -> AccountOutcome:
    if former := batch.former.get(wish.identity):
        return _changed(index, former[0])
    user_id, name = people.get(wish.account_id, ("", None))
    decision = batch.settled.uphold(wish, decide_name(name, wish.name))
    if isinstance(decision, Refuse):
        return AccountOutcome(index, decision.code)
    if not isinstance(decision, Accept):
        return AccountOutcome(index)
    people[wish.account_id] = (user_id, wish.name)
    values = {
        "kind": str(AccountAct.RENAME),
        "user_id": user_id,
        "name": wish.name,
        "at": batch.now,
    }
    return _changed(index, batch.add(wish, **values))


def _changed(index: int, fact: Fact) -> AccountOutcome:
    user_id, name, at = (fact.values[each] for each in ("user_id", "name", "at"))
    return AccountOutcome(index, None, fact.fact_no, user_id, name, at=to_text(at))
