"""Rooms and messages by the thousand, written straight into the chat databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg2

from chatstream.domain.partitions import partition_of

_ROOMS = """
insert into rooms (room_id, kind, name, owner_id, partition, head, rev, member_count, created_at,
    active_at)
select r, 'group', 'room', %s, 0, %s, %s, %s, now(), now() - n * interval '1 second'
from unnest(%s::uuid[]) with ordinality as t (r, n)
"""
_MEMBERS = """
insert into members (room_id, account_id, joined_at, last_read_seq)
select r, case when m = 1 then %s::uuid else gen_random_uuid() end, now(), %s / 2
from unnest(%s::uuid[]) as r, generate_series(1, %s) as m
"""
_MESSAGES = """
insert into messages (room_id, seq, account_id, message_id, body, created_at, fact_no, partition)
select r, s, %s::uuid, gen_random_uuid(), 'generated', now(), s, 100
from unnest(%s::uuid[]) as r, generate_series(%s, %s) as s
"""
_MORE_MESSAGES = """
insert into messages (room_id, seq, account_id, message_id, body, created_at, fact_no, partition)
select r.room_id, s, p.account_id, gen_random_uuid(), 'generated ' || s,
    now() - (%s - s) * interval '1 second', 1, 100
from rooms r, profiles p, generate_series(r.head + 1, %s) as s
where r.room_id = %s and p.user_id = %s
"""
_READ_TO_THE_END = """
update members set last_read_seq = %s from profiles p
where room_id = %s and members.account_id = p.account_id and p.user_id = %s
"""
_CLEAR = """
delete from {} as gone where room_id = any (%s::uuid[])
    and not exists (select from messages m where m.room_id = gone.room_id)
"""
_AT_ONCE = 100_000


@contextmanager
def cursor_on(dsn: str) -> Iterator[Any]:
    """A cursor whose statements are committed at the end."""
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def room_ids(homes: Mapping[int, str], count: int) -> dict[str, list[str]]:
    """So many new room ids, by the database that is their home."""
    found: dict[str, list[str]] = {name: [] for name in sorted(set(homes.values()))}
    for _ in range(count):
        room_id = str(uuid.uuid4())
        found[homes[partition_of(room_id, len(homes))]].append(room_id)
    return found


def homes_of(dsn: str) -> dict[int, str]:
    """Which database holds a partition, as every chat database knows."""
    with cursor_on(dsn) as cursor:
        cursor.execute("select partition, database from homes")
        return dict(cursor.fetchall())


def fill(
    dsns: Mapping[str, str],
    rooms: Mapping[str, list[str]],
    account_id: str,
    *,
    members: int,
    messages: int,
) -> None:
    """Rooms of `members`, the account among them, each with messages of somebody else."""
    for name, ids in rooms.items():
        with cursor_on(dsns[name]) as cursor:
            cursor.execute(_ROOMS, (account_id, messages, messages, members, ids))
            cursor.execute(_MEMBERS, (account_id, messages, ids, members))
        # By somebody else: the account has read half, and its own messages would move that.
        step = max(1, _AT_ONCE // max(1, len(ids)))
        for first in range(1, messages + 1, step):
            with cursor_on(dsns[name]) as cursor:
                last = min(messages, first + step - 1)
                cursor.execute(_MESSAGES, (str(uuid.uuid4()), ids, first, last))


def lengthen(dsn: str, room_id: str, user_id: str, upto: int) -> None:
    """Messages of that user in a room that is there, up to this seq: "generated 1" and so on.

    As whoever says something, the user has read up to there.
    """
    with cursor_on(dsn) as cursor:
        cursor.execute(_MORE_MESSAGES, (upto, upto, room_id, user_id))
        cursor.execute("update rooms set head = %s where room_id = %s", (upto, room_id))
        cursor.execute(_READ_TO_THE_END, (upto, room_id, user_id))


@contextmanager
def filled(
    dsns: Mapping[str, str],
    rooms: Mapping[str, list[str]],
    account_id: str,
    *,
    members: int,
    messages: int,
) -> Iterator[None]:
    """As `fill`, and taken away again, whatever happens between."""
    try:
        fill(dsns, rooms, account_id, members=members, messages=messages)
        yield
    finally:
        clear(dsns, rooms)


def clear(dsns: Mapping[str, str], rooms: Mapping[str, list[str]]) -> None:
    """Take away what is in no fact line; a room in which somebody has said something stays."""
    for name, ids in rooms.items():
        with cursor_on(dsns[name]) as cursor:
            cursor.execute(
                "delete from messages where room_id = any (%s::uuid[]) and partition = 100", (ids,)
            )
            for table in ("members", "rooms"):
                cursor.execute(_CLEAR.format(table), (ids,))


def analyze(dsns: Mapping[str, str]) -> None:
    """Let the planner know what is there."""
    for dsn in dsns.values():
        with cursor_on(dsn) as cursor:
            cursor.execute("analyze")


def plan_of(dsn: str, sql: str, parameters: tuple[object, ...] | Mapping[str, object]) -> str:
    """A plan by keys, with the rows that were looked at.

    Of a small table the planner would rather read everything: a scan that is left in this plan has
    no key to go by, and would cost more with every row.
    """
    with cursor_on(dsn) as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain (analyze, costs off, timing off, summary on, buffers off) " + sql, parameters
        )
        return "\n".join(row[0] for row in cursor.fetchall())
