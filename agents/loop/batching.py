"""The one loop by which agents write: batches, lanes, ordered acknowledgement.

Why it is ours: a Faust agent that raises acknowledges what it held, `take(within=…)` delays every
record, and a store that is down would stall the partitions of all others. Here

- a batch is what waits at that moment, at most `BatchSettings.size` records, and begins a little
  time after the one before it: no delay when idle, larger batches under load;
- a lane per store has its own queue, transaction and retry; a full lane pauses the fetching of
  its own partitions only;
- records are acknowledged in order per partition, after the sink says that every effect is
  durable; a failure is tried again for ever, with back-off;
- offsets follow one another (`chatstream.domain.offsets`): a record that is missing in between
  ends the process unacknowledged, so that no fault of a reader goes unnoticed; what the broker
  deleted before it was read is told, and as far as it is facts, read from Postgres;
- a rebalance or the stop drops what only waits for its next try, and gives what is under way
  `drain_timeout` seconds; then the process ends without acknowledging (Faust would wait without a
  limit and hold the whole group).
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn, Protocol

from faust.types import EventT

from agents.loop.lane import Lane
from agents.loop.metrics import dead_lettered
from agents.loop.reader import BatchReader, reading
from agents.loop.recall import Recall, tell
from agents.loop.replays import (
    REPLAY_TOPIC,
    as_replayed,
    comes_apart,
    is_for_other,
    replay_of,
    settled,
    taken_of,
)
from agents.loop.traces import handling_of
from chatstream.domain.backoff import Backoff
from chatstream.domain.offsets import Hole, OffsetGuard
from chatstream.errors import Fenced, PoisonKind, PoisonMessage
from chatstream.settings import BatchSettings
from infra.faust import held
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import send_all
from infra.pacing import Pace
from infra.retrying import retried

log = logging.getLogger(__name__)

BUSY_FROM = 3

EXIT_UNFINISHED = 75
EXIT_FENCED = 76
EXIT_MISSING = 77


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

    async def reject(self, event: EventT, reason: str, kind: PoisonKind) -> None:
        """Dead-letter one record and tell whoever waits; durable when it returns."""
        ...


def end_process(code: int) -> NoReturn:
    """End at once, without acknowledging: the supervisor starts a fresh process."""
    logging.shutdown()
    os._exit(code)


class _AbandonedError(Exception):
    """A drain began while a batch waited for its next try: whoever owns it next gets it again."""


async def _wait_or_abandon(draining: asyncio.Event, delay: float) -> None:
    try:
        async with asyncio.timeout(delay):
            await draining.wait()
    except TimeoutError:
        return
    raise _AbandonedError


class BatchLoop:
    """Runs the stream of `agent` through its sink; `die` gets an exit code and never returns.

    `pace` as for Lane, None: that of the settings, under load. `recall`: where the facts of these
    topics can be read when the broker no longer has them; None: they are no facts, or the sink
    sees by their numbers what is missing. `topic` is one of its own, whose lanes handle what comes
    again, and `service` whose agent it is.
    """

    def __init__(  # noqa: PLR0913 (six of them are keywords)
        self,
        app: ChatStreamApp,
        sink: Sink,
        settings: BatchSettings,
        *,
        agent: str,
        service: str = "",
        topic: str = "",
        pace: Pace | None = None,
        recall: Recall | None = None,
        die: Callable[[int], NoReturn] = end_process,
    ) -> None:
        self.pace = pace or Pace(settings.interval, BUSY_FROM)
        self.agent = agent
        self.reader = BatchReader(service, agent)
        self.topic = topic
        self.recall = recall
        self.app = app
        self.sink = sink
        self.settings = settings
        self.die = die
        self.lanes: dict[str, Lane] = {}
        self._guard = OffsetGuard()
        self._draining = asyncio.Event()
        self._ended_generation: int | None = None
        app.loops.append(self)

    async def run(self, stream: Any) -> None:
        """The agent's body: takes records until the stream ends; never raises for a record."""
        await held.take_each(self.app, stream, self)

    def accept_next(self, message: Any) -> bool:
        """See infra.faust.held.Taker: what follows the record before it in its partition."""
        place = (message.topic, message.partition)
        if not self._is_of_now(message):
            return False
        if not self._guard.is_next(place, message.generation_id, message.offset):
            return False
        message.incref()
        self._take(self.app.create_event(message.key, message.value, message.headers, message))
        return True

    async def accept(self, event: EventT) -> None:
        """See infra.faust.held.Taker: any record, and one that does not count any more."""
        message = event.message
        if self._is_of_now(message):
            place = (message.topic, message.partition)
            begin = held.begin_of(self.app, *place)
            if begin is None and self._recalls(message.topic):
                begin = 0  # a group that has committed nothing yet wants the facts from the first
            hole = self._guard.look(place, message.generation_id, message.offset, begin)
            if hole is not None:
                await self._pass_over(hole, message.generation_id)
        if not self._is_of_now(message):
            # Fetched before a rebalance: unacknowledged, so its owner gets it again. To take it
            # after the drain began would acknowledge it past one that was dropped, and Faust
            # commits over a hole of one record.
            self.drop(event)
            return
        self._take(event)

    def _take(self, event: EventT) -> None:
        message = event.message
        held.hold(self.app, message)
        # Of the replay topic all that an agent reads of a partition is acknowledged in its order,
        # so it goes through one lane.
        topic = self.topic if message.topic == REPLAY_TOPIC else message.topic
        self._lane_of(topic, message.partition).put(as_replayed(event, self.agent))

    def _recalls(self, topic: str) -> bool:
        return self.recall is not None and topic != REPLAY_TOPIC

    def _is_of_now(self, message: Any) -> bool:
        generation = message.generation_id
        current = self.app.consumer_generation_id
        return bool(generation == current and generation != self._ended_generation)

    def _lane_of(self, topic: str, partition: int) -> Lane:
        name = self.sink.lane_of(topic, partition)
        lane = self.lanes.get(name)
        if lane is None:
            lane = Lane(self.agent, name, self.app, self.settings, self.pace, self.finish)
            lane.task.add_done_callback(self.lane_ended)
            self.lanes[name] = lane
        return lane

    async def _pass_over(self, hole: Hole, generation: int | None) -> None:
        """End the process, or go on without what the broker deleted, its facts from Postgres."""
        if not hole.is_first:
            log.error("%s: a reader lost them, ending", hole)
            self.die(EXIT_MISSING)
        recalls = self._recalls(hole.topic)
        tell(hole, recalled=recalls)
        if recalls:
            lane = self._lane_of(hole.topic, hole.partition)
            try:
                await self._retried(lane.name, lambda: self._recalled(hole, generation, lane))
            except _AbandonedError:
                return  # the next owner finds the same hole

    async def _recalled(self, hole: Hole, generation: int | None, lane: Lane) -> None:
        assert self.recall is not None  # noqa: S101 (asked by the caller)
        async for events in self.recall.events(hole, generation):
            if generation == self._ended_generation:
                return
            lane.excuse()
            for event in events:
                lane.put(event)  # type: ignore[arg-type]  # all that a sink asks of an event
            await lane.room()

    def drop(self, event: EventT) -> None:
        """Let go of a record without acknowledging it."""
        held.let_go(self.app, taken_of(event).message)

    async def finish(self, lane: str, batch: Sequence[EventT]) -> None:
        """Process until done, then acknowledge in order; drop it when a drain cuts the retries."""
        began = time.monotonic()
        try:
            await self._handle(lane, batch)
        except _AbandonedError:
            for event in batch:
                self.drop(event)
            return
        for event in batch:
            event.ack()
        took, produced_at = time.monotonic() - began, batch[0].message.timestamp
        self.lanes[lane].metrics.done(len(batch), took, produced_at)

    async def _handle(self, lane: str, batch: Sequence[EventT]) -> None:
        """Process what is this agent's, then tell what became of what had come again."""
        own = [event for event in batch if not is_for_other(event)]
        with reading(self.reader):
            if own:
                await self._process(lane, own)
            replays = [found for found in map(replay_of, own) if found is not None]
            if replays:
                outcomes = settled(replays, self.app.conf.topic_partitions)
                await self._retried(lane, lambda: send_all(self.app, outcomes))

    async def _process(self, lane: str, batch: Sequence[EventT]) -> None:
        with handling_of(self.agent, batch):
            try:
                await self._retried(lane, lambda: self.sink.process(lane, batch))
            except PoisonMessage as error:
                if len(batch) == 1:
                    await self._reject(lane, batch[0], error)
                    return
                self.lanes[lane].metrics.bisections.inc()
                middle = len(batch) // 2
                await self._process(lane, batch[:middle])
                await self._process(lane, batch[middle:])

    async def _reject(self, lane: str, event: EventT, error: PoisonMessage) -> None:
        message, reason = event.message, error.reason
        # The reason is in the dead letter: it may quote the record.
        log.warning("record refused: %s-%s@%s", message.topic, message.partition, message.offset)
        await self._retried(lane, lambda: self.sink.reject(event, reason, error.kind))
        dead_lettered(message.topic, error)

    async def _retried(self, lane: str, attempt: Callable[[], Any]) -> None:
        backoff = Backoff(self.settings.retry_first, self.settings.retry_most)

        def waits(error: Exception, seconds: float) -> None:
            self.lanes[lane].metrics.retries.inc()
            self.lanes[lane].excuse()
            self.lanes[lane].waits = True
            log.warning("lane %s waits %.1f s: %s", lane, seconds, error)

        sleep = partial(_wait_or_abandon, self._draining)
        try:
            await retried(attempt, backoff, told=waits, sleep=sleep)
        except Fenced as error:
            log.error("fenced, ending: %s", error)
            self.die(EXIT_FENCED)
        finally:
            self.lanes[lane].waits = False

    def begin_drain(self) -> None:
        """Drop what has not begun or waits for its next try; bound what is under way."""
        self._draining.set()
        self._draining = asyncio.Event()
        self._ended_generation = self.app.consumer_generation_id
        for lane in self.lanes.values():
            for event in lane.forget():
                self.drop(event)
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


def declare(  # noqa: PLR0913 (three of them are keywords)
    app: ChatStreamApp,
    name: str,
    topics: Sequence[str],
    sink: Sink,
    *,
    settings: BatchSettings | None = None,
    pace: Pace | None = None,
    recall: Recall | None = None,
) -> None:
    """Declare the agent `name` that reads the topics, raw, through the sink.

    `settings`: None for those of the app; `pace` and `recall` as for BatchLoop.
    """
    # Wishes come again on their own topic; what others read as well, on that of replays.
    read = [*topics, REPLAY_TOPIC] if any(map(comes_apart, topics)) else topics
    app.offers.expect(read)
    topic = app.topic(*read, value_serializer="raw", key_serializer="raw", value_type=bytes)

    @app.agent(topic, name=name)
    async def run(stream: Any) -> None:
        batch = settings or app.chatstream.batch
        service = app.chatstream.service
        loop = BatchLoop(
            app, sink, batch, agent=name, service=service, topic=topics[0], pace=pace, recall=recall
        )
        await loop.run(stream)
