"""The write side of rooms: lock, read, judge each wish in order, write what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from chatstream.domain.rooms import Create, Join, Leave, Person, RoomState, apply
from chatstream.domain.times import to_text
from chatstream.ports.rooms import Place, RoomAnswer, RoomJudge, RoomWish
from infra.postgres.lines import Lines
from infra.postgres.pool import Database, Transaction

_TOPIC = "kakao.chat.chatRoom.RESPONSE"

_COMPLETE_PROFILES = """
insert into profiles (account_id, user_id, name)
select a, u, n from unnest(%s::uuid[], %s::text[], %s::text[]) as t (a, u, n)
order by a on conflict do nothing
"""
_LOCK_ROOMS = """
select room_id::text, kind, name, owner_id::text, access_version, member_count from rooms
where room_id = any (%s::uuid[]) and deleted_at is null order by room_id for no key update
"""
_PEOPLE = """
select account_id::text, user_id, name from profiles
where account_id = any (%s::uuid[]) or user_id = any (%s::text[])
"""
_MEMBERS = """
select room_id::text, account_id::text from members
where room_id = any (%s::uuid[]) and account_id = any (%s::uuid[])
"""
_FORMER = """
select room_id::text, account_id::text, request_id::text, fact_no, body from room_facts
where (room_id, account_id, request_id) in (
    select r, a, q from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as t (r, a, q))
"""


@dataclass(slots=True)
class _Batch:
    """What a batch knows and what it will write."""

    rooms: dict[str, RoomState]
    people: dict[str, Person]
    former: dict[tuple[str, str, str], tuple[int, bytes]]
    heads: dict[int, int]
    at: datetime
    answers: list[RoomAnswer] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    members: dict[tuple[str, str], bool] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)


class PostgresRooms:
    """ports.rooms.RoomStore in one chat database."""

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines

    async def apply(
        self, generation: int | None, wishes: Sequence[RoomWish], judge: RoomJudge
    ) -> Sequence[RoomAnswer]:
        """See ports.rooms.RoomStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))

        async def work(transaction: Transaction) -> Sequence[RoomAnswer]:
            await transaction.fetch(
                "select check_epochs(%s, %s::int[], %s::bigint[])",
                (_TOPIC, list(epochs), list(epochs.values())),
            )
            batch = await _read(transaction, wishes, list(epochs))
            for index, wish in enumerate(wishes):
                _judge(batch, index, wish, judge)
            await _write(transaction, batch)
            return sorted(
                batch.answers, key=lambda a: (a.fact_no is None, a.fact_no or a.wish, a.wish)
            )

        return await self._database.in_transaction(work)


async def _read(
    transaction: Transaction, wishes: Sequence[RoomWish], partitions: list[int]
) -> _Batch:
    actors = {wish.actor.account_id: wish.actor for wish in wishes}
    handles = sorted({handle for wish in wishes for handle in wish.handles})
    room_ids = sorted({wish.room_id for wish in wishes})
    await transaction.fetch(
        _COMPLETE_PROFILES,
        (
            list(actors),
            [person.user_id for person in actors.values()],
            [person.name for person in actors.values()],
        ),
    )
    rooms = await transaction.fetch(_LOCK_ROOMS, (room_ids,))
    people = {
        account: Person(account, user_id, name)
        for account, user_id, name in await transaction.fetch(_PEOPLE, (list(actors), handles))
        if user_id is not None
    }
    states = {row[0]: RoomState(*row) for row in rooms}
    for room_id, account_id in await transaction.fetch(_MEMBERS, (room_ids, list(people))):
        if room_id in states:
            states[room_id].members.add(account_id)
    former = await transaction.fetch(
        _FORMER,
        (
            [wish.room_id for wish in wishes],
            [wish.actor.account_id for wish in wishes],
            [wish.request_id for wish in wishes],
        ),
    )
    heads = await transaction.fetch(
        "select partition, head from lines where topic = %s and partition = any (%s::int[])",
        (_TOPIC, partitions),
    )
    now = datetime.now(UTC)
    return _Batch(
        rooms=states,
        people=people,
        former={(r, a, q): (fact_no, body.encode()) for r, a, q, fact_no, body in former},
        heads=dict(heads),
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
    )


def _judge(batch: _Batch, index: int, wish: RoomWish, judge: RoomJudge) -> None:
    identity = (wish.room_id, wish.actor.account_id, wish.request_id)
    if identity in batch.former:
        fact_no, body = batch.former[identity]
        batch.answers.append(RoomAnswer(index, fact_no, body, None))
        return
    room = batch.rooms.get(wish.room_id)
    by_handle = {person.user_id: person for person in batch.people.values()}
    found = {handle: by_handle[handle] for handle in wish.handles if handle in by_handle}
    decision = judge.decide(wish, room, found)
    at = to_text(batch.at)
    if not isinstance(decision, Create | Join | Leave):
        body = judge.body(wish, room, decision, Place(0, at))
        batch.answers.append(RoomAnswer(index, None, body, decision))
        return
    fact_no = batch.heads[wish.partition] = batch.heads[wish.partition] + 1
    room = _change(batch, wish, room, decision)
    body = judge.body(wish, room, decision, Place(fact_no, at))
    batch.former[identity] = (fact_no, body)
    batch.facts.append(
        {
            "partition": wish.partition,
            "fact_no": fact_no,
            "room_id": wish.room_id,
            "account_id": wish.actor.account_id,
            "request_id": wish.request_id,
            "body": body.decode(),
        }
    )
    batch.answers.append(RoomAnswer(index, fact_no, body, decision))


def _change(
    batch: _Batch, wish: RoomWish, room: RoomState | None, decision: Create | Join | Leave
) -> RoomState:
    if isinstance(decision, Create):
        record: Any = wish.record
        room = RoomState(
            wish.room_id, record.kind, record.name, decision.people[0].account_id, 1, 0
        )
        batch.rooms[wish.room_id] = room
        for person in decision.people:
            apply(room, Join(person))
            batch.members[wish.room_id, person.account_id] = True
        batch.created.append(
            {
                "room_id": room.room_id,
                "kind": room.kind,
                "name": room.name,
                "owner_id": room.owner_id,
                "partition": wish.partition,
            }
        )
        return room
    if room is None:
        raise TypeError("a decision to join or leave needs a room")
    apply(room, decision)
    batch.members[wish.room_id, decision.person.account_id] = isinstance(decision, Join)
    return room


_INSERT_ROOMS = """
insert into rooms (room_id, kind, name, owner_id, partition, created_at, active_at)
select room_id, kind, name, owner_id, partition, %s, %s from jsonb_to_recordset(%s::jsonb)
    as t (room_id uuid, kind text, name text, owner_id uuid, partition int)
"""
_INSERT_MEMBERS = """
insert into members (room_id, account_id, joined_at, joined_seq, last_read_seq)
select r, a, %s + t.n * interval '1 microsecond', rooms.head, rooms.head
from unnest(%s::uuid[], %s::uuid[]) with ordinality as t (r, a, n)
join rooms on rooms.room_id = t.r
on conflict do nothing
"""
_DELETE_MEMBERS = """
delete from members using unnest(%s::uuid[], %s::uuid[]) as t (r, a)
where room_id = t.r and account_id = t.a
"""
_UPDATE_ROOMS = """
update rooms set access_version = t.v, member_count = t.c,
    owner_id = case
        when exists (select 1 from members where members.room_id = rooms.room_id
            and members.account_id = rooms.owner_id) then owner_id
        else coalesce((select account_id from members where members.room_id = rooms.room_id
            order by joined_at, account_id limit 1), owner_id)
    end
from unnest(%s::uuid[], %s::bigint[], %s::int[]) as t (r, v, c) where rooms.room_id = t.r
"""
_INSERT_FACTS = """
insert into room_facts (partition, fact_no, room_id, account_id, request_id, body)
select partition, fact_no, room_id, account_id, request_id, body
from jsonb_to_recordset(%s::jsonb) as t (partition int, fact_no bigint, room_id uuid,
    account_id uuid, request_id uuid, body text)
"""
_UPDATE_LINES = """
update lines set head = t.h from unnest(%s::int[], %s::bigint[]) as t (p, h)
where topic = %s and partition = t.p
"""


async def _write(transaction: Transaction, batch: _Batch) -> None:
    if not batch.facts:
        return
    if batch.created:
        await transaction.fetch(
            _INSERT_ROOMS, (batch.at, batch.at, orjson.dumps(batch.created).decode())
        )
    by_state: dict[bool, list[tuple[str, str]]] = defaultdict(list)
    for pair, is_member in batch.members.items():
        by_state[is_member].append(pair)
    if joined := by_state[True]:
        await transaction.fetch(
            _INSERT_MEMBERS, (batch.at, [r for r, _ in joined], [a for _, a in joined])
        )
    if left := by_state[False]:
        await transaction.fetch(_DELETE_MEMBERS, ([r for r, _ in left], [a for _, a in left]))
    changed = [batch.rooms[room_id] for room_id in {fact["room_id"] for fact in batch.facts}]
    await transaction.fetch(
        _UPDATE_ROOMS,
        (
            [room.room_id for room in changed],
            [room.access_version for room in changed],
            [room.member_count for room in changed],
        ),
    )
    await transaction.fetch(_INSERT_FACTS, (orjson.dumps(batch.facts).decode(),))
    await transaction.fetch(_UPDATE_LINES, (list(batch.heads), list(batch.heads.values()), _TOPIC))
