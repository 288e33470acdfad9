"""The write side of rooms: lock, read, judge each wish in order, write what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import orjson

from chatstream.domain.rooms import Person, RoomState
from chatstream.ports.rooms import RoomAnswer, RoomJudge, RoomWish
from infra.postgres.lines import Lines
from infra.postgres.pool import Database, Transaction
from infra.postgres.room_batch import Identity, RoomBatch, identity_of
from infra.postgres.settled import read_settled, write_settled

_TOPIC = "kakao.chat.chatRoom.RESPONSE"

_COMPLETE_PROFILES = """
insert into profiles (account_id, user_id, name)
select a, u, n from unnest(%s::uuid[], %s::text[], %s::text[]) as t (a, u, n)
order by a on conflict do nothing
"""
_LOCK_ROOMS = """
select room_id::text, kind, name, owner_id::text, access_version, member_count, head from rooms
where room_id = any (%s::uuid[]) and deleted_at is null order by room_id for no key update
"""
_PEOPLE = """
select account_id::text, user_id, name, erased from profiles
where account_id = any (%s::uuid[]) or user_id = any (%s::text[])
"""
_MEMBERS = """
select room_id::text, account_id::text from members
where room_id = any (%s::uuid[]) and account_id = any (%s::uuid[])
"""
_ELDERS = """
select room.id::text, member.account_id::text, profiles.user_id, profiles.name
from unnest(%s::uuid[], %s::int[]) as room (id, wanted)
cross join lateral (select account_id, joined_at from members where members.room_id = room.id
    order by joined_at, account_id limit room.wanted) as member
left join profiles on profiles.account_id = member.account_id
order by room.id, member.joined_at, member.account_id
"""
_BLOCKS = """
select blocker_id::text, blocked_id::text from blocks
where blocker_id = any (%s::uuid[]) and blocked_id = any (%s::uuid[])
"""
_FORMER = """
select room_id::text, account_id::text, request_id::text, fact_no, body from room_facts
where (room_id, account_id, request_id) in (
    select r, a, q from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as t (r, a, q))
order by fact_no
"""


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
                batch.judge(index, wish, judge)
            await _write(transaction, batch)
            await write_settled(transaction, _TOPIC, batch.settled)
            return batch.in_order()

        return await self._database.in_transaction(work)


async def _read(
    transaction: Transaction, wishes: Sequence[RoomWish], partitions: list[int]
) -> RoomBatch:
    room_ids = sorted({wish.room_id for wish in wishes})
    people, gone = await _people(transaction, wishes)
    # `_people` wrote profiles, so it comes before the lock; all that is judged is read after it.
    states = {row[0]: RoomState(*row) for row in await transaction.fetch(_LOCK_ROOMS, (room_ids,))}
    for room_id, account_id in await transaction.fetch(_MEMBERS, (room_ids, list(people))):
        if room_id in states:
            states[room_id].members.add(account_id)
    await _add_elders(transaction, wishes, states)
    accounts = list(people)
    blocks = await transaction.fetch(_BLOCKS, (accounts, accounts)) if len(accounts) > 1 else []
    heads = await transaction.fetch(
        "select partition, head from lines where topic = %s and partition = any (%s::int[])",
        (_TOPIC, partitions),
    )
    now = datetime.now(UTC)
    return RoomBatch(
        rooms=states,
        people=people,
        blocks={(blocker, blocked) for blocker, blocked in blocks},
        former=await _former(transaction, wishes),
        heads=dict(heads),
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        gone=gone,
        settled=await read_settled(transaction, _TOPIC, map(identity_of, wishes)),
    )


async def _people(
    transaction: Transaction, wishes: Sequence[RoomWish]
) -> tuple[dict[str, Person], set[str]]:
    """The actors and whom they name, by account id, and the erased actors, who have no names.

    An actor without a profile gets one.
    """
    actors = {wish.actor.account_id: wish.actor for wish in wishes}
    handles = sorted({handle for wish in wishes for handle in wish.handles})
    await transaction.fetch(
        _COMPLETE_PROFILES,
        (
            list(actors),
            [person.user_id for person in actors.values()],
            [person.name for person in actors.values()],
        ),
    )
    rows = await transaction.fetch(_PEOPLE, (list(actors), handles))
    gone = {account_id for account_id, _, _, erased in rows if erased}
    people = {
        account_id: Person(account_id, user_id or "", name or "")
        for account_id, user_id, name, _ in rows
        if user_id is not None or account_id in gone
    }
    return people, gone


async def _add_elders(
    transaction: Transaction, wishes: Iterable[RoomWish], states: dict[str, RoomState]
) -> None:
    removals = Counter(wish.room_id for wish in wishes if wish.removes)
    if not removals:
        return
    wanted = [count + 1 for count in removals.values()]
    rows = await transaction.fetch(_ELDERS, (list(removals), wanted))
    for room_id, account_id, user_id, name in rows:
        if room_id in states:
            states[room_id].elders.append(Person(account_id, user_id or "", name or ""))


async def _former(
    transaction: Transaction, wishes: Sequence[RoomWish]
) -> dict[Identity, list[tuple[int, bytes]]]:
    rows = await transaction.fetch(
        _FORMER,
        (
            [wish.room_id for wish in wishes],
            [wish.actor.account_id for wish in wishes],
            [wish.request_id for wish in wishes],
        ),
    )
    former: dict[Identity, list[tuple[int, bytes]]] = {}
    for room_id, account_id, request_id, fact_no, body in rows:
        former.setdefault((room_id, account_id, request_id), []).append((fact_no, body.encode()))
    return former


_INSERT_ROOMS = """
insert into rooms (room_id, kind, name, owner_id, peers, partition, created_at, active_at)
select room_id, kind, name, owner_id, peers, partition, %s, %s from jsonb_to_recordset(%s::jsonb)
    as t (room_id uuid, kind text, name text, owner_id uuid, peers uuid[], partition int)
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
update rooms set name = t.name, owner_id = t.owner, access_version = t.version,
    member_count = t.count, deleted_at = case when t.deleted then %s end
from jsonb_to_recordset(%s::jsonb)
    as t (room_id uuid, name text, owner uuid, version bigint, count int, deleted boolean)
where rooms.room_id = t.room_id
"""
_INSERT_FACTS = """
insert into room_facts (partition, fact_no, room_id, account_id, request_id, step, body)
select partition, fact_no, room_id, account_id, request_id, step, body
from jsonb_to_recordset(%s::jsonb) as t (partition int, fact_no bigint, room_id uuid,
    account_id uuid, request_id uuid, step int, body text)
"""
_UPDATE_LINES = """
update lines set head = t.h from unnest(%s::int[], %s::bigint[]) as t (p, h)
where topic = %s and partition = t.p
"""


async def _write(transaction: Transaction, batch: RoomBatch) -> None:
    if not batch.facts:
        return
    if batch.created:
        await transaction.fetch(_INSERT_ROOMS, (batch.at, batch.at, _json(_created(batch))))
    if batch.left:
        await transaction.fetch(_DELETE_MEMBERS, _columns(batch.left))
    if batch.joined:
        await transaction.fetch(_INSERT_MEMBERS, (batch.at, *_columns(batch.joined)))
    await transaction.fetch(_UPDATE_ROOMS, (batch.at, _json(_changed(batch))))
    await transaction.fetch(_INSERT_FACTS, (_json(_facts(batch)),))
    await transaction.fetch(_UPDATE_LINES, (list(batch.heads), list(batch.heads.values()), _TOPIC))


def _json(rows: Iterable[dict[str, object]]) -> str:
    return orjson.dumps(list(rows)).decode()


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    room_ids, account_ids = zip(*pairs, strict=True)
    return list(room_ids), list(account_ids)


def _created(batch: RoomBatch) -> Iterable[dict[str, object]]:
    for room, partition in batch.created:
        yield {
            "room_id": room.room_id,
            "kind": room.kind,
            "name": room.name,
            "owner_id": room.owner_id,
            "peers": room.peers,
            "partition": partition,
        }


def _changed(batch: RoomBatch) -> Iterable[dict[str, object]]:
    for room in batch.changed.values():
        yield {
            "room_id": room.room_id,
            "name": room.name,
            "owner": room.owner_id,
            "version": room.access_version,
            "count": room.member_count,
            "deleted": room.deleted,
        }


def _facts(batch: RoomBatch) -> Iterable[dict[str, object]]:
    for fact in batch.facts:
        yield {
            "partition": fact.wish.partition,
            "fact_no": fact.fact_no,
            "room_id": fact.wish.room_id,
            "account_id": fact.wish.actor.account_id,
            "request_id": fact.wish.request_id,
            "step": fact.step,
            "body": fact.body.decode(),
        }
