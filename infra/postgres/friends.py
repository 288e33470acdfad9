"""The write side of friends and blocks: read, decide in order, write what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatstream.domain.decisions import Accept, Refuse
from chatstream.domain.lines import Fact, in_fact_order
from chatstream.domain.people import Circle, FriendAct, Pair, Ties
from chatstream.domain.times import to_text
from chatstream.ports.people import FriendChange, FriendChangeOutcome, FriendChangeWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.pool import Database

_FACTS = FactTable(
    "friend_facts",
    identity=("account_id", "request_id"),
    columns={
        "kind": "text",
        "user_id": "text",
        "target_id": "uuid",
        "target_user_id": "text",
        "at": "timestamptz",
    },
)
# Nobody is erased while a batch decides about them: what it writes is there when they are.
_PEOPLE = """
select account_id::text, user_id, erased from profiles
where account_id = any (%s::uuid[]) or user_id = any (%s::text[]) order by account_id for share
"""
_ENTER = """
insert into profiles (account_id, user_id, name)
select a, u, u from unnest(%s::uuid[], %s::text[]) as t (a, u) order by a on conflict do nothing
"""
_TIES = """
select account_id::text, friend_id::text, 'friend' from friends
    where (account_id, friend_id) in (select a, b from unnest(%s::uuid[], %s::uuid[]) as t (a, b))
union all
select account_id::text, blocked_id::text, 'block' from blocked_users
    where (account_id, blocked_id) in (select a, b from unnest(%s::uuid[], %s::uuid[]) as t (a, b))
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


class PostgresFriends:
    """ports.people.FriendStore."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[FriendChangeWish]
    ) -> Sequence[FriendChangeOutcome]:
        """See ports.people.FriendStore."""
        async with self._line.batch(generation, wishes) as batch:
            circle, ids = await _read(batch, wishes)
            outcomes = [
                _outcome(batch, circle, ids.get(wish.target_user_id), index, wish)
                for index, wish in enumerate(wishes)
            ]
            await _write(batch, circle)
        return in_fact_order(outcomes)


def _outcome(
    batch: LineBatch, circle: Circle, target_id: str | None, index: int, wish: FriendChangeWish
) -> FriendChangeOutcome:
    if former := batch.former.get(wish.identity):
        return FriendChangeOutcome(index, _change(former[0]))
    decided = circle.decide(wish.act, wish.account_id, target_id)
    decision = batch.settled.uphold(wish, decided)
    if isinstance(decision, Refuse):
        return FriendChangeOutcome(index, None, decision.code, decision.reason)
    if not isinstance(decision, Accept) or target_id is None:
        return FriendChangeOutcome(index)
    circle.apply(wish.act, wish.account_id, target_id)
    fact = batch.add(
        wish,
        kind=str(wish.act),
        user_id=circle.handles[wish.account_id],
        target_id=target_id,
        target_user_id=wish.target_user_id,
        at=batch.now,
    )
    return FriendChangeOutcome(index, _change(fact))


def _change(fact: Fact) -> FriendChange:
    kind, user_id, target_id, target_user_id, at = (fact.values[each] for each in _FACTS.columns)
    return FriendChange(
        fact.fact_no, FriendAct(kind), user_id, target_id, target_user_id, to_text(at)
    )


async def _read(
    batch: LineBatch, wishes: Sequence[FriendChangeWish]
) -> tuple[Circle, dict[str, str]]:
    """The circle of the wishes, and the account ids of its handles."""
    people = await _people(batch, wishes)
    ids = {user_id: account_id for account_id, user_id in people.items()}
    ties = {
        (wish.account_id, ids[wish.target_user_id]): Ties()
        for wish in wishes
        if wish.target_user_id in ids
    }
    left, right = _columns(ties)
    # A block counts from both sides: the actor's own, and that of the target.
    for one, other, kind in await batch.fetch(_TIES, (left, right, left + right, right + left)):
        own, others = ties.get((one, other)), ties.get((other, one))
        if own is not None and kind == "friend":
            own.is_friend = True
        elif own is not None:
            own.is_blocked = True
        if others is not None and kind == "block":
            others.is_blocked_by = True
    return Circle(people, ties), ids


async def _people(batch: LineBatch, wishes: Sequence[FriendChangeWish]) -> dict[str, str]:
    """The handles of those who ask and of those who are named, by account id; not the erased."""
    actors = {wish.account_id: wish.user_id for wish in wishes}
    named = sorted(actors), sorted({wish.target_user_id for wish in wishes})
    rows = await batch.fetch(_PEOPLE, named)
    # The fact of an account that signed up a moment before may come after its first wish.
    if strangers := sorted(actors.keys() - {account_id for account_id, _, _ in rows}):
        await batch.fetch(_ENTER, (strangers, [actors[each] for each in strangers]))
        rows = await batch.fetch(_PEOPLE, named)
    return {account_id: user_id for account_id, user_id, erased in rows if not erased}


def _columns(pairs: Iterable[Pair]) -> tuple[list[str], list[str]]:
    return [one for one, _ in pairs], [other for _, other in pairs]


async def _write(batch: LineBatch, circle: Circle) -> None:
    for names, is_there in (
        (_FRIENDS, {pair: ties.is_friend for pair, ties in circle.changed.items()}),
        (_BLOCKS, {pair: ties.is_blocked for pair, ties in circle.changed.items()}),
    ):
        added = sorted(pair for pair, holds in is_there.items() if holds)
        dropped = sorted(pair for pair, holds in is_there.items() if not holds)
        if added:
            await batch.fetch(_ADD.format(**names), (batch.now, *_columns(added)))
        if dropped:
            await batch.fetch(_DROP.format(**names), _columns(dropped))
