"""What a reader asks for costs what is shown, not what is stored: keys lead to every row."""

from __future__ import annotations

import re
import uuid

import pytest

from chatstream.domain.history import page_around
from infra.postgres import history, memberships, room_listings, room_lists, saving
from infra.postgres.reading import ROOM_POSITIONS
from tests.contract.chat_rig import Chat
from tests.generated import analyze, cursor_on, fill, plan_of, room_ids

SCAN = re.compile(r"Seq Scan on (messages\w*|members|rooms|saved_messages)")
# Rows of each table that the transaction has looked at without a key, and by one.
LOOKED_AT = """
select seq_scan, coalesce(idx_scan, 0), coalesce(idx_tup_fetch, 0)
from pg_stat_xact_user_tables where relname ~ %s
"""
ROWS = re.compile(r"Scan .* on messages\w* .*\(actual rows=(\d+)[.\d]* loops=(\d+)\)")


@pytest.fixture
def world(chat: Chat, postgres_chat: dict[str, str]) -> tuple[str, str, str]:
    """The dsn of a database, an account in 500 rooms, and its room of 20,000 messages there."""
    who = str(uuid.uuid4())
    fill(postgres_chat, room_ids(chat.databases.homes, 500), who, members=5, messages=20)
    others = room_ids(chat.databases.homes, 5_000)
    fill(postgres_chat, others, str(uuid.uuid4()), members=2, messages=1)
    large = room_ids(chat.databases.homes, 1)
    fill(postgres_chat, large, who, members=100, messages=20_000)
    analyze(postgres_chat)
    [(name, [room_id])] = [(name, ids) for name, ids in large.items() if ids]
    return postgres_chat[name], who, room_id


def test_lists_and_histories_are_read_by_their_keys(world: tuple[str, str, str]) -> None:
    dsn, who, room_id = world
    none = (None, None, None)
    asked: dict[str, tuple[str, tuple[object, ...]]] = {
        "rooms": (room_lists.OWN_ROOMS, (who, *none, 51)),
        "named": (room_lists.OWN_ROOMS_NAMED, (who, [room_id], *none, 51)),
        "names": (room_lists._NAMES, (who, *none)),
        "before": (history._BEFORE, (room_id, 10_000, 51)),
        "after": (history._AFTER, (room_id, 10_000, 51)),
        "around": (history._SPAN, (room_id, *page_around(10_000, 20_000, 51))),
        "positions": (ROOM_POSITIONS, (room_id,)),
        "saved": (saving._SAVED, (who, *none, None, 51)),
        "memberships": (memberships._MEMBERS, ("t", 0, 0, str(uuid.UUID(int=0)), room_id, 1000)),
        "outsiders": (memberships._OUTSIDERS, ([room_id], [who], [str(uuid.uuid4())])),
        "to be saved": (saving._KNOWN, ([room_id], [who], [str(uuid.uuid4())])),
    }
    for name, (sql, parameters) in asked.items():
        plan = plan_of(dsn, sql, parameters)
        assert SCAN.findall(plan) == [], (name, plan)
        looked_at = sum(int(rows) * int(loops) for rows, loops in ROWS.findall(plan))
        assert looked_at <= 60, (name, plan)


def test_what_a_list_shows_of_its_rooms_is_read_by_their_keys(world: tuple[str, str, str]) -> None:
    dsn, who, room_id = world
    with cursor_on(dsn) as cursor:
        cursor.execute(room_lists.OWN_ROOMS, (who, None, None, None, 50))
        ids = [row[1] for row in cursor.fetchall()]
    assert room_id in ids
    with cursor_on(dsn) as cursor:  # another session: what the first has counted may linger
        cursor.execute(room_listings._LISTED, (who, ids))
        assert [row[0] for row in cursor.fetchall()] == ids
        for table, most in (("rooms", 1), ("members", 10), ("messages_[0-9]+", 1)):
            cursor.execute(LOOKED_AT, (f"^{table}$",))
            found = [sum(each) for each in zip(*cursor.fetchall(), strict=True)]
            assert found[0] == 0, table
            assert 0 < found[2] <= most * len(ids), (table, found)
