"""The one loop by which agents write: batches, lanes, ordered acknowledgement.

Why it is ours: a Faust agent that raises acknowledges what it held, `take(within=…)` delays every
record, and a store that is down would stall the partitions of all others. Here

- a batch is what waits at that moment, at most `BatchSettings.size` records, and begins a little
  time after the one before it: no delay when idle, larger batches under load;
- a lane per store has its own queue, transaction and retry; a full lane pauses the fetching of
  its own partitions only;
- records are acknowledged in order per partition, after the sink says that every effect is
  durable; a failure is tried again for ever, with back-off;
- a rebalance or the stop drops what only waits for its next try, and gives what is under way
  `drain_timeout` seconds; then the process ends without acknowledging (Faust would wait without a
  limit and hold the whole group).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol

from faust.types import TP, EventT

from chatstream.errors import Fenced, PoisonMessage, TransientFailure
from chatstream.settings import BatchSettings
from infra.kafka.app import ChatStreamApp
from infra.kafka.pace import Pace, Pacer

log = logging.getLogger(__name__)

BUSY_FROM = 3

EXIT_UNFINISHED = 75
EXIT_FENCED = 76


class Sink(Protocol):
    """What an agent does with its batches."""

    def lane_of(self, topic: str, partition: int) -> str:
        """The lane of a partition; always the same one between two rebalances."""
        ...

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Carry out the batch; returning promises that every effect of it is durable.

        Must be idempotent. Raises TransientFailure (the loop tries the same batch again),
        PoisonMessage (at least one record can never be processed; the loop halves the batch
        until it stands alone) or Fenced (the process ends, nothing is acknowledged).
        """
        ...

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter one record and tell whoever waits; durable when it returns."""
        ...


def end_process(code: int) -> NoReturn:
    """End at once, without acknowledging: the supervisor starts a fresh process."""
    logging.shutdown()
    os._exit(code)


class _AbandonedError(Exception):
    """A drain began while a batch waited for its next try: whoever owns it next gets it again."""


class Lane:
    """One store's queue and its worker task."""

    def __init__(self, name: str, loop: BatchLoop) -> None:
        self.name = name
        self.loop = loop
        self.waiting: deque[EventT] = deque()
        self.paused: set[TP] = set()
        self.arrived = asyncio.Event()
        self.busy = False
        self.task = asyncio.create_task(self._work(), name=f"lane-{name}")
        self.task.add_done_callback(loop.lane_ended)

    def put(self, event: EventT) -> None:
        """Queue a record; past the bound, fetching of its partition pauses."""
        self.waiting.append(event)
        self.arrived.set()
        if len(self.waiting) >= self.loop.settings.lane_queue:
            # Not `message.tp`: that is aiokafka's type, which Faust's consumer does not take.
            tp = TP(event.message.topic, event.message.partition)
            if tp not in self.paused:
                self.paused.add(tp)
                self.loop.app.consumer.on_buffer_full(tp)

    def forget(self) -> None:
        """Drop what has not begun: it is unacknowledged and comes again after the rebalance."""
        for event in self.waiting:
            self.loop.drop(event)
        self.waiting.clear()
        self.paused.clear()

    async def _work(self) -> None:
        settings = self.loop.settings
        pacer = Pacer(self.loop.pace)
        while True:
            await self.arrived.wait()
            await pacer.begin()
            batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), settings.size))]
            if not self.waiting:
                self.arrived.clear()
            pacer.held(len(batch) if len(batch) < settings.size else 0)
            if batch:
                self.busy = True
                await self.loop.finish(self.name, batch)
                self.busy = False
            if self.paused and len(self.waiting) <= settings.lane_queue // 2:
                self._resume()

    def _resume(self) -> None:
        for tp in self.paused:
            self.loop.app.consumer.on_buffer_drop(tp)
        self.paused.clear()


async def _wait_or_abandon(draining: asyncio.Event, delay: float) -> None:
    try:
        async with asyncio.timeout(delay):
            await draining.wait()
    except TimeoutError:
        return
    raise _AbandonedError


class BatchLoop:
    """Runs one agent's stream through its sink; `die` gets an exit code and never returns.

    Batches of a lane keep the `pace` (None: that of the settings, under load), by records: a batch
    costs much the same whether it is small or large. After a full one the next begins at once.
    """

    def __init__(
        self,
        app: ChatStreamApp,
        sink: Sink,
        settings: BatchSettings,
        *,
        pace: Pace | None = None,
        die: Callable[[int], NoReturn] = end_process,
    ) -> None:
        self.pace = pace or Pace(settings.interval, BUSY_FROM)
        self.app = app
        self.sink = sink
        self.settings = settings
        self.die = die
        self.lanes: dict[str, Lane] = {}
        self._draining = asyncio.Event()
        self._ended_generation: int | None = None
        app.loops.append(self)

    async def run(self, stream: Any) -> None:
        """The agent's body: takes records until the stream ends; never raises for a record."""
        stream = stream.noack()
        queue = stream.channel.queue
        async for event in stream.events():
            self._accept(event)
            while not queue.empty():
                self._accept(queue.get_nowait())

    def _accept(self, event: EventT) -> None:
        message = event.message
        consumer = self.app.consumer
        generation = message.generation_id
        if generation != self.app.consumer_generation_id or generation == self._ended_generation:
            # Fetched before a rebalance: unacknowledged, so its owner gets it again. To take it
            # after the drain began would acknowledge it past one that was dropped, and Faust
            # commits over a hole of one record.
            self.drop(event)
            return
        if not message.tracked:
            message.tracked = True
            consumer.track_message(message)
        lane = self.lanes.get(name := self.sink.lane_of(message.topic, message.partition))
        if lane is None:
            lane = self.lanes[name] = Lane(name, self)
        lane.put(event)

    def drop(self, event: EventT) -> None:
        """Let go of a record without acknowledging it.

        Faust would wait for it, and hold the whole group: the last record of a stream is never
        garbage-collected, because the stream's own iterator holds it.
        """
        self.app.consumer.unacked.discard(event.message)

    async def finish(self, lane: str, batch: Sequence[EventT]) -> None:
        """Process until done, then acknowledge in order; drop it when a drain cuts the retries."""
        try:
            await self._process(lane, batch)
        except _AbandonedError:
            for event in batch:
                self.drop(event)
            return
        for event in batch:
            event.ack()

    async def _process(self, lane: str, batch: Sequence[EventT]) -> None:
        try:
            await self._retried(lane, lambda: self.sink.process(lane, batch))
        except PoisonMessage as error:
            if len(batch) == 1:
                reason = error.reason
                message = batch[0].message
                log.warning(
                    "record refused: %s-%s@%s: %s",
                    message.topic,
                    message.partition,
                    message.offset,
                    reason,
                )
                await self._retried(lane, lambda: self.sink.reject(batch[0], reason))
                return
            middle = len(batch) // 2
            await self._process(lane, batch[:middle])
            await self._process(lane, batch[middle:])

    async def _retried(self, lane: str, attempt: Callable[[], Any]) -> None:
        delay = self.settings.retry_first
        draining = self._draining
        while True:
            try:
                await attempt()
                return
            except TransientFailure as error:
                log.warning("lane %s waits %.1f s: %s", lane, delay, error)
            except Fenced as error:
                log.error("fenced, ending: %s", error)
                self.die(EXIT_FENCED)
            await _wait_or_abandon(draining, delay)
            delay = min(delay * 2, self.settings.retry_most)

    def begin_drain(self) -> None:
        """Drop what has not begun or waits for its next try; bound what is under way."""
        self._draining.set()
        self._draining = asyncio.Event()
        self._ended_generation = self.app.consumer_generation_id
        for lane in self.lanes.values():
            lane.forget()
        if any(lane.busy for lane in self.lanes.values()):
            asyncio.get_running_loop().call_later(
                self.settings.drain_timeout, self._end_if_unfinished, self._batches_under_way()
            )

    def _batches_under_way(self) -> list[Lane]:
        return [lane for lane in self.lanes.values() if lane.busy]

    def _end_if_unfinished(self, lanes: Sequence[Lane]) -> None:
        if (self.app.rebalancing or self.app.stopping) and any(lane.busy for lane in lanes):
            log.error("a batch did not finish within %s s, ending", self.settings.drain_timeout)
            self.die(EXIT_UNFINISHED)

    def lane_ended(self, task: asyncio.Task[None]) -> None:
        """A lane's task never ends by itself: an unknown fault ends the process unacknowledged."""
        if not task.cancelled():
            log.error("a lane failed, ending", exc_info=task.exception())
            self.die(EXIT_UNFINISHED)


def declare(
    app: ChatStreamApp,
    name: str,
    topics: Sequence[str],
    sink: Sink,
    *,
    settings: BatchSettings | None = None,
    pace: Pace | None = None,
) -> None:
    """Declare the agent `name` that reads the topics, raw, through the sink.

    `settings`: None for those of the app; `pace` as for BatchLoop.
    """
    topic = app.topic(*topics, value_serializer="raw", key_serializer="raw", value_type=bytes)

    @app.agent(topic, name=name)
    async def run(stream: Any) -> None:
        await BatchLoop(app, sink, settings or app.chatstream.batch, pace=pace).run(stream)
