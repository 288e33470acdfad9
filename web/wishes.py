"""Wishes of a front: produced as REQUEST, answered by the first RESPONSE with their identity.

A wish carries the trace that it is asked in (`infra.tracing`); asked in none, it begins one. It
says when it was asked, which is not later than the time of its record.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from functools import cached_property, lru_cache, partial
from typing import Any

from aiokafka.errors import KafkaError

from chatstream.domain.lines import Identity
from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import ASKED
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.wishes import Ended, Logged
from chatstream.settings import LimitSettings
from infra.at_once import at_once
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import is_spent
from infra.tracing import begun, traced
from schemas import records
from web.waiters import Deadlines, PendingWish, Waiter, WishLine
from web.wish_metrics import NOT_PRODUCED, OLDEST, PENDING, TopicMetrics


def _tell_place(logged: Logged, delivery: asyncio.Future[Any]) -> None:
    if not delivery.cancelled() and delivery.exception() is None:
        place = delivery.result()
        logged(place.partition, place.offset)


def _settle(waiting: asyncio.Future[object], outcome: object) -> None:
    if not waiting.done():
        waiting.set_result(outcome)


def _retry_after() -> float:
    """Seconds with jitter, so that those who were refused together do not return together."""
    return 1 + secrets.randbelow(1000) / 1000


class Wishes:
    """ports.wishes.WishSender over the app's producer; `resolve` is fed by the tail."""

    def __init__(
        self,
        app: ChatStreamApp,
        limits: LimitSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._limits = limits
        self._clock = clock
        self._lines: dict[tuple[str, int], WishLine] = {}
        self._by_partition: defaultdict[int, list[WishLine]] = defaultdict(list)
        self._deadlines = Deadlines(self._expired)
        self._metrics = lru_cache(maxsize=None)(TopicMetrics)
        self._partition = lru_cache(maxsize=65_536)(self._partition_of)
        PENDING.watch(self)
        OLDEST.watch(self)

    @cached_property
    def _partitions(self) -> int:
        # Not when this is made: Faust's settings are final when the app has started.
        return self._app.conf.topic_partitions

    def _partition_of(self, key: str) -> int:
        return partition_of(key, self._partitions)

    def congested(self, key: str) -> bool:
        """See ports.wishes.WishSender: true when a topic's line of the key's partition is full."""
        partition = self._partition(key)
        return any(map(self._is_full, self._by_partition[partition]))

    def _is_full(self, line: WishLine) -> bool:
        oldest = line.oldest()
        return oldest is not None and (
            len(line.wishes) >= self._limits.pending_per_partition
            or self._clock() - oldest > self._limits.pending_age
        )

    def _line(self, topic: str, partition: int) -> WishLine:
        line = self._lines.get((topic, partition))
        if line is None:
            line = self._lines[topic, partition] = WishLine(topic)
            self._by_partition[partition].append(line)
        return line

    def pending(self) -> Iterator[tuple[str, int, float]]:
        """See web.wish_metrics.PendingWishes."""
        now = self._clock()
        for line in self._lines.values():
            oldest = line.oldest()
            yield line.topic, len(line.wishes), 0.0 if oldest is None else now - oldest

    async def ask(
        self, topic: str, wish: records.WishRecord, logged: Logged | None = None
    ) -> object:
        """See ports.wishes.WishSender."""
        ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        leave = self.begin(topic, wish, partial(_settle, ended), logged)
        try:
            outcome = await ended
        finally:
            leave()
        if isinstance(outcome, UserError):
            raise outcome
        return outcome

    def begin(
        self, topic: str, wish: records.WishRecord, ended: Ended, logged: Logged | None = None
    ) -> Callable[[], object]:
        """See ports.wishes.PromptWishSender."""
        partition = (self._partition(wish.key) + wish.spread) % self._partitions
        line, identity = self._line(topic, partition), wish.identity
        pending = line.wishes.get(identity)
        if pending is not None:
            self._metrics(topic).joined.inc()
            return self._wait(pending, ended)
        if self._is_full(line):
            NOT_PRODUCED.labels(topic, ErrorCode.BUSY).inc()
            raise UserError(ErrorCode.BUSY, "too many wishes wait", retry_after=_retry_after())
        pending = line.wishes[identity] = PendingWish(line, identity, self._clock())
        leave = self._wait(pending, ended)
        try:
            self._produce(line, partition, wish, pending, logged)
        except BaseException as error:
            leave()
            if isinstance(error, KafkaError):  # the producer does not take the record
                raise self._unanswered(topic, error) from error
            raise
        return leave

    def _wait(self, pending: PendingWish, ended: Ended) -> Callable[[], object]:
        waiter = Waiter(pending, ended)
        self._deadlines.add(waiter, self._limits.wish_timeout)
        return waiter.leave

    def _produce(
        self,
        line: WishLine,
        partition: int,
        wish: records.WishRecord,
        pending: PendingWish,
        logged: Logged | None,
    ) -> None:
        headers = [*(traced() or begun()), (ASKED, b"%d" % int(time.time() * 1000))]
        record = (line.topic, records.encode(wish), wish.key.encode(), partition, None, headers)
        if not line.behind:
            # It waits before it has taken the record: for a topic's metadata, or a full batch.
            delivery = at_once(self._send(*record))
            if delivery is not None:
                self._handed_on(pending, delivery, logged)
                return
        line.behind += 1
        task = asyncio.create_task(self._in_turn(line, record, pending, logged))
        pending.producing = task
        task.add_done_callback(partial(self._had_its_turn, line, pending))

    def _send(self, *record: Any) -> Coroutine[Any, Any, Any]:
        # Not by Faust's own step before it, in which nothing of ours hears of what is produced.
        producer: Any = self._app.producer
        return producer.inner.send(*record)  # type: ignore[no-any-return]

    async def _in_turn(
        self, line: WishLine, record: tuple[Any, ...], pending: PendingWish, logged: Logged | None
    ) -> None:
        # In the order they were asked: the first sends to a topic wait for its metadata, and one
        # that comes a moment later would find it there and go before them.
        try:
            async with line.turn:
                delivery = await self._send(*record)
        except KafkaError as error:
            self._failed(pending, error)
        else:
            self._handed_on(pending, delivery, logged)

    def _had_its_turn(self, line: WishLine, pending: PendingWish, _task: object) -> None:
        line.behind -= 1
        pending.producing = None

    def _handed_on(self, pending: PendingWish, delivery: Any, logged: Logged | None) -> None:
        delivery.add_done_callback(partial(self._delivered, pending))
        if logged is not None:
            delivery.add_done_callback(partial(_tell_place, logged))

    def _delivered(self, pending: PendingWish, delivery: asyncio.Future[object]) -> None:
        error = None if delivery.cancelled() else delivery.exception()
        if error is not None:
            if is_spent(error):
                producer: Any = self._app.producer
                producer.renew()
            self._failed(pending, error)

    def _failed(self, pending: PendingWish, error: BaseException) -> None:
        """Producing failed: whoever waits for the outcome is told."""
        for ended in pending.take():
            ended(self._unanswered(pending.home.topic, error))

    def _expired(self, waiter: Waiter) -> None:
        ended = waiter.leave()
        if ended is not None:
            ended(self._unanswered(waiter.pending.home.topic, TimeoutError()))

    def _unanswered(self, topic: str, error: BaseException) -> UserError:
        self._metrics(topic).unanswered.inc()
        told = UserError(
            ErrorCode.STORE_UNAVAILABLE,
            f"no outcome yet: {type(error).__name__} {error}",
            retry_after=_retry_after(),
        )
        told.__cause__ = error
        return told

    def resolve(
        self, request_topic: str, partition: int, identity: Identity, outcome: object
    ) -> None:
        """An outcome was read: whoever waits for this identity gets it; others are ignored."""
        line = self._lines.get((request_topic, partition))
        pending = None if line is None else line.wishes.get(identity)
        if pending is not None:
            self._metrics(request_topic).answered.observe(self._clock() - pending.since)
            for ended in pending.take():
                ended(outcome)

    def waits(self, request_topic: str, partition: int) -> bool:
        """True when some wish of this partition waits (a cheap test before decoding)."""
        line = self._lines.get((request_topic, partition))
        return line is not None and bool(line.wishes)
