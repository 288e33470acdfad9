"""Changes of accounts' shown names: lock, read, judge each wish in order, write what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.accounts import ProfileOutcome, ProfileWish
from infra.postgres.pool import Database, Transaction
from infra.postgres.settled import Settled, read_settled, write_settled

TOPIC = "kakao.user.account.RESPONSE"

_LOCK = """
select account_id::text, user_id, name from accounts
where account_id = any (%s::uuid[]) and erased_at is null
order by account_id for no key update
"""
_FORMER = """
select account_id::text, request_id::text, fact_no, user_id, name, at from account_facts
where kind = 'profileChanged' and (account_id, request_id) in (
    select a, q from unnest(%s::uuid[], %s::uuid[]) as t (a, q))
"""
_HEADS = "select partition, head from lines where topic = %s and partition = any (%s::int[])"
_NAME = """
update accounts set name = t.n from unnest(%s::uuid[], %s::text[]) as t (a, n)
where account_id = t.a
"""
_INSERT_FACTS = """
insert into account_facts (partition, fact_no, account_id, request_id, kind, user_id, name, at)
select partition, fact_no, account_id, request_id, 'profileChanged', user_id, name, %s
from jsonb_to_recordset(%s::jsonb) as t (partition int, fact_no bigint, account_id uuid,
    request_id uuid, user_id text, name text)
"""
_UPDATE_LINES = """
update lines set head = t.h from unnest(%s::int[], %s::bigint[]) as t (p, h)
where topic = %s and partition = t.p
"""


@dataclass(slots=True)
class _Batch:
    """What a batch knows and what it will write."""

    people: dict[str, tuple[str, str]]
    former: dict[tuple[str, str], tuple[int, str, str, str]]
    heads: dict[int, int]
    at: datetime
    settled: Settled
    facts: list[dict[str, Any]] = field(default_factory=list)


async def change_profiles(
    database: Database, epochs: Mapping[int, int], wishes: Sequence[ProfileWish]
) -> Sequence[ProfileOutcome]:
    """See ports.accounts.AccountStore.change; `epochs` are this worker's, by partition."""

    async def work(transaction: Transaction) -> Sequence[ProfileOutcome]:
        await transaction.fetch(
            "select check_epochs(%s, %s::int[], %s::bigint[])",
            (TOPIC, list(epochs), list(epochs.values())),
        )
        batch = await _read(transaction, wishes, list(epochs))
        outcomes = [_judge(batch, index, wish) for index, wish in enumerate(wishes)]
        await _write(transaction, batch)
        await write_settled(transaction, TOPIC, batch.settled)
        return sorted(outcomes, key=lambda each: (each.fact_no == 0, each.fact_no, each.wish))

    return await database.in_transaction(work)


async def _read(
    transaction: Transaction, wishes: Sequence[ProfileWish], partitions: list[int]
) -> _Batch:
    accounts = [wish.account_id for wish in wishes]
    identities = [(wish.account_id, wish.request_id) for wish in wishes]
    people = await transaction.fetch(_LOCK, (accounts,))
    former = await transaction.fetch(_FORMER, (accounts, [wish.request_id for wish in wishes]))
    heads = await transaction.fetch(_HEADS, (TOPIC, partitions))
    now = datetime.now(UTC)
    return _Batch(
        people={account_id: (user_id, name) for account_id, user_id, name in people},
        former={(a, q): (no, user_id, name, to_text(at)) for a, q, no, user_id, name, at in former},
        heads=dict(heads),
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        settled=await read_settled(transaction, TOPIC, identities),
    )


def _judge(batch: _Batch, index: int, wish: ProfileWish) -> ProfileOutcome:
    identity = (wish.account_id, wish.request_id)
    if identity in batch.former:
        return ProfileOutcome(index, None, *batch.former[identity])
    if wish.account_id not in batch.people:
        return ProfileOutcome(index, ErrorCode.NOT_AUTHENTICATED)
    user_id, name = batch.people[wish.account_id]
    if name == wish.name or identity in batch.settled.known:
        batch.settled.add(identity, None)
        return ProfileOutcome(index)
    fact_no = batch.heads[wish.partition] = batch.heads[wish.partition] + 1
    batch.people[wish.account_id] = (user_id, wish.name)
    batch.former[identity] = (fact_no, user_id, wish.name, to_text(batch.at))
    batch.facts.append(
        {
            "partition": wish.partition,
            "fact_no": fact_no,
            "account_id": wish.account_id,
            "request_id": wish.request_id,
            "user_id": user_id,
            "name": wish.name,
        }
    )
    return ProfileOutcome(index, None, *batch.former[identity])


async def _write(transaction: Transaction, batch: _Batch) -> None:
    if not batch.facts:
        return
    changed = sorted({str(fact["account_id"]) for fact in batch.facts})
    await transaction.fetch(_NAME, (changed, [batch.people[each][1] for each in changed]))
    await transaction.fetch(_INSERT_FACTS, (batch.at, orjson.dumps(batch.facts).decode()))
    await transaction.fetch(_UPDATE_LINES, (list(batch.heads), list(batch.heads.values()), TOPIC))
