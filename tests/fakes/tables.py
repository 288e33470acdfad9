"""A changelog-backed table of one process in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from chatstream.errors import TransientFailure


class FakeTable:
    """As tables.base.DurableTable, all partitions owned; `cut` writes fail after that many keys."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.rows: dict[int, dict[str, Any]] = {}
        self.on_foreign_change: list[Callable[[int], None]] = []
        self.recovered: list[Callable[[], Any]] = []
        self.writes = 0
        self.cut: int | None = None
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
        for number, (key, value) in enumerate(changes.items()):
            if self.cut is not None and number >= self.cut:
                raise TransientFailure("cut off")
            self.writes += 1
            if value is None:
                held.pop(key, None)
            else:
                held[key] = json.loads(json.dumps(value))


def fake_app(**more: Any) -> Any:
    """As much of the app as tables ask for."""
    return SimpleNamespace(serving=True, consumer_generation_id=1, **more)
