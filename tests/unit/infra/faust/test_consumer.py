"""How a fetch's records are handed to the streams, and from when on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from mode import Service
from mode.utils.queues import FlowControlQueue

from infra.faust import consumer as module
from infra.faust.consumer import PacedConsumer
from infra.faust.flow import KeepingFlow
from infra.faust.held import Offers

PLACE = TP("t", 0)
CHANGELOG = TP("t-changelog", 0)


class Consumer(Service):
    """The parts of Faust's consumer that the loop uses; `fetches` are the records of each."""

    consumer_stopped_errors = ()
    _drain_messages: Any = PacedConsumer._drain_messages
    _hand_over: Any = PacedConsumer._hand_over
    _hand_to_streams: Any = PacedConsumer._hand_to_streams
    _hand_to_stream: Any = PacedConsumer._hand_to_stream
    _is_taken: Any = PacedConsumer._is_taken
    _within: Any = PacedConsumer._within

    def __init__(self, *fetches: list[int]) -> None:
        super().__init__()
        self.fetches = list(fetches)
        acked = SimpleNamespace(acks_enabled_for=lambda _: True)
        self.offers = Offers()
        self.app: Any = SimpleNamespace(topics=acked, serving=True, offers=self.offers)
        self.waits: list[float] = []
        self.suspend_flow = asyncio.Event()
        self._read_offset: dict[TP, int | None] = defaultdict(lambda: None)
        self.handed: list[int] = []
        self.gaps: list[tuple[int, int]] = []

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        self.waits.append(timeout)
        if not self.fetches:
            self._stopped.set()
            return
        for offset in self.fetches.pop(0):
            yield PLACE, SimpleNamespace(offset=offset, topic="t")

    async def callback(self, message: Any) -> None:
        self.handed.append(message.offset)

    async def _add_gap(self, tp: TP, first: int, after: int) -> None:
        self.gaps.append((first, after))

    async def drain(self) -> None:
        fetcher: Any = SimpleNamespace(_stopped=asyncio.Event())
        async with asyncio.timeout(10):
            await self._drain_messages(fetcher)


async def test_records_are_handed_on_in_the_order_of_their_fetch() -> None:
    consumer = Consumer([0, 1, 2], [], [3])
    await consumer.drain()
    assert consumer.handed == [0, 1, 2, 3]
    assert consumer._read_offset[PLACE] == 3


async def test_records_from_before_a_seek_are_passed_over_and_gaps_are_told() -> None:
    consumer = Consumer([4, 5, 9])
    consumer._read_offset[PLACE] = 5
    await consumer.drain()
    assert consumer.handed == [5, 9]
    assert consumer.gaps == [(6, 9)]


async def test_what_a_suspended_flow_cuts_off_counts_as_not_read() -> None:
    consumer = Consumer([0, 1, 2])

    async def full_at_one(message: Any) -> None:
        if message.offset == 1:
            consumer.suspend_flow.set()
            await asyncio.Event().wait()
        consumer.handed.append(message.offset)

    consumer.callback = full_at_one  # type: ignore[method-assign]
    await consumer.drain()
    assert consumer.handed == [0]
    assert consumer._read_offset[PLACE] == 0


async def test_a_reader_is_offered_each_record_before_its_stream_gets_it() -> None:
    consumer = Consumer([0, 1, 2, 5, 6], [7])
    taken: list[int] = []

    def take(message: Any) -> bool:
        if message.offset != 1:
            taken.append(message.offset)
        return message.offset != 1  # type: ignore[no-any-return]

    consumer.offers.add(["t"], take)
    await consumer.drain()
    assert consumer._read_offset[PLACE] == 7
    assert consumer.handed == [1, 5]  # what lies behind a gap is its stream's
    assert taken == [0, 2, 6, 7]
    assert consumer.gaps == [(3, 5)]


@pytest.mark.parametrize(
    ("serving", "wait"),
    [(True, module._FETCH_WITHIN_SERVING), (False, module._FETCH_WITHIN)],
)
async def test_a_seek_waits_longest_for_a_fetch_of_a_worker_that_serves(
    serving: bool, wait: float
) -> None:
    consumer = Consumer([0])
    consumer.app.serving = serving
    await consumer.drain()
    assert set(consumer.waits) == {wait}


class Sought(PacedConsumer):
    """The consumer without a broker: its seek takes until `told` is set."""

    def __init__(self) -> None:
        self.app: Any = SimpleNamespace(
            tables=SimpleNamespace(changelog_topics={CHANGELOG.topic}),
            conf=SimpleNamespace(broker_request_timeout=90.0),
        )
        self._active_partitions = set()
        self._place = asyncio.Lock()
        self._paused_partitions = {PLACE, CHANGELOG}
        self._unsought = set()
        self._read_offset = defaultdict(lambda: None)
        self._committed_offset = defaultdict(lambda: None)
        self.begun = asyncio.Event()
        self.told = asyncio.Event()

    async def seek_to_committed(self) -> dict[TP, int]:
        self.begun.set()
        await self.told.wait()
        return {PLACE: 7}

    @property
    def handed_on(self) -> set[TP]:
        assert self._active_partitions is not None
        return self._active_partitions


async def test_a_resumed_partition_is_handed_on_after_its_seek_and_a_changelog_at_once() -> None:
    consumer = Sought()
    consumer.resume_partitions({PLACE, CHANGELOG})
    assert consumer.handed_on == {CHANGELOG}
    seek = asyncio.create_task(consumer.perform_seek())
    consumer.told.set()
    await seek
    assert consumer.handed_on == {CHANGELOG, PLACE}
    assert consumer._read_offset[PLACE] == 7
    assert consumer._paused_partitions == set()


async def test_a_seek_that_began_before_the_resume_does_not_count() -> None:
    consumer = Sought()
    seek = asyncio.create_task(consumer.perform_seek())
    await consumer.begun.wait()
    consumer.resume_partitions({PLACE})
    consumer.told.set()
    await seek
    assert consumer.handed_on == set()
    await consumer.perform_seek()
    assert consumer.handed_on == {PLACE}


async def test_a_partition_that_is_paused_again_during_the_seek_stays_paused() -> None:
    consumer = Sought()
    consumer.resume_partitions({PLACE})
    seek = asyncio.create_task(consumer.perform_seek())
    await consumer.begun.wait()
    consumer.pause_partitions({PLACE})
    consumer.told.set()
    await seek
    assert consumer.handed_on == set()
    assert consumer._paused_partitions == {PLACE, CHANGELOG}


async def test_a_seek_without_an_answer_raises_and_hands_nothing_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_SEEK_MARGIN", 89.99)
    consumer = Sought()
    consumer.resume_partitions({PLACE})
    with pytest.raises(TimeoutError):
        await consumer.perform_seek()
    assert consumer.handed_on == set()


class Fetching(PacedConsumer):
    """The consumer over a thread that notes what it is asked, and whose fetch ends when `told`."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.told = asyncio.Event()
        self.asked: list[Any] = []
        self.found: dict[TP, list[int]] = {}
        self.taken: list[tuple[TP, list[int]]] = []
        recovery = SimpleNamespace(take=self._take, sought=self.asked.append)
        topics = {CHANGELOG.topic}
        self.app: Any = SimpleNamespace(
            tables=SimpleNamespace(changelog_topics=topics, recovery=recovery),
            conf=SimpleNamespace(broker_request_timeout=90.0),
            client_only=False,
        )
        self.not_waiting_next_records = asyncio.Event()
        self._active_partitions = {PLACE, CHANGELOG}
        self._place = asyncio.Lock()
        self._thread: Any = SimpleNamespace(getmany=self._fetch, seek_wait=self._seek_there)

    async def _fetch(self, wanted: set[TP], _timeout: float) -> Any:
        self.begun.set()
        await self.told.wait()
        self.asked.append(sorted(wanted))
        return self.found

    async def _seek_there(self, partitions: Any) -> None:
        self.asked.append(partitions)

    async def _take(self, tp: TP, rows: list[int]) -> None:
        self.taken.append((tp, rows))


async def test_a_seek_waits_for_the_fetch_which_takes_what_was_wanted_at_its_beginning() -> None:
    consumer = Fetching()
    fetch = asyncio.create_task(consumer._wait_next_records(1.0))
    seek = asyncio.create_task(consumer.seek_wait({CHANGELOG: 3}))
    await consumer.begun.wait()
    assert consumer._active_partitions is not None
    consumer._active_partitions.clear()
    consumer.told.set()
    await asyncio.gather(fetch, seek)
    assert consumer.asked == [[PLACE, CHANGELOG], {CHANGELOG: 3}, {CHANGELOG: 3}]


async def test_a_fetch_that_finds_nothing_wanted_after_a_seek_asks_for_nothing() -> None:
    consumer = Fetching()
    async with consumer._place:
        fetch = asyncio.create_task(consumer._wait_next_records(1.0))
        await asyncio.sleep(0)
        assert consumer._active_partitions is not None
        consumer._active_partitions.clear()
    assert await fetch == ({}, set())
    assert not consumer.begun.is_set()


async def test_a_seek_that_a_fetch_holds_up_for_too_long_raises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_SEEK_MARGIN", 89.99)
    consumer = Fetching()
    async with consumer._place:
        with pytest.raises(TimeoutError):
            await consumer.seek_wait({CHANGELOG: 3})
    assert consumer.asked == []


async def test_records_of_a_changelog_go_to_its_table_and_not_to_the_streams() -> None:
    consumer = Fetching()
    consumer.found = {CHANGELOG: [1, 2], PLACE: [7]}
    consumer.told.set()
    records, wanted = await consumer._wait_next_records(1.0)
    assert consumer.taken == [(CHANGELOG, [1, 2])]
    assert records == {PLACE: [7]}
    assert wanted == {PLACE, CHANGELOG}


async def test_resuming_what_flows_empties_no_queue() -> None:
    flow = KeepingFlow()
    queue: FlowControlQueue[int] = FlowControlQueue(flow_control=flow, clear_on_resume=True)
    flow.resume()
    await queue.put(1)
    flow.resume()
    assert queue.qsize() == 1
    flow.suspend()
    flow.resume()
    assert queue.empty()
