"""A front's tail: every RESPONSE record of every partition, read without a consumer group."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from mode import Service, ServiceT

from chatstream.domain.backoff import Backoff
from chatstream.settings import KafkaSettings
from infra.faust.fetching import tune
from infra.faust.reconnecting import PatientConsumer
from infra.metrics import ReadGauge
from infra.pacing import Pace, pace_of
from infra.retrying import retried, warn

log = logging.getLogger(__name__)

# (partition, key, value); called in partition order, on the event loop, must not raise.
Handler = Callable[[int, bytes, bytes], None]
_Offsets = dict[TopicPartition, int]

# A front's tails hear this often that there is nothing new, and look this often whether they did:
# every partition is proved each half a second, and only what was within a second is delivered.
FETCH_WAIT_MS = 400
LOOK_INTERVAL = 0.05
# Seconds between two fetches of what a front hears in the background: these are proved as well.
LATE = Pace(0.2, 1)
# Of who follows alone, and is told of nothing for longer.
OWN_LOOK_INTERVAL = 0.2


class Mark:
    """How far one partition is certainly read: up to where it ended at `passed` (monotonic)."""

    def __init__(self) -> None:
        self.passed = 0.0
        self._end: int | None = None
        self._at = 0.0
        self._answer: int | None = None

    def asks(self, answer: int | None) -> bool:
        """Whether a look would tell anything: an answer is new, or an end is not read yet."""
        return self._end is not None or answer != self._answer

    def look(self, position: int, answer: int | None, end: int | None, last: float) -> None:
        """Compare the next offset to be read with the end the broker told.

        `answer` changes with every answer of the broker, and `last` is the time of the look before
        this one: an answer that is new has come since then, so what it tells was true then.
        """
        if self._end is None and end is not None and answer != self._answer:
            self._answer, self._end, self._at = answer, end, last
        if self._end is not None and position >= self._end:
            self.passed, self._end = self._at, None


class Following(Service):
    """Feeds handlers with what is appended to their topics after its start, by one connection.

    It seeks to the end offsets itself before it is `ready` (a consumer without a group that
    "starts at latest" decides where that is at its first fetch, and has holes). `since` asks for
    records of a topic from that many seconds before the start on (infinite: all there are); `ready`
    then also waits until they are read. Fetches keep the `pace`. What comes is told at once; that
    there is nothing, every `wait_ms`. Somebody else calls `look` where `looks` says that it does
    not itself.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        handlers: Mapping[str, Handler],
        *,
        since: Mapping[str, float] | None = None,
        pace: Pace,
        wait_ms: int = FETCH_WAIT_MS,
        looks: bool = True,
    ) -> None:
        super().__init__()
        self._looks = looks
        self._settings = settings
        self._wait_ms = wait_ms
        self._handlers = handlers
        self._since = {} if since is None else since
        self._pace = pace
        self._partitions = [
            TopicPartition(topic, p) for topic in handlers for p in range(settings.partitions)
        ]
        self._waiting_for: dict[TopicPartition, int] = {}
        self._proven = dict.fromkeys(handlers, 0.0)
        self._marks: dict[str, dict[TopicPartition, Mark]] = {topic: {} for topic in handlers}
        for tp in self._partitions:
            self._marks[tp.topic][tp] = Mark()
        # Whether a look may tell anything: an answer has come since, or an end is not read yet.
        self._has_news = True
        self.ready = asyncio.Event()
        self._consumer: PatientConsumer | None = None

    async def on_start(self) -> None:
        """Connect and seek; the broker must be there. Waits while a partition has no leader."""
        consumer = PatientConsumer(
            bootstrap_servers=self._settings.bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            check_crcs=False,
            fetch_max_wait_ms=self._wait_ms,
        )
        await consumer.start()
        # Every partition must be proved each half a second, so none is left out for longer.
        paced = tune(consumer, self._pace, lambda: self._partitions, all_of=0)
        paced.answered = self._heard
        self._consumer = consumer
        LAG.watch(self)
        consumer.assign(self._partitions)
        told = warn(log, f"looking where {', '.join(self._handlers)} end")
        places = partial(self._places, consumer)
        starts, ends = await retried(places, Backoff(0.1, 0.5), on=KafkaError, told=told)
        for tp, offset in starts.items():
            consumer.seek(tp, offset)
        self._waiting_for = {tp: end for tp, end in ends.items() if end > starts[tp]}
        self._note_ready()

    async def _places(self, consumer: PatientConsumer) -> tuple[_Offsets, _Offsets]:
        """Where to begin, and where each partition ends."""
        ends: _Offsets = await consumer.end_offsets(self._partitions)
        starts = dict(ends)
        now = time.time()
        asked = {
            tp: int(max(0.0, now - since) * 1000)
            for tp in self._partitions
            if (since := self._since.get(tp.topic, 0.0))
        }
        if asked:
            for tp, found in (await consumer.offsets_for_times(asked)).items():
                if found is not None:
                    starts[tp] = found.offset
        return starts, ends

    def _note_ready(self) -> None:
        if not self._waiting_for and not self.ready.is_set():
            self._proven = dict.fromkeys(self._handlers, time.monotonic())
            self.ready.set()

    async def on_stop(self) -> None:
        """Disconnect."""
        LAG.unwatch(self)
        if self._consumer is not None:
            await self._consumer.stop()

    @Service.task
    async def _read(self) -> None:
        consumer = self._consumer
        while consumer is not None and not self.should_stop:
            batches = await consumer.getmany(timeout_ms=500)
            for tp, messages in batches.items():
                self._feed(tp, messages)

    def _feed(self, tp: TopicPartition, messages: Sequence[Any]) -> None:
        handler = self._handlers[tp.topic]
        for message in messages:
            handler(tp.partition, message.key or b"", message.value or b"")
        if self._waiting_for and tp in self._waiting_for:
            if messages[-1].offset + 1 >= self._waiting_for[tp]:
                del self._waiting_for[tp]
            self._note_ready()

    def _heard(self) -> None:
        self._has_news = True

    @Service.task
    async def _prove(self) -> None:
        if self._looks:
            await look_on([self], OWN_LOOK_INTERVAL)

    async def look(self, last: float) -> None:
        """Note which partitions have been read up to where the broker said that they end.

        `last` is the time of the look before this one.
        """
        consumer = self._consumer
        if consumer is None or not self._has_news:
            return
        self._has_news = False
        for topic, own in self._marks.items():
            for tp, mark in own.items():
                answer = consumer.last_poll_timestamp(tp)
                if mark.asks(answer):
                    position = await consumer.position(tp)
                    mark.look(position, answer, consumer.highwater(tp), last)
                self._has_news |= mark.asks(answer)
            passed = min(mark.passed for mark in own.values())
            self._proven[topic] = max(self._proven[topic], passed)

    def lags(self) -> Mapping[str, float]:
        """By topic, seconds since the last moment of which it has certainly read everything."""
        if not self.ready.is_set():
            return dict.fromkeys(self._handlers, float("inf"))
        now = time.monotonic()
        return {topic: now - proven for topic, proven in self._proven.items()}

    def lag_seconds(self) -> float:
        """The lag of the topic that is farthest behind."""
        return max(self.lags().values())


LAG = ReadGauge[Following](
    "chatstream_tail_lag_seconds",
    "since the last moment of which a process has certainly read all of a topic that it follows",
    ["topic"],
    lambda following: [((topic,), lag) for topic, lag in following.lags().items()],
    together=max,
)


async def look_on(followed: Sequence[Following], seconds: float) -> None:
    """Look at all of them every so many seconds, for ever: one timer, whatever they are."""
    looked = time.monotonic()
    while True:
        last, looked = looked, time.monotonic()
        for each in followed:
            await each.look(last)
        await asyncio.sleep(seconds)


class Tail(Service):
    """A front's tails: one connection for each topic `alone`, and one for all others.

    A connection's fetch names every partition that has records now and then, and its answer as
    well, which is most of what a front does at small rates: so what comes often is alone. And a
    fetch that brings nothing costs a front and the broker as much as one that does: so what comes
    seldom shares one. What is `background` shares one of its own, at its pace.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        handlers: Mapping[str, Handler],
        *,
        since: Mapping[str, float] | None = None,
        background: Collection[str] = (),
        alone: Collection[str] = (),
    ) -> None:
        super().__init__()
        late = [topic for topic in handlers if topic in background]
        often = [topic for topic in handlers if topic in alone and topic not in background]
        seldom = [topic for topic in handlers if topic not in {*late, *often}]
        prompt = pace_of(settings, is_waited_for=True)
        shares = [*(([topic], prompt) for topic in often), (seldom, prompt), (late, LATE)]
        self._tails = [
            Following(
                settings,
                {topic: handlers[topic] for topic in share},
                since=since,
                pace=pace,
                looks=False,
            )
            for share, pace in shares
            if share
        ]

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """The tails; they start and stop with this service."""
        return self._tails

    @Service.task
    async def _prove(self) -> None:
        await look_on(self._tails, LOOK_INTERVAL)

    def lag_seconds(self) -> float:
        """The lag of the topic that is farthest behind; infinite until all are ready."""
        return max(tail.lag_seconds() for tail in self._tails)
