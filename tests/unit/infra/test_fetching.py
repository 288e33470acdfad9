"""The pace of a consumer's fetches: what is bounded, what waits, what goes at once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from infra.kafka import fetching
from infra.kafka.pace import Pace

ROOM, TABLE = ("room", 0), ("changelog", 0)
ANSWER = [("room", n) for n in range(4)]


class Fetcher:
    """What `tune` touches of aiokafka's fetcher."""

    def __init__(self) -> None:
        self._records: dict[Any, Any] = {}
        self.request = SimpleNamespace(_max_wait_ms=1500)
        self.answer: list[Any] = []
        self.sent = 0

    def _get_actions_per_node(self, assignment: object) -> tuple[Any, ...]:
        return ([(1, self.request)], {}, 0, False, [])

    async def _proc_fetch_request(self, assignment: object, node: int, request: object) -> bool:
        self.sent += 1
        self._records = dict.fromkeys(self.answer)
        return bool(self.answer)


def tuned(interval: float = 0.0, busy_from: int = 4) -> Any:
    fetcher = Fetcher()
    consumer: Any = SimpleNamespace(_fetcher=fetcher)
    pace = Pace(interval, busy_from)
    fetching.tune(consumer, pace, lambda: {ROOM, *ANSWER})
    return fetcher


def test_a_fetch_that_leaves_out_unread_partitions_comes_back_soon() -> None:
    fetcher = tuned()
    fetcher._records = {ROOM: object()}
    fetcher._get_actions_per_node(None)
    assert fetcher.request._max_wait_ms == fetching.PARTIAL_WAIT_MS


@pytest.mark.parametrize("unread", [[], [TABLE]])
def test_a_fetch_of_all_that_is_read_waits_as_long_as_it_was_told(unread: list[Any]) -> None:
    fetcher = tuned()
    fetcher._records = dict.fromkeys(unread)
    fetcher._get_actions_per_node(None)
    assert fetcher.request._max_wait_ms == 1500


@pytest.mark.parametrize(
    ("answer", "busy_from", "waits"),
    [(ANSWER, 4, True), (ANSWER[:1], 4, False), (ANSWER[:1], 1, True), ([], 1, False)],
)
async def test_the_next_fetch_waits_only_after_one_that_brought_enough(
    monkeypatch: pytest.MonkeyPatch, answer: list[Any], busy_from: int, waits: bool
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    fetcher = tuned(interval=3600.0, busy_from=busy_from)
    fetcher.answer = answer
    for _ in range(2):
        fetcher._records = {}
        assert await fetcher._proc_fetch_request(None, 1, None) == bool(answer)
    assert fetcher.sent == 2
    assert bool(waited) == waits
