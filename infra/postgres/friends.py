"""The write side of friends and blocks: lock, read, judge in order, write what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from chatstream.domain.people import Act, Refuse, Ties, apply, decide
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.people import FriendChange, FriendOutcome, FriendWish
from infra.postgres.lines import Lines
from infra.postgres.pool import Database, Transaction
from infra.postgres.settled import REFUSED, Settled, read_settled, write_settled

TOPIC = "kakao.user.friend.RESPONSE"
COLUMNS = "fact_no, kind, user_id, target_id::text, target_user_id, at"

_PEOPLE = """
select account_id::text, user_id from accounts
where (account_id = any (%s::uuid[]) or user_id = any (%s::text[])) and erased_at is null
"""
_TIES = """
select account_id::text, friend_id::text, 'friend' from friends
    where (account_id, friend_id) in (select a, b from unnest(%s::uuid[], %s::uuid[]) as t (a, b))
union all
select account_id::text, blocked_id::text, 'block' from blocked_users
    where (account_id, blocked_id) in (select a, b from unnest(%s::uuid[], %s::uuid[]) as t (a, b))
"""
_FORMER = f"""
select account_id::text, request_id::text, {COLUMNS} from friend_facts
where (account_id, request_id) in (select a, q from unnest(%s::uuid[], %s::uuid[]) as t (a, q))
"""
_HEADS = "select partition, head from lines where topic = %s and partition = any (%s::int[])"
_INSERT_FACTS = """
insert into friend_facts (partition, fact_no, account_id, request_id, kind, user_id, target_id,
    target_user_id, at)
select partition, fact_no, account_id, request_id, kind, user_id, target_id, target_user_id, %s
from jsonb_to_recordset(%s::jsonb) as t (partition int, fact_no bigint, account_id uuid,
    request_id uuid, kind text, user_id text, target_id uuid, target_user_id text)
"""
_UPDATE_LINES = """
update lines set head = t.h from unnest(%s::int[], %s::bigint[]) as t (p, h)
where topic = %s and partition = t.p
"""
_ADD = """
insert into {table} (account_id, {other}, since)
select a, b, %s from unnest(%s::uuid[], %s::uuid[]) as t (a, b) on conflict do nothing
"""
_DROP = """
delete from {table} using unnest(%s::uuid[], %s::uuid[]) as t (a, b)
where account_id = t.a and {other} = t.b
"""
_FRIENDS = {"table": "friends", "other": "friend_id"}
_BLOCKS = {"table": "blocked_users", "other": "blocked_id"}

_Pair = tuple[str, str]


@dataclass(slots=True)
class _Batch:
    """What a batch knows and what it will write."""

    handles: dict[str, str]
    ids: dict[str, str]
    ties: dict[_Pair, Ties]
    former: dict[tuple[str, str], FriendChange]
    heads: dict[int, int]
    at: datetime
    settled: Settled
    facts: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[_Pair, Ties] = field(default_factory=dict)


class PostgresFriends:
    """ports.people.FriendStore."""

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines

    async def apply(
        self, generation: int | None, wishes: Sequence[FriendWish]
    ) -> Sequence[FriendOutcome]:
        """See ports.people.FriendStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))

        async def work(transaction: Transaction) -> Sequence[FriendOutcome]:
            await transaction.fetch(
                "select check_epochs(%s, %s::int[], %s::bigint[])",
                (TOPIC, list(epochs), list(epochs.values())),
            )
            batch = await _read(transaction, wishes, list(epochs))
            outcomes = [_judge(batch, index, wish) for index, wish in enumerate(wishes)]
            await _write(transaction, batch)
            await write_settled(transaction, TOPIC, batch.settled)
            return sorted(outcomes, key=_place)

        return await self._database.in_transaction(work)


def _place(outcome: FriendOutcome) -> tuple[bool, int, int]:
    change = outcome.change
    return (change is None, change.fact_no if change else 0, outcome.wish)


def change_of(row: Sequence[Any]) -> FriendChange:
    """The fact of a row of COLUMNS."""
    fact_no, kind, user_id, target_id, target_user_id, at = row
    return FriendChange(fact_no, Act(kind), user_id, target_id, target_user_id, to_text(at))


async def _read(
    transaction: Transaction, wishes: Sequence[FriendWish], partitions: list[int]
) -> _Batch:
    actors = sorted({wish.account_id for wish in wishes})
    targets = sorted({wish.target_user_id for wish in wishes})
    people = await transaction.fetch(_PEOPLE, (actors, targets))
    ids = {user_id: account_id for account_id, user_id in people}
    ties: dict[_Pair, Ties] = {}
    for wish in wishes:
        if target_id := ids.get(wish.target_user_id):
            ties[wish.account_id, target_id] = Ties()
    left, right = [pair[0] for pair in ties], [pair[1] for pair in ties]
    # A block counts from both sides: the actor's own, and that of the target.
    blockers, blocked = left + right, right + left
    for account_id, other_id, kind in await transaction.fetch(
        _TIES, (left, right, blockers, blocked)
    ):
        _tie(ties, (account_id, other_id), kind)
    former = await transaction.fetch(
        _FORMER, ([wish.account_id for wish in wishes], [wish.request_id for wish in wishes])
    )
    now = datetime.now(UTC)
    return _Batch(
        handles=dict(people),
        ids=ids,
        ties=ties,
        former={(row[0], row[1]): change_of(row[2:]) for row in former},
        heads=dict(await transaction.fetch(_HEADS, (TOPIC, partitions))),
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        settled=await read_settled(transaction, TOPIC, map(_identity, wishes)),
    )


def _tie(ties: dict[_Pair, Ties], pair: _Pair, kind: str) -> None:
    own, others = ties.get(pair), ties.get((pair[1], pair[0]))
    if kind == "friend":
        if own is not None:
            own.is_friend = True
        return
    if own is not None:
        own.is_blocked = True
    if others is not None:
        others.is_blocked_by = True


def _identity(wish: FriendWish) -> tuple[str, str]:
    return wish.account_id, wish.request_id


def _judge(batch: _Batch, index: int, wish: FriendWish) -> FriendOutcome:
    identity = _identity(wish)
    if identity in batch.former:
        return FriendOutcome(index, batch.former[identity])
    if identity in batch.settled.known:
        code = batch.settled.known[identity]
        return (
            FriendOutcome(index, None, ErrorCode(code), REFUSED) if code else FriendOutcome(index)
        )
    outcome = _decide(batch, index, wish)
    if outcome.change is None:
        batch.settled.add(identity, None if outcome.code is None else str(outcome.code))
    return outcome


def _decide(batch: _Batch, index: int, wish: FriendWish) -> FriendOutcome:
    user_id = batch.handles.get(wish.account_id)
    if user_id is None:
        return FriendOutcome(index, None, ErrorCode.NOT_AUTHENTICATED, "the account is gone")
    target_id = batch.ids.get(wish.target_user_id)
    ties = batch.ties[wish.account_id, target_id] if target_id else Ties()
    decision = decide(wish.act, wish.account_id, target_id, ties)
    if isinstance(decision, Refuse):
        return FriendOutcome(index, None, decision.code, decision.reason)
    if not decision or target_id is None:
        return FriendOutcome(index)
    apply(wish.act, ties)
    batch.changed[wish.account_id, target_id] = ties
    mirrored = batch.ties.get((target_id, wish.account_id))
    if mirrored is not None:
        mirrored.is_blocked_by = ties.is_blocked
    fact_no = batch.heads[wish.partition] = batch.heads[wish.partition] + 1
    change = FriendChange(
        fact_no, wish.act, user_id, target_id, wish.target_user_id, to_text(batch.at)
    )
    batch.former[_identity(wish)] = change
    batch.facts.append(
        {
            "partition": wish.partition,
            "fact_no": fact_no,
            "account_id": wish.account_id,
            "request_id": wish.request_id,
            "kind": str(wish.act),
            "user_id": user_id,
            "target_id": target_id,
            "target_user_id": wish.target_user_id,
        }
    )
    return FriendOutcome(index, change)


async def _write(transaction: Transaction, batch: _Batch) -> None:
    if not batch.facts:
        return
    for names, is_there in (
        (_FRIENDS, {pair: ties.is_friend for pair, ties in batch.changed.items()}),
        (_BLOCKS, {pair: ties.is_blocked for pair, ties in batch.changed.items()}),
    ):
        added = sorted(pair for pair, holds in is_there.items() if holds)
        dropped = sorted(pair for pair, holds in is_there.items() if not holds)
        if added:
            sql = _ADD.format(**names)
            await transaction.fetch(sql, (batch.at, [a for a, _ in added], [b for _, b in added]))
        if dropped:
            sql = _DROP.format(**names)
            await transaction.fetch(sql, ([a for a, _ in dropped], [b for _, b in dropped]))
    await transaction.fetch(_INSERT_FACTS, (batch.at, orjson.dumps(batch.facts).decode()))
    await transaction.fetch(_UPDATE_LINES, (list(batch.heads), list(batch.heads.values()), TOPIC))
