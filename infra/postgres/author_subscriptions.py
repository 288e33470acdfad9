"""The write side of subscriptions: hold the people, read, decide in order, write what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from chatstream.domain.content.subscriptions import Pair, Readership, SubscriptionAct
from chatstream.domain.decisions import Accept, Decision, Refuse
from chatstream.domain.lines import Fact, in_fact_order
from chatstream.domain.times import to_text
from chatstream.ports.feeds import SubscriptionAnswer, SubscriptionWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.pool import Database
from schemas import records

_FACTS = FactTable(
    "subscription_facts",
    identity=("request_id",),
    columns={"account_id": "uuid", "author_id": "uuid", "body": "text"},
)
# Who asks has an account, for a token says so: its fact may come after its first wish.
_ENTER = """
insert into profiles (account_id) select distinct a from unnest(%s::uuid[]) as a order by 1
on conflict do nothing
"""
# Nobody is erased while a batch decides about them: what it writes is there when they are.
_PRESENT = """
select account_id::text, erased from profiles where account_id = any (%s::uuid[])
order by account_id for share
"""
_HELD = """
select subscriber_id::text, author_id::text from subscriptions
where (subscriber_id, author_id) in (select s, a from unnest(%s::uuid[], %s::uuid[]) as t (s, a))
"""
_BLOCKED = """
select blocked_id::text, blocker_id::text from blocks
where (blocked_id, blocker_id) in (select s, a from unnest(%s::uuid[], %s::uuid[]) as t (s, a))
"""
# A push holds the subscriptions that it pushes to: what it pushed before is seen by _CLEAR.
_END = """
delete from subscriptions using unnest(%s::uuid[], %s::uuid[]) as t (s, a)
where subscriber_id = t.s and author_id = t.a
"""
_CLEAR = """
delete from feed using unnest(%s::uuid[], %s::uuid[]) as t (s, a)
where subscriber_id = t.s and author_id = t.a
"""
_KNOW_AUTHORS = """
insert into authors (author_id) select a from unnest(%s::uuid[]) as a order by a
on conflict do nothing
"""
_HOLD_AUTHORS = """
select 1 from authors where author_id = any (%s::uuid[]) order by author_id for no key update
"""
_COUNT = """
update authors set followers = followers + n from unnest(%s::uuid[], %s::int[]) as t (a, n)
where author_id = t.a
"""
# Of a merged author nothing is pushed, so there is nothing to fill.
_BEGIN = """
insert into subscriptions (subscriber_id, author_id, at, is_filled)
select s, a, %s, authors.is_merged from unnest(%s::uuid[], %s::uuid[]) as t (s, a)
join authors on authors.author_id = t.a
"""


class PostgresSubscriptions:
    """ports.feeds.SubscriptionStore."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SubscriptionWish]
    ) -> Sequence[SubscriptionAnswer]:
        """See ports.feeds.SubscriptionStore."""
        async with self._line.batch(generation, wishes) as batch:
            readership = await _read(batch, wishes)
            answers = [_answer(batch, readership, index, wish) for index, wish in enumerate(wishes)]
            await _write(batch, readership)
        return in_fact_order(answers)


async def _read(batch: LineBatch, wishes: Sequence[SubscriptionWish]) -> Readership:
    if asking := [each.account_id for each in wishes if each.act is SubscriptionAct.SUBSCRIBE]:
        await batch.fetch(_ENTER, (asking,))
    people = sorted({each for wish in wishes for each in (wish.account_id, wish.author_id)})
    rows = await batch.fetch(_PRESENT, (people,))
    pairs = _columns({(wish.account_id, wish.author_id) for wish in wishes})
    return Readership(
        present=frozenset(account_id for account_id, erased in rows if not erased),
        before=frozenset(await _pairs(batch, _HELD, pairs)),
        blocked=frozenset(await _pairs(batch, _BLOCKED, pairs)),
    )


async def _pairs(batch: LineBatch, sql: str, pairs: tuple[list[str], list[str]]) -> list[Pair]:
    return [(one, other) for one, other in await batch.fetch(sql, pairs)]


def _columns(pairs: Iterable[Pair]) -> tuple[list[str], list[str]]:
    ordered = sorted(pairs)
    return [one for one, _ in ordered], [other for _, other in ordered]


def _answer(
    batch: LineBatch, readership: Readership, index: int, wish: SubscriptionWish
) -> SubscriptionAnswer:
    if former := batch.former.get(wish.identity):
        return _told(index, former[0])
    decided = readership.decide(wish.act, wish.account_id, wish.author_id)
    decision = batch.settled.uphold(wish, decided)
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "author_id": wish.author_id,
        "at": to_text(batch.now),
    }
    if not isinstance(decision, Accept):
        return SubscriptionAnswer(index, None, records.encode(_unmoved(base, decision)))
    readership.apply(wish.act, wish.account_id, wish.author_id)
    return _told(index, _keep(batch, wish, base))


def _keep(batch: LineBatch, wish: SubscriptionWish, base: dict[str, Any]) -> Fact:
    begins = wish.act is SubscriptionAct.SUBSCRIBE
    kind = records.AuthorSubscribed if begins else records.AuthorUnsubscribed
    fact_no = batch.heads[wish.partition] + 1
    body = records.encode(kind(**base, fact_no=fact_no)).decode()
    return batch.add(wish, account_id=wish.account_id, author_id=wish.author_id, body=body)


def _told(index: int, fact: Fact) -> SubscriptionAnswer:
    return SubscriptionAnswer(index, fact.fact_no, fact.values["body"].encode())


def _unmoved(
    base: dict[str, Any], decision: Decision[SubscriptionAct]
) -> records.SubscriptionUnchanged | records.SubscriptionRefused:
    if not isinstance(decision, Refuse):
        return records.SubscriptionUnchanged(**base)
    return records.SubscriptionRefused(**base, code=str(decision.code), reason=decision.reason)


async def _write(batch: LineBatch, readership: Readership) -> None:
    begun, ended = readership.begun, readership.ended
    if ended:
        await batch.fetch(_END, _columns(ended))
        await batch.fetch(_CLEAR, _columns(ended))
    gained = Counter(author for _, author in begun)
    gained.subtract(Counter(author for _, author in ended))
    if gained:
        authors = sorted(gained)
        await batch.fetch(_KNOW_AUTHORS, (authors,))
        await batch.fetch(_HOLD_AUTHORS, (authors,))
        await batch.fetch(_COUNT, (authors, [gained[each] for each in authors]))
    if begun:
        await batch.fetch(_BEGIN, (batch.now, *_columns(begun)))
