"""Pages of room lists over databases that answer as they were told to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from infra.postgres.pool import Database
from infra.postgres.room_lists import OWN_ROOMS, ROOMS, RoomQuery, listed

ME = str(uuid.UUID(int=7))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def room_id(number: int) -> str:
    return str(uuid.UUID(int=number))


@dataclass
class Told:
    """A database in which these rooms were last active at noon, by number of minutes before it."""

    rooms: dict[int, int]
    gone: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if "listed_rooms" not in sql:
            found = [(NOON - timedelta(minutes=m), room_id(n)) for n, m in self.rooms.items()]
            return sorted(found, reverse=True)[: parameters[-1]]
        _, ids = parameters
        self.shown += ids
        numbers = [uuid.UUID(each).int for each in ids]
        return [self._row(n) for n in numbers if n not in self.gone]

    def _row(self, number: int) -> tuple[Any, ...]:
        position = None if number in self.left else 0
        room = (room_id(number), "group", f"r{number}", ME, 1, 1, 0, 0, NOON)
        return (*room, "[]", None, position, None, None, 0, "{}")


async def page(*databases: Told, limit: int) -> tuple[list[str], str | None]:
    by_name = {str(n): cast(Database, each) for n, each in enumerate(databases)}
    found, cursor = await listed(by_name, RoomQuery(OWN_ROOMS, ROOMS, ME, (ME,)), None, limit)
    return [listing.room.name for listing in found], cursor


async def test_only_the_rooms_of_a_page_are_read_each_where_it_lies() -> None:
    here, there = Told({1: 1, 3: 3, 5: 5}), Told({2: 2, 4: 4, 6: 6})
    names, cursor = await page(here, there, limit=3)
    assert names == ["r1", "r2", "r3"]
    assert (here.shown, there.shown) == ([room_id(1), room_id(3)], [room_id(2)])
    assert cursor == ROOMS.encode((NOON - timedelta(minutes=3)).isoformat(), room_id(3))


async def test_what_went_while_a_page_was_read_leaves_its_place_empty() -> None:
    here = Told({1: 1, 2: 2, 3: 3, 4: 4}, gone={3}, left={1})
    names, cursor = await page(here, limit=3)
    assert names == ["r2"]
    # The next page goes on behind the last place, whether something is there or not.
    assert cursor == ROOMS.encode((NOON - timedelta(minutes=3)).isoformat(), room_id(3))
    assert await page(here, limit=4) == (["r2", "r4"], None)
