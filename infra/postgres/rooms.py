"""The write side of rooms: lock, read, decide each wish in order, write what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import orjson

from chatstream.domain.lines import in_fact_order
from chatstream.domain.room_batch import RoomBatch, RoomChangeWish
from chatstream.domain.rooms import Person, RoomState
from chatstream.ports.rooms import RoomAnswer
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.pool import Database
from infra.postgres.room_events import DELETE, INSERT, rows_of
from infra.postgres.room_records import answers

_FACTS = FactTable(
    "room_facts",
    identity=("room_id", "account_id", "request_id"),
    columns={"step": "int", "body": "text"},
)
_COMPLETE_PROFILES = """
insert into profiles (account_id, user_id, name)
select a, u, n from unnest(%s::uuid[], %s::text[], %s::text[]) as t (a, u, n)
order by a on conflict do nothing
"""
_LOCK_ROOMS = """
select room_id::text, kind, name, owner_id::text, access_version, member_count, head, rev,
    settings::text
from rooms where room_id = any (%s::uuid[]) and deleted_at is null
order by room_id for no key update
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


class PostgresRooms:
    """ports.rooms.RoomStore in one chat database."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[RoomChangeWish]
    ) -> Sequence[RoomAnswer]:
        """See ports.rooms.RoomStore."""
        async with self._line.batch(generation, wishes) as batch:
            rooms = await _read(batch, wishes)
            told = [
                answer
                for index, wish in enumerate(wishes)
                for answer in answers(batch, rooms, index, wish)
            ]
            await _write(batch, rooms)
        return in_fact_order(told)


async def _read(batch: LineBatch, wishes: Sequence[RoomChangeWish]) -> RoomBatch:
    room_ids = sorted({wish.room_id for wish in wishes})
    people, gone = await _people(batch, wishes)
    # `_people` wrote profiles, so it comes before the lock; all that is judged is read after it.
    states: dict[str, RoomState] = {}
    for *row, settings in await batch.fetch(_LOCK_ROOMS, (room_ids,)):
        states[row[0]] = RoomState(*row)
        states[row[0]].settings = orjson.loads(settings)
    for room_id, account_id in await batch.fetch(_MEMBERS, (room_ids, list(people))):
        if room_id in states:
            states[room_id].members.add(account_id)
    await _add_elders(batch, wishes, states)
    accounts = list(people)
    blocks = await batch.fetch(_BLOCKS, (accounts, accounts)) if len(accounts) > 1 else []
    pairs = {(blocker, blocked) for blocker, blocked in blocks}
    return RoomBatch(rooms=states, people=people, blocks=pairs, gone=gone)


async def _people(
    batch: LineBatch, wishes: Sequence[RoomChangeWish]
) -> tuple[dict[str, Person], set[str]]:
    """The actors and whom they name, by account id, and the erased actors, who have no names.

    An actor without a profile gets one.
    """
    actors = {wish.actor.account_id: wish.actor for wish in wishes}
    handles = sorted({handle for wish in wishes for handle in wish.handles})
    await batch.fetch(
        _COMPLETE_PROFILES,
        (
            list(actors),
            [person.user_id for person in actors.values()],
            [person.name for person in actors.values()],
        ),
    )
    rows = await batch.fetch(_PEOPLE, (list(actors), handles))
    gone = {account_id for account_id, _, _, erased in rows if erased}
    people = {
        account_id: Person(account_id, user_id or "", name or "")
        for account_id, user_id, name, _ in rows
        if user_id is not None or account_id in gone
    }
    return people, gone


async def _add_elders(
    batch: LineBatch, wishes: Iterable[RoomChangeWish], states: dict[str, RoomState]
) -> None:
    removals = Counter(wish.room_id for wish in wishes if wish.removes)
    if not removals:
        return
    wanted = [count + 1 for count in removals.values()]
    rows = await batch.fetch(_ELDERS, (list(removals), wanted))
    for room_id, account_id, user_id, name in rows:
        if room_id in states:
            states[room_id].elders.append(Person(account_id, user_id or "", name or ""))


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
# What changed and what the rooms' histories tell of it.
_UPDATE_ROOMS = f"""
with lines as ({INSERT})
update rooms set name = t.name, owner_id = t.owner, access_version = t.version,
    member_count = t.count, rev = t.rev, settings = t.settings,
    deleted_at = case when t.deleted then %s end
from jsonb_to_recordset(%s::jsonb)
    as t (room_id uuid, name text, owner uuid, version bigint, count int, rev bigint,
        settings jsonb, deleted boolean)
where rooms.room_id = t.room_id
"""


async def _write(batch: LineBatch, rooms: RoomBatch) -> None:
    if rooms.created:
        await batch.fetch(_INSERT_ROOMS, (batch.now, batch.now, _json(_created(rooms))))
    if rooms.left:
        await batch.fetch(_DELETE_MEMBERS, _columns(rooms.left))
    if rooms.joined:
        await batch.fetch(_INSERT_MEMBERS, (batch.now, *_columns(rooms.joined)))
    if rooms.changed:
        lines = (batch.now, rows_of(rooms.events))
        await batch.fetch(_UPDATE_ROOMS, (*lines, batch.now, _json(_changed(rooms))))
    if gone := [room_id for room_id, room in rooms.changed.items() if room.deleted]:
        await batch.fetch(DELETE, (gone,))


def _json(rows: Iterable[dict[str, object]]) -> str:
    return orjson.dumps(list(rows)).decode()


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    room_ids, account_ids = zip(*pairs, strict=True)
    return list(room_ids), list(account_ids)


def _created(rooms: RoomBatch) -> Iterable[dict[str, object]]:
    for room, partition in rooms.created:
        yield {
            "room_id": room.room_id,
            "kind": room.kind,
            "name": room.name,
            "owner_id": room.owner_id,
            "peers": room.peers,
            "partition": partition,
        }


def _changed(rooms: RoomBatch) -> Iterable[dict[str, object]]:
    for room in rooms.changed.values():
        yield {
            "room_id": room.room_id,
            "name": room.name,
            "owner": room.owner_id,
            "version": room.access_version,
            "count": room.member_count,
            "rev": room.rev,
            "settings": room.settings,
            "deleted": room.deleted,
        }
