"""ports.reporting.ReportingStore: one suite for the fake and for real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol
from uuid import uuid4

import psycopg2
import pytest

from chatstream.domain.captured import CapturedChange
from chatstream.ports.reporting import ReportingStore
from chatstream.settings import PostgresSettings
from infra.postgres.migrate import upgrade
from infra.postgres.pool import Database
from infra.postgres.reporting import PostgresReporting
from schemas.cdc import CAPTURED
from tests.fakes.reporting import FakeReporting

AT = "2126-11-21T12:00:00+00:00"
PARTS = {each.table: each for each in CAPTURED}


class World(Protocol):
    """A store, and what a report would read."""

    store: ReportingStore

    async def rows(self, table: str, room_id: str) -> list[dict[str, Any]]:
        """The rows of a room that are there, by key."""


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeReporting()
        self.store: ReportingStore = self.fake

    async def rows(self, table: str, room_id: str) -> list[dict[str, Any]]:
        return [each for each in await self.fake.rows(table) if each["room_id"] == room_id]


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.store: ReportingStore = PostgresReporting(database)

    async def rows(self, table: str, room_id: str) -> list[dict[str, Any]]:
        names = list(PARTS[table].columns)
        key = ", ".join(PARTS[table].key)
        columns = ", ".join(names)
        where = "room_id = %s::uuid and gone_at is null"
        statement = f"select {columns} from {table} where {where} order by {key}"  # noqa: S608
        rows = await self.database.fetch(statement, (room_id,))
        return [
            {name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows
        ]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value).replace(" ", "T")


@pytest.fixture(scope="module")
def reporting_dsn(postgres_friend: str) -> str:
    """A database of its own on the server of the friends."""
    name = f"test-reporting-{uuid4().hex[:8]}"
    connection = psycopg2.connect(postgres_friend)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'create database "{name}"')
    connection.close()
    parts = [each for each in postgres_friend.split() if not each.startswith("dbname=")]
    dsn = " ".join([*parts, f"dbname={name}"])
    upgrade("reporting", dsn)
    return dsn


@pytest.fixture(params=["fake", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    dsn = request.getfixturevalue("reporting_dsn")
    database = Database("reporting", dsn, PostgresSettings())
    yield PostgresWorld(database)
    await database.close()


class Room:
    """A room of its own with what is said in it."""

    def __init__(self) -> None:
        self.room, self.source = str(uuid4()), f"chat-{uuid4().hex[:8]}"
        self.person, self.other = str(uuid4()), str(uuid4())

    def message(
        self, seq: int, version: tuple[int, int], who: str | None, **flags: bool
    ) -> CapturedChange:
        row = {
            "room_id": self.room,
            "seq": seq,
            "account_id": who,
            "created_at": AT,
            "deleted_at": None,
        }
        key = (self.room, seq)
        return CapturedChange("messages", self.source, key, version, row, who, **flags)

    def no_message(self, seq: int, version: tuple[int, int]) -> CapturedChange:
        return CapturedChange("messages", self.source, (self.room, seq), version, None)

    def member(
        self, who: str, version: tuple[int, int], *, is_gone: bool = False
    ) -> CapturedChange:
        row = {"room_id": self.room, "account_id": who, "joined_at": AT}
        key = (self.room, who)
        return CapturedChange("members", self.source, key, version, None if is_gone else row, who)

    def account(
        self, who: str, version: tuple[int, int], erased_at: str | None = None
    ) -> CapturedChange:
        row = {"account_id": who, "created_at": AT, "erased_at": erased_at}
        return CapturedChange("accounts", self.source, (who,), version, row, who)


@pytest.fixture
def room() -> Room:
    return Room()


def said(*pairs: tuple[int, str | None]) -> list[tuple[int, str | None]]:
    return list(pairs)


async def messages(world: World, room: Room) -> list[tuple[int, str | None]]:
    return [(each["seq"], each["account_id"]) for each in await world.rows("messages", room.room)]


async def test_the_newest_of_a_batch_is_kept_and_a_repeat_changes_nothing(
    world: World, room: Room
) -> None:
    batch = [
        room.message(1, (1, 2), room.person),
        room.message(1, (3, 4), room.other),
        room.message(2, (1, 3), room.person),
    ]
    await world.store.keep(batch)
    await world.store.keep(batch)
    await world.store.keep(batch[:1])
    assert await messages(world, room) == said((1, room.other), (2, room.person))
    (first, _) = await world.rows("messages", room.room)
    assert (first["created_at"], first["deleted_at"]) == (AT, None)


async def test_what_is_gone_stays_gone_when_older_records_come_again(
    world: World, room: Room
) -> None:
    await world.store.keep([room.message(1, (1, 2), room.person)])
    await world.store.keep([room.no_message(1, (5, 6))])
    await world.store.keep([room.message(1, (1, 2), room.person)])
    assert await messages(world, room) == []
    await world.store.keep([room.message(1, (7, 8), room.other)])
    assert await messages(world, room) == said((1, room.other))


async def test_a_change_from_around_a_snapshot_counts_by_the_commit_before_it(
    world: World, room: Room
) -> None:
    await world.store.keep([room.message(1, (100, 0), room.person, is_read=True)])
    await world.store.keep([room.message(1, (100, 40), room.other)])
    await world.store.keep([room.message(1, (90, 99), room.person)])
    assert await messages(world, room) == said((1, room.other))


async def test_an_erasure_takes_the_rows_that_are_the_account_and_blanks_the_others(
    world: World, room: Room
) -> None:
    await world.store.keep(
        [
            room.account(room.person, (1, 1)),
            room.member(room.person, (1, 2)),
            room.member(room.other, (1, 3)),
            room.message(1, (1, 4), room.person),
            room.message(2, (1, 5), room.other),
        ]
    )
    assert await world.store.erase(room.person) == {"rows of reports": 3}
    assert await world.store.erase(room.person) == {"rows of reports": 0}
    assert await messages(world, room) == said((1, None), (2, room.other))
    assert [each["account_id"] for each in await world.rows("members", room.room)] == [room.other]


async def test_nothing_late_brings_an_erased_account_back(world: World, room: Room) -> None:
    await world.store.erase(room.person)
    await world.store.keep(
        [
            room.account(room.person, (1, 1)),
            room.member(room.person, (1, 2)),
            room.message(1, (1, 4), room.person),
            room.member(room.other, (1, 3)),
        ]
    )
    await world.store.keep([room.member(room.person, (2, 9), is_gone=True)])
    await world.store.keep([room.message(1, (3, 0), room.person, is_read=True)])
    assert await messages(world, room) == said((1, None))
    assert [each["account_id"] for each in await world.rows("members", room.room)] == [room.other]
    assert await world.store.erase(room.person) == {"rows of reports": 0}


async def test_an_account_that_its_source_has_erased_is_erased_here_in_the_same_batch(
    world: World, room: Room
) -> None:
    await world.store.keep([room.message(1, (1, 1), room.person)])
    await world.store.keep(
        [room.message(2, (1, 2), room.person), room.account(room.person, (1, 3), AT)]
    )
    assert await messages(world, room) == said((1, None), (2, None))


async def test_a_sweep_removes_what_its_snapshot_did_not_find_of_its_source_alone(
    world: World, room: Room
) -> None:
    there = Room()
    there.room = room.room
    await world.store.keep([room.message(seq, (10, seq), room.person) for seq in (1, 2, 3)])
    await world.store.keep([there.message(9, (1, 1), room.person)])
    await world.store.keep([room.message(1, (500, 0), room.person, is_read=True)])
    await world.store.keep([room.message(3, (500, 600), room.other)])
    (mark,) = [each for each in await world.store.unswept() if each.source == room.source]
    assert mark.lsn == 500
    assert await world.store.sweep(mark) == 1
    assert await messages(world, room) == said((1, room.person), (3, room.other), (9, room.person))
    assert mark not in await world.store.unswept()


async def test_a_snapshot_that_found_nothing_empties_its_source(world: World, room: Room) -> None:
    await world.store.keep([room.message(1, (10, 1), room.person)])
    await world.store.begin_snapshot(room.source, 400)
    (mark,) = [each for each in await world.store.unswept() if each.source == room.source]
    assert await world.store.sweep(mark) == 1
    assert await messages(world, room) == []
    await world.store.begin_snapshot(room.source, 400)
    assert mark not in await world.store.unswept()


async def test_a_first_transaction_that_its_snapshot_did_not_see_is_kept_whatever_comes_first(
    world: World, room: Room
) -> None:
    """Written at 450, before the snapshot's 500, and committed behind it."""
    await world.store.keep([room.message(9, (10, 1), room.person)])
    await world.store.begin_snapshot(room.source, 400)
    early = room.message(1, (450, 450), room.person, is_first=True)
    await world.store.keep([early])
    read = [room.message(seq, (500, 0), room.person, is_read=True) for seq in (2, 3)]
    changed = room.message(2, (451, 451), room.other, is_first=True)
    await world.store.keep([*read, changed])
    await world.store.keep([*read, changed])
    await world.store.keep(read)
    (mark,) = [each for each in await world.store.unswept() if each.source == room.source]
    assert (mark.lsn, await world.store.sweep(mark)) == (500, 1)
    now = said((1, room.person), (2, room.other), (3, room.person))
    assert await messages(world, room) == now
    await world.store.keep([room.message(2, (510, 511), room.person)])
    assert (await messages(world, room))[1] == (2, room.person)


async def test_a_first_transaction_told_again_behind_the_next_snapshot_changes_nothing(
    world: World, room: Room
) -> None:
    first = room.message(1, (450, 450), room.other, is_first=True)
    await world.store.begin_snapshot(room.source, 400)
    await world.store.keep([room.message(1, (500, 0), room.person, is_read=True), first])
    assert await messages(world, room) == said((1, room.other))
    await world.store.begin_snapshot(room.source, 700)
    await world.store.keep([room.message(1, (800, 0), room.person, is_read=True)])
    await world.store.keep([first])
    assert await messages(world, room) == said((1, room.person))
