"""What the batching loop uses of Faust: an app, its consumer, a stream; and a sink that notes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from faust.types import TP

from agents.loop.batching import BatchLoop
from chatstream.errors import PoisonKind, PoisonMessage
from chatstream.settings import BatchSettings
from infra.faust.held import Offers


class Message:
    def __init__(self, partition: int, offset: int, generation: int = 1) -> None:
        self.topic = "t"
        self.partition = partition
        self.offset = offset
        self.tp = TopicPartition("t", partition)
        self.generation_id = generation
        self.timestamp = time.time()
        self.headers: tuple[tuple[str, bytes], ...] = ()
        self.key = self.value = None
        self.tracked = False
        self.refcount = 0

    def incref(self) -> None:
        self.refcount += 1


class Event:
    def __init__(self, app: App, message: Message) -> None:
        self.app = app
        self.message = message

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
        self.offers = Offers()

    def create_event(self, key: Any, value: Any, headers: Any, message: Message) -> Event:
        return Event(self, message)


class Stream:
    """A stream whose queue the test fills; `events` ends when the queue holds None."""

    topics = ("t",)

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

    async def reject(self, event: Any, reason: str, kind: PoisonKind) -> None:
        self.rejected.append(event.message.offset)


class Rig:
    def __init__(self, *, agent: str = "a", **settings: Any) -> None:
        self.agent = agent
        self.app = App()
        self.sink = RecordingSink()
        self.stream = Stream()
        self.exits: list[int] = []
        self.exited = asyncio.Event()
        defaults = {"retry_first": 0.001, "retry_most": 0.002, "drain_timeout": 60.0}
        self.loop = BatchLoop(
            self.app,  # type: ignore[arg-type]  # the fake above
            self.sink,
            BatchSettings(**{**defaults, **settings}),
            agent=self.agent,
            die=self.die,  # type: ignore[arg-type]  # raises instead of ending the process
        )
        self.task = asyncio.create_task(self.loop.run(self.stream))

    def die(self, code: int) -> None:
        self.exits.append(code)
        self.exited.set()
        raise asyncio.CancelledError

    def put(self, *places: tuple[int, int], generation: int = 1) -> None:
        for partition, offset in places:
            self.stream.queue.put_nowait(Event(self.app, Message(partition, offset, generation)))

    def offer(self, partition: int, offset: int, generation: int = 1) -> bool:
        return self.app.offers.is_taken(Message(partition, offset, generation))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
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
