"""A changelog-backed table of one process in memory."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from chatstream.errors import TransientFailure
from tables.room_words import RoomWords
from tables.series import Series
from tables.stats import StatsTables
from tables.watched import WatchedWords
from tables.windows import Windows
from tables.words import Line, WordCounts


class FakeTable:
    """As tables.base.DurableTable, all partitions owned.

    `log` gets every key that was written, in order; `refused` says at which keys a write breaks
    off.
    """

    def __init__(
        self,
        name: str = "fake",
        log: list[str] | None = None,
        refused: Callable[[str, str], bool] = lambda _table, _key: False,
    ) -> None:
        self.name = name
        self.rows: dict[int, dict[str, Any]] = {}
        self.on_foreign_change: list[Callable[[int], None]] = []
        self.recovered: list[Callable[[], Any]] = []
        self.log: list[str] = [] if log is None else log
        self.refused = refused
        self.changelog_topic_name = f"{name}-changelog"

    def on_recover(self, then: Callable[[], Any]) -> None:
        self.recovered.append(then)

    async def recover(self) -> None:
        """A new owner: what was kept in memory is made anew."""
        for partition in list(self.rows):
            for listener in self.on_foreign_change:
                listener(partition)
        for then in self.recovered:
            await then()

    def active_partitions(self) -> set[int]:
        return set(self.rows)

    def read(self, partition: int, keys: Sequence[str]) -> dict[str, Any]:
        held = self.rows.get(partition, {})
        return {key: held[key] for key in keys if key in held}

    def scan(self, partition: int, start: str = "") -> Iterator[tuple[str, Any]]:
        rows = sorted(self.rows.get(partition, {}).items())
        return iter([(key, value) for key, value in rows if key >= start])

    async def write(self, partition: int, changes: Mapping[str, Any]) -> None:
        held = self.rows.setdefault(partition, {})
        for key, value in changes.items():
            if self.refused(self.name, key):
                raise TransientFailure(f"{self.name} {key}: cut off")
            self.log.append(f"{self.name} {key}")
            if value is None:
                held.pop(key, None)
            else:
                held[key] = json.loads(json.dumps(value))


def fake_app(**more: Any) -> Any:
    """As much of the app as tables ask for."""
    return SimpleNamespace(serving=True, consumer_generation_id=1, **more)


NAMES = (
    "word_counts",
    "word_windows",
    "room_word_counts",
    "watched_words",
    "chat_added",
    "user_added",
)


class FakeStats:
    """The tables of the stats service over one process's memory; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.log: list[str] = []
        self.stops: Callable[[str, str], bool] = lambda _table, _key: False
        self.kept: dict[str, FakeTable] = {
            name: FakeTable(name, self.log, self._stops) for name in NAMES
        }
        self._clock = clock
        self.tables = self._tables()

    def _stops(self, table: str, key: str) -> bool:
        return self.stops(table, key)

    def _tables(self) -> StatsTables:
        app: Any = fake_app()
        kept: Mapping[str, Any] = self.kept
        return StatsTables(
            words=WordCounts(app, kept["word_counts"]),
            windows=Windows(app, kept["word_windows"], self._clock),
            room_words=RoomWords(app, kept["room_word_counts"]),
            watched=WatchedWords(app, kept["watched_words"]),
            chat_added=Series(app, kept["chat_added"]),
            user_added=Series(app, kept["user_added"]),
            messages=Line(kept["word_counts"]),
            accounts=Line(kept["user_added"]),
        )

    def refuse(self, *place: str) -> None:
        """From now on writes break off at this (table, key); without one, nowhere."""
        self.stops = lambda table, key: (table, key) == place

    async def move(self) -> None:
        """Another worker takes over what is kept; what the former one had in memory is gone."""
        for table in self.kept.values():
            table.on_foreign_change.clear()
            table.recovered.clear()
        self.tables = self._tables()
        for table in self.kept.values():
            await table.recover()
        for _ in range(100_000):
            if self._is_read():
                return
            await asyncio.sleep(0)
        raise AssertionError("the views are never made")

    def _is_read(self) -> bool:
        tables = self.tables
        read = (tables.words, tables.windows, tables.watched, tables.chat_added, tables.user_added)
        return all(set(each.readable()) == each.table.active_partitions() for each in read)
