"""The shared write loop: batches, order of acknowledgement, retries, poison, draining."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from faust.types import TP

from agents.batching import EXIT_FENCED, EXIT_MISSING, EXIT_UNFINISHED, BatchLoop
from agents.recall import LOST, RecalledEvent, RecalledMessage
from chatstream.domain.offsets import Hole
from chatstream.errors import Fenced, PoisonMessage, TransientFailure
from chatstream.settings import BatchSettings
from infra.kafka.pace import Pace


class Message:
    def __init__(self, partition: int, offset: int, generation: int = 1) -> None:
        self.topic = "t"
        self.partition = partition
        self.offset = offset
        self.tp = TopicPartition("t", partition)
        self.generation_id = generation
        self.tracked = False


class Event:
    def __init__(self, app: App, partition: int, offset: int, generation: int = 1) -> None:
        self.app = app
        self.message = Message(partition, offset, generation)

    def ack(self) -> None:
        self.app.acked.append((self.message.partition, self.message.offset))
        self.app.changed.set()


class Unacked(set[Message]):
    """What Faust waits for, and how often the loop let go of a record."""

    def __init__(self, changed: asyncio.Event) -> None:
        super().__init__()
        self.changed = changed
        self.let_go = 0

    def discard(self, message: object) -> None:
        super().discard(message)
        self.let_go += 1
        self.changed.set()


class Consumer:
    def __init__(self, changed: asyncio.Event) -> None:
        self.changed = changed
        self.tracked: list[Any] = []
        self.full: set[Any] = set()
        self.begins: dict[TP, int | None] = {}
        self.unacked = Unacked(changed)

    def track_message(self, message: Message) -> None:
        self.tracked.append(message)
        self.unacked.add(message)
        self.changed.set()

    def on_buffer_full(self, tp: Any) -> None:
        assert isinstance(tp, TP)  # Faust's consumer ends with an AssertionError otherwise
        self.full.add(tp)

    def on_buffer_drop(self, tp: Any) -> None:
        assert isinstance(tp, TP)
        self.full.discard(tp)


class App:
    """What the loop uses of a Faust app."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.consumer = Consumer(self.changed)
        self.consumer_generation_id = 1
        self.rebalancing = False
        self.stopping = False
        self.loops: list[Any] = []
        self.acked: list[tuple[int, int]] = []


class Stream:
    """A stream whose queue the test fills; `events` ends when the queue holds None."""

    def __init__(self) -> None:
        self.channel = self
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    def noack(self) -> Stream:
        return self

    async def events(self) -> AsyncIterator[Any]:
        while True:
            event = await self.queue.get()
            if event is None:
                return
            yield event


class RecordingSink:
    """Notes batches; fails as the test tells it."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.rejected: list[int] = []
        self.failures: list[Exception] = []
        self.poison: set[int] = set()
        self.gates: dict[str, asyncio.Event] = {}
        self.began = asyncio.Event()

    def lane_of(self, topic: str, partition: int) -> str:
        return f"lane{partition % 2}"

    async def process(self, lane: str, batch: Sequence[Any]) -> None:
        self.began.set()
        if lane in self.gates:
            await self.gates[lane].wait()
        if self.failures:
            raise self.failures.pop(0)
        offsets = [event.message.offset for event in batch]
        if self.poison.intersection(offsets):
            raise PoisonMessage("bad record")
        self.batches.append((lane, offsets))

    async def reject(self, event: Any, reason: str) -> None:
        self.rejected.append(event.message.offset)


class Ended(BaseException):
    pass


class Rig:
    def __init__(self, **settings: Any) -> None:
        self.app = App()
        self.sink = RecordingSink()
        self.stream = Stream()
        self.exits: list[int] = []
        self.exited = asyncio.Event()
        defaults = {"retry_first": 0.001, "retry_most": 0.002, "drain_timeout": 0.05}
        self.loop = BatchLoop(
            self.app,  # type: ignore[arg-type]  # the fake above
            self.sink,
            BatchSettings(**{**defaults, **settings}),
            die=self.die,  # type: ignore[arg-type]  # raises instead of ending the process
        )
        self.task = asyncio.create_task(self.loop.run(self.stream))

    def die(self, code: int) -> None:
        self.exits.append(code)
        self.exited.set()
        raise asyncio.CancelledError

    def put(self, *places: tuple[int, int], generation: int = 1) -> None:
        for partition, offset in places:
            self.stream.queue.put_nowait(Event(self.app, partition, offset, generation))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.app.changed.clear()
                await self.app.changed.wait()

    async def acked(self, count: int) -> list[tuple[int, int]]:
        await self.until(lambda: len(self.app.acked) >= count)
        return self.app.acked

    async def close(self) -> None:
        self.stream.queue.put_nowait(None)
        await self.task
        for lane in self.loop.lanes.values():
            lane.task.remove_done_callback(self.loop.lane_ended)
            lane.task.cancel()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    yield made
    await made.close()


async def test_what_waits_becomes_one_batch_and_is_acknowledged_in_order(rig: Rig) -> None:
    rig.put(*[(0, offset) for offset in range(20)])
    assert await rig.acked(20) == [(0, offset) for offset in range(20)]
    assert len(rig.sink.batches) <= 2


async def test_under_load_what_comes_within_the_interval_becomes_one_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interval_over = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await interval_over.wait()

    monkeypatch.setattr(asyncio, "sleep", sleep)
    rig = Rig()
    rig.loop.pace = Pace(3600.0, 2)
    rig.put((0, 0), (0, 1))
    await rig.acked(2)
    rig.put((0, 2))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 3)
    rig.put((0, 3), (0, 4))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 5)
    interval_over.set()
    await rig.acked(5)
    await rig.close()
    assert [offsets for _, offsets in rig.sink.batches] == [[0, 1], [2, 3, 4]]


@pytest.mark.parametrize(("size", "before"), [(500, 1), (4, 4)])
async def test_after_a_small_or_a_full_batch_the_next_begins_at_once(
    size: int, before: int
) -> None:
    rig = Rig(size=size)
    rig.loop.pace = Pace(3600.0, 2)
    rig.put(*[(0, offset) for offset in range(before)])
    await rig.acked(before)
    rig.put((0, before))
    assert await rig.acked(before + 1)
    await rig.close()


async def test_a_batch_never_exceeds_the_bound() -> None:
    rig = Rig(size=7)
    rig.put(*[(0, offset) for offset in range(30)])
    await rig.acked(30)
    await rig.close()
    assert max(len(offsets) for _, offsets in rig.sink.batches) <= 7


async def test_nothing_is_acknowledged_before_the_effect_and_a_failure_is_tried_again(
    rig: Rig,
) -> None:
    rig.sink.failures = [TransientFailure("away"), TransientFailure("still away")]
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1), (0, 2))
    await rig.sink.began.wait()
    assert rig.app.acked == []
    gate.set()
    assert await rig.acked(2) == [(0, 1), (0, 2)]
    assert [offset for _, offsets in rig.sink.batches for offset in offsets] == [1, 2]


async def test_a_poison_record_is_rejected_alone_and_the_rest_is_processed(rig: Rig) -> None:
    rig.sink.poison = {3}
    rig.put(*[(0, offset) for offset in range(8)])
    assert await rig.acked(8) == [(0, offset) for offset in range(8)]
    assert rig.sink.rejected == [3]
    assert sorted(o for _, offsets in rig.sink.batches for o in offsets) == [0, 1, 2, 4, 5, 6, 7]


async def test_a_lane_that_waits_does_not_delay_another(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1), (1, 2), (1, 3))
    assert await rig.acked(2) == [(1, 2), (1, 3)]
    gate.set()
    assert (0, 1) in await rig.acked(3)


async def test_a_full_lane_pauses_its_partitions_until_it_is_half_empty() -> None:
    rig = Rig(lane_queue=10, size=5)
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put(*[(0, offset) for offset in range(20)])
    await rig.sink.began.wait()
    assert rig.app.consumer.full == {("t", 0)}
    gate.set()
    await rig.acked(20)
    assert rig.app.consumer.full == set()
    await rig.close()


async def test_a_fenced_batch_ends_the_process_unacknowledged(rig: Rig) -> None:
    rig.sink.failures = [Fenced("a newer worker")]
    rig.put((0, 1))
    await rig.exited.wait()
    assert rig.exits[0] == EXIT_FENCED
    assert rig.app.acked == []


async def test_records_of_an_older_generation_are_dropped_unacknowledged(rig: Rig) -> None:
    rig.put((0, 1), generation=0)
    rig.put((0, 2))
    assert await rig.acked(1) == [(0, 2)]
    assert [message.offset for message in rig.app.consumer.tracked] == [2]


async def test_a_rebalance_forgets_what_has_not_begun_and_finishes_what_has(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.put((0, 2), (0, 3))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 3)
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    gate.set()
    assert await rig.acked(1) == [(0, 1)]
    assert rig.exits == []
    # Faust waits for every record it has not been told of: also for the last one of a stream.
    assert [message.offset for message in rig.app.consumer.unacked] == [1]


async def test_nothing_is_taken_between_the_drain_and_the_next_generation(rig: Rig) -> None:
    # Taken, it would be acknowledged past what was dropped, and the commit would skip that.
    rig.put((0, 1))
    assert await rig.acked(1) == [(0, 1)]
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    rig.put((0, 3))
    await rig.until(lambda: rig.app.consumer.unacked.let_go == 1)
    rig.app.rebalancing, rig.app.consumer_generation_id = False, 2
    rig.put((0, 2), generation=2)
    assert await rig.acked(2) == [(0, 1), (0, 2)]


async def test_a_batch_that_does_not_finish_in_a_rebalance_ends_the_process(rig: Rig) -> None:
    rig.loop.die = lambda code: (rig.exits.append(code), rig.exited.set())  # type: ignore[assignment,func-returns-value,return-value]
    rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    await rig.exited.wait()
    assert rig.exits == [EXIT_UNFINISHED]
    assert rig.app.acked == []


async def test_a_batch_that_waits_for_its_next_try_is_dropped_when_a_drain_begins() -> None:
    rig = Rig(retry_first=3600, retry_most=3600)
    rig.sink.failures = [TransientFailure("away")]
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    rig.app.rebalancing, rig.app.consumer_generation_id = False, 2
    rig.put((0, 1), generation=2)
    assert await rig.acked(1) == [(0, 1)]
    assert rig.exits == []
    await rig.close()


async def test_a_record_missing_between_two_ends_the_process_unacknowledged(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1), (0, 2), (0, 4))
    with pytest.raises(asyncio.CancelledError):
        await rig.task
    assert rig.exits == [EXIT_MISSING]
    assert rig.app.acked == []
    gate.set()
    rig.task = asyncio.create_task(rig.loop.run(rig.stream))


async def test_a_repeat_within_a_generation_is_processed_again(rig: Rig) -> None:
    rig.put((0, 1), (0, 2), (0, 1), (0, 2), (0, 3))
    assert await rig.acked(5) == [(0, 1), (0, 2), (0, 1), (0, 2), (0, 3)]
    assert rig.exits == []


async def test_what_was_fetched_before_a_rebalance_makes_no_hole(rig: Rig) -> None:
    rig.put((0, 1))
    rig.put((0, 9), generation=0)
    rig.put((0, 2))
    assert await rig.acked(2) == [(0, 1), (0, 2)]
    assert rig.exits == []


async def test_wishes_that_the_broker_deleted_are_counted_and_the_rest_goes_on(rig: Rig) -> None:
    rig.app.consumer.begins[TP("t", 0)] = 5
    before = LOST.labels("t")._value.get()
    rig.put((0, 8), (0, 9))
    assert await rig.acked(2) == [(0, 8), (0, 9)]
    assert rig.exits == []
    assert LOST.labels("t")._value.get() - before == 3


class Recalling:
    """Recalls facts of the hole, a slice at a time; the first tries fail as told."""

    def __init__(self, slices: int, failures: int = 0) -> None:
        self.slices = slices
        self.failures = failures
        self.holes: list[Hole] = []
        self.began = asyncio.Event()

    async def events(self, hole: Hole, generation: int) -> AsyncIterator[Sequence[RecalledEvent]]:
        self.holes.append(hole)
        self.began.set()
        if len(self.holes) <= self.failures:
            raise TransientFailure("away")
        for number in range(self.slices):
            yield [
                RecalledEvent(
                    RecalledMessage(
                        hole.topic, hole.partition, b"", generation, offset=-10 * number - 1
                    )
                )
            ]


async def test_facts_that_the_broker_deleted_go_through_the_sink_before_what_follows(
    rig: Rig,
) -> None:
    recall = Recalling(slices=3, failures=2)
    rig.loop.recall = recall  # type: ignore[assignment]  # what the loop uses of it
    rig.app.consumer.begins[TP("t", 0)] = 5
    rig.put((0, 8), (0, 9))
    assert await rig.acked(2) == [(0, 8), (0, 9)]
    assert [o for _, offsets in rig.sink.batches for o in offsets] == [-1, -11, -21, 8, 9]
    assert recall.holes == [Hole("t", 0, 5, 8, is_first=True)] * 3


async def test_facts_before_a_groups_first_commit_are_recalled_wishes_are_not_missed(
    rig: Rig,
) -> None:
    rig.put((0, 3))
    assert await rig.acked(1) == [(0, 3)]
    recall = Recalling(slices=1)
    rig.loop.recall = recall  # type: ignore[assignment]
    rig.put((2, 3))
    assert await rig.acked(2) == [(0, 3), (2, 3)]
    assert recall.holes == [Hole("t", 2, 0, 3, is_first=True)]


async def test_a_recall_that_a_rebalance_cuts_off_takes_nothing_after_it() -> None:
    rig = Rig(retry_first=3600, retry_most=3600)
    recall = Recalling(slices=1, failures=1)
    rig.loop.recall = recall  # type: ignore[assignment]
    rig.app.consumer.begins[TP("t", 0)] = 5
    rig.put((0, 8))
    await recall.began.wait()
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    rig.app.rebalancing, rig.app.consumer_generation_id = False, 2
    rig.put((0, 8), generation=2)
    assert await rig.acked(1) == [(0, 8)]
    assert len(recall.holes) == 2
    await rig.close()
