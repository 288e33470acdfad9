"""The pace of a consumer's fetches: what is bounded, what waits, what goes at once."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest

from infra.faust import fetching
from infra.pacing import NO_REST, Pace, Pacer, Rest

ROOM, TABLE = ("room", 0), ("changelog", 0)
ANSWER = [("room", n) for n in range(4)]
ALL = [
    ("room", [(n, 0, 1 << 20) for n in range(8)]),
    ("account", [(n, 0, 1 << 20) for n in range(8)]),
]


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fetcher:
    """What `tune` touches of aiokafka's fetcher."""

    def __init__(self) -> None:
        self._records: dict[Any, Any] = {}
        self.request = FetchRequest(1500, 1, 1 << 20, 0, list(ALL))
        self.answer: list[Any] = []
        self.planned: list[tuple[int, Any]] = []
        self.asked: list[Any] = []
        self.nodes = [1, 2]
        self._in_flight: set[int] = set()
        self._pending_tasks: set[Any] = set()
        self._closed = False
        brokers = lambda: [SimpleNamespace(nodeId=node) for node in self.nodes]  # noqa: E731
        self._client = SimpleNamespace(cluster=SimpleNamespace(brokers=brokers))
        self.sent = 0
        self.is_stale = False

    def _get_actions_per_node(self, assignment: object) -> tuple[Any, ...]:
        self.asked.append(assignment)
        return (self.planned or [(1, self.request)], {}, 0, self.is_stale, [])

    async def _proc_fetch_request(self, assignment: object, node: int, request: object) -> bool:
        self.sent += 1
        self._records = dict.fromkeys(self.answer)
        return bool(self.answer)


class Assignment:
    """Partitions of which so many records are still to be read; None: that was never told."""

    def __init__(self, unread: int | None = 0, *, active: bool = False) -> None:
        self.unread = unread
        self.active = active
        self.tps: list[Any] = []

    def state_value(self, _: object) -> Any:
        highwater = None if self.unread is None else 7 + self.unread
        return SimpleNamespace(has_valid_position=True, position=7, highwater=highwater)


def tuned(
    interval: float = 0.0,
    busy_from: int = 4,
    clock: Any = time.monotonic,
    rest: Rest = NO_REST,
    all_of: int = fetching.ALL_OF,
) -> Any:
    fetcher = Fetcher()
    consumer: Any = SimpleNamespace(_fetcher=fetcher)
    pace = Pace(interval, busy_from)
    fetching.tune(consumer, pace, lambda: {ROOM, *ANSWER}, rest, clock, all_of=all_of)
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
        assert await fetcher._proc_fetch_request(Assignment(), 1, None) == bool(answer)
    assert fetcher.sent == 2
    assert bool(waited) == waits


@pytest.mark.parametrize(
    ("unread", "waits"),
    [(fetching.BACKLOG, True), (fetching.BACKLOG + 1, False), (None, True)],
)
async def test_nobody_keeps_a_pace_with_a_backlog(
    monkeypatch: pytest.MonkeyPatch, unread: int | None, waits: bool
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    fetcher = tuned(interval=3600.0, busy_from=1)
    fetcher.answer = ANSWER[:1]
    for _ in range(2):
        fetcher._records = {}
        await fetcher._proc_fetch_request(Assignment(unread), 1, None)
    assert bool(waited) == waits


async def fetch(fetcher: Any) -> list[tuple[str, int]]:
    """Plan and send one fetch; the partitions it asked for."""
    fetcher.request = FetchRequest(1500, 1, 1 << 20, 0, list(ALL))
    fetcher._records = {}
    fetcher._get_actions_per_node(None)
    await fetcher._proc_fetch_request(Assignment(), 1, fetcher.request)
    return [(topic, each[0]) for topic, found in fetcher.request._topics for each in found]


EVERYTHING = [(topic, n) for topic, found in ALL for n, _, _ in found]


ROOMS = [each for each in EVERYTHING if each[0] == "room"]


async def test_while_some_topics_bring_records_silent_ones_are_left_out() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock)
    fetcher.answer = ANSWER[:2]
    assert await fetch(fetcher) == EVERYTHING
    clock.now += 0.02
    assert await fetch(fetcher) == ROOMS
    # Until all are due: whoever is left out waits no longer than that.
    assert fetcher.request._max_wait_ms == pytest.approx(80, abs=1)


async def test_a_fetch_that_leaves_nothing_out_waits_as_long_as_it_was_told() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock)
    fetcher.answer = [("room", 1), ("account", 1)]
    for _ in range(3):
        assert await fetch(fetcher) == EVERYTHING
        assert fetcher.request._max_wait_ms == 1500
        clock.now += 0.02


async def test_of_one_broker_only_what_a_fetch_names_is_planned() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock, rest=Rest(frozenset({"resting"}), 0.5))
    fetcher.nodes = [1]
    topics = ("room", "account", "resting")
    every: Any = SimpleNamespace(
        tps=[(topic, n) for topic in topics for n in (0, 1)], state_value=lambda _: None
    )
    fetcher.answer = ANSWER[:1]

    async def planned() -> Any:
        fetcher._records = {}
        fetcher.request = FetchRequest(1500, 1, 1 << 20, 0, list(ALL))
        fetcher._get_actions_per_node(every)
        await fetcher._proc_fetch_request(every, 1, fetcher.request)
        return fetcher.asked[-1]

    assert await planned() is every
    clock.now += 0.04
    part = await planned()
    assert sorted(part.tps) == [("resting", 0), ("resting", 1), ("room", 0), ("room", 1)]
    assert part.state_value is every.state_value
    assert fetcher.request._max_wait_ms == pytest.approx(60, abs=1)
    clock.now += 0.07
    assert await planned() is every
    fetcher.answer = [("resting", 0)]
    clock.now += fetching.SILENT_AFTER
    for _ in range(3):  # only what rests is lively: the others are asked for without it
        assert await planned() is every
        clock.now += 0.04
    fetcher.answer = []
    clock.now += fetching.SILENT_AFTER
    for _ in range(2):
        clock.now += 0.01
        assert await planned() is every


async def test_while_every_broker_has_a_fetch_nothing_is_planned_until_one_ends() -> None:
    fetcher = tuned()
    loop = asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()
    fetcher._pending_tasks = {first, second}
    fetcher._in_flight = {1}
    fetcher._get_actions_per_node(None)
    assert len(fetcher.asked) == 1
    fetcher._in_flight = {1, 2}
    assert fetcher._get_actions_per_node(None) == ([], {}, None, False, [])
    first.set_result(False)  # its broker is free when its callbacks have run, and wakes nobody then
    assert fetcher._get_actions_per_node(None) == ([], {}, 0.0, False, [])
    assert len(fetcher.asked) == 1


async def test_what_one_broker_was_asked_for_says_nothing_of_another() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock)
    fetcher.answer = ANSWER[:1]
    await fetch(fetcher)
    clock.now += fetching.ALL_EVERY
    requests = [FetchRequest(1500, 1, 1 << 20, 0, list(ALL)) for _ in range(2)]
    fetcher._records = {}
    fetcher.planned = list(enumerate(requests))
    fetcher._get_actions_per_node(None)
    assert [each._topics for each in requests] == [ALL, ALL]


async def test_all_partitions_are_asked_for_now_and_then() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock)
    fetcher.answer = ANSWER[:1]
    await fetch(fetcher)
    for _ in range(3):
        clock.now += fetching.ALL_EVERY
        assert await fetch(fetcher) == EVERYTHING
        assert fetcher.request._max_wait_ms == 1500


@pytest.mark.parametrize(
    ("interval", "all_of", "seconds"),
    [(0.2, 5, 1.0), (0.2, 0, fetching.ALL_EVERY), (1.0, 5, fetching.ALL_WITHIN)],
)
async def test_who_fetches_seldom_asks_for_all_as_much_more_seldom_unless_it_may_not(
    interval: float, all_of: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(pacer: Pacer) -> None:
        pass

    monkeypatch.setattr(Pacer, "begin", at_once)
    clock = Clock()
    fetcher = tuned(interval, clock=clock, all_of=all_of)
    fetcher.answer = ANSWER[:1]
    assert await fetch(fetcher) == EVERYTHING
    clock.now += seconds * 0.6
    assert await fetch(fetcher) == ROOMS
    clock.now += seconds * 0.6
    assert await fetch(fetcher) == EVERYTHING


async def test_a_fetch_that_is_cancelled_while_it_waits_for_its_turn_ends_without_an_error() -> (
    None
):
    """aiokafka's `close` cancels and awaits each fetch, and takes no error from it."""
    fetcher = tuned(interval=600.0, busy_from=0)
    await fetch(fetcher)
    waiting = asyncio.ensure_future(fetcher._proc_fetch_request(None, 1, fetcher.request))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    assert await waiting is False
    assert fetcher.sent == 1


async def test_when_nothing_has_come_for_a_while_every_fetch_asks_for_all() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock)
    fetcher.answer = ANSWER[:1]
    await fetch(fetcher)
    clock.now += fetching.SILENT_AFTER
    fetcher.answer = []
    for _ in range(2):
        assert await fetch(fetcher) == EVERYTHING
        clock.now += 0.01


async def test_a_topic_that_nobody_waits_for_rests_after_a_fetch_that_brought_some_of_it() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock, rest=Rest(frozenset({"account"}), 0.5))
    fetcher.answer = [("account", 3)]
    assert await fetch(fetcher) == EVERYTHING
    fetcher.answer = []
    clock.now += 0.2
    assert await fetch(fetcher) == ROOMS
    assert fetcher.request._max_wait_ms == 300
    clock.now += 0.4
    assert await fetch(fetcher) == EVERYTHING


async def test_topics_of_which_all_rest_are_asked_for() -> None:
    fetcher = tuned(clock=Clock(), rest=Rest(frozenset({"account", "room"}), 0.5))
    fetcher.answer = ANSWER
    await fetch(fetcher)
    assert await fetch(fetcher) == EVERYTHING


async def test_after_its_rest_a_topic_is_asked_for_with_its_silent_partitions() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock, rest=Rest(frozenset({"account"}), 0.5))
    fetcher.answer = [("account", 3), ("room", 1)]
    await fetch(fetcher)
    fetcher.answer = [("room", 1)]
    for _ in range(5):  # all but what rests is asked for, up to the end of the rest
        clock.now += fetching.ALL_EVERY
        await fetch(fetcher)
    clock.now += fetching.ALL_EVERY / 2
    assert await fetch(fetcher) == EVERYTHING


class Routine(Fetcher):
    """Plans what the test says, once for each fetch; then that it has to plan itself."""

    def __init__(self, *plans: Any) -> None:
        super().__init__()
        self.nodes = [1]
        self._in_flight = {1}
        self.plans = list(plans)

    def _get_actions_per_node(self, assignment: object) -> tuple[Any, ...]:
        assert self._in_flight == set()
        return self.plans.pop(0)  # type: ignore[no-any-return]


def followed(*plans: Any) -> Any:
    fetcher = Routine(*plans)
    consumer: Any = SimpleNamespace(_fetcher=fetcher)
    fetching.tune(consumer, Pace(0.0, 4), lambda: ())
    return fetcher


def asking(*nodes: int, resets: Any = (), is_stale: bool = False) -> tuple[Any, ...]:
    request = FetchRequest(1500, 1, 1 << 20, 0, list(ALL))
    return [(node, request) for node in nodes], dict(resets), 0.2, is_stale, []


@pytest.mark.parametrize(
    "last", [asking(), asking(2), asking(1, resets={1: [ROOM]}), asking(1, is_stale=True)]
)
async def test_a_fetch_is_followed_by_the_next_until_there_is_something_else_to_be_done(
    last: Any,
) -> None:
    fetcher = followed(asking(1), asking(1), last)
    assert not await fetcher._proc_fetch_request(Assignment(active=True), 1, fetcher.request)
    assert fetcher.sent == 3
    assert fetcher._in_flight == {1}  # aiokafka ends what it has begun


async def test_a_plan_that_nobody_carries_out_has_asked_for_nothing() -> None:
    clock = Clock()
    fetcher = tuned(clock=clock)
    fetcher.answer = ANSWER[:1]
    assert await fetch(fetcher) == EVERYTHING
    clock.now += fetching.ALL_EVERY
    fetcher.answer, fetcher.nodes, fetcher._in_flight = [], [1], {1}
    fetcher.is_stale = True
    await fetcher._proc_fetch_request(Assignment(active=True), 1, fetcher.request)
    fetcher.is_stale = False
    assert await fetch(fetcher) == EVERYTHING


async def test_nothing_follows_a_fetch_that_is_cancelled_at_the_end() -> None:
    fetcher = followed()
    fetcher._closed = True
    assert not await fetcher._proc_fetch_request(Assignment(active=True), 1, fetcher.request)
    assert fetcher.sent == 1


async def test_a_fetch_whose_records_nobody_has_taken_is_followed_by_aiokafka() -> None:
    fetcher = followed()
    fetcher.answer = ANSWER
    assert await fetcher._proc_fetch_request(Assignment(active=True), 1, fetcher.request)
    assert fetcher.sent == 1


@pytest.mark.parametrize(("active", "under_way"), [(False, {1}), (True, {1, 2})])
async def test_nothing_follows_what_is_over_or_one_fetch_of_several(
    active: bool, under_way: set[int]
) -> None:
    fetcher = followed()
    fetcher._in_flight = set(under_way)
    await fetcher._proc_fetch_request(Assignment(active=active), 1, fetcher.request)
    assert fetcher.sent == 1
    assert fetcher._in_flight == under_way


async def test_what_lies_unread_for_ever_keeps_no_fetch_from_being_followed() -> None:
    fetcher = followed(asking(1), asking())
    fetcher._records = {TABLE: object()}
    fetcher.answer = [TABLE]
    assert not await fetcher._proc_fetch_request(Assignment(active=True), 1, fetcher.request)
    assert fetcher.sent == 2
