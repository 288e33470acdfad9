"""Wishes of a front: produced as REQUEST, answered by the first RESPONSE with their identity.

A wish carries the trace that it is asked in (`infra.tracing`); asked in none, it begins one. It
says when it was asked, which is not later than the time of its record.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError

from chatstream.domain.lines import Identity
from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import ASKED
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.wishes import Logged
from chatstream.settings import LimitSettings
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import is_spent
from infra.tracing import begun, traced
from schemas import records
from web.wish_metrics import NOT_PRODUCED, OLDEST, PENDING, TopicMetrics


@dataclass(slots=True)
class _Pending:
    outcome: asyncio.Future[object]
    since: float
    waiters: int = 0

    def failed(self, error: BaseException | None) -> None:
        """Producing ended: a failure is passed on to whoever waits for the outcome."""
        if error is not None and not self.outcome.done():
            self.outcome.set_exception(error)


# The unanswered wishes of one (topic, partition), oldest first.
_Line = dict[Identity, _Pending]


def _tell_place(logged: Logged, delivery: asyncio.Future[Any]) -> None:
    if not delivery.cancelled() and delivery.exception() is None:
        place = delivery.result()
        logged(place.partition, place.offset)


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
        self._lines: dict[tuple[str, int], _Line] = {}
        self._turns: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._metrics = lru_cache(maxsize=None)(TopicMetrics)
        self._partition = lru_cache(maxsize=65_536)(self._partition_of)
        PENDING.watch(self)
        OLDEST.watch(self)

    def _partition_of(self, key: str) -> int:
        return partition_of(key, self._app.conf.topic_partitions)

    def congested(self, key: str) -> bool:
        """See ports.wishes.WishSender: true when a topic's line of the key's partition is full."""
        partition = self._partition(key)
        return any(self._is_full(line) for (_, p), line in self._lines.items() if p == partition)

    def _is_full(self, line: _Line) -> bool:
        if not line:
            return False
        oldest = next(iter(line.values()))
        return (
            len(line) >= self._limits.pending_per_partition
            or self._clock() - oldest.since > self._limits.pending_age
        )

    def pending(self) -> Iterator[tuple[str, int, float]]:
        """See web.wish_metrics.PendingWishes."""
        now = self._clock()
        for (topic, _), line in self._lines.items():
            oldest = next(iter(line.values()), None)
            yield topic, len(line), 0.0 if oldest is None else now - oldest.since

    async def ask(
        self, topic: str, wish: records.WishRecord, logged: Logged | None = None
    ) -> object:
        """See ports.wishes.WishSender."""
        partition = (self._partition(wish.key) + wish.spread) % self._app.conf.topic_partitions
        identity = wish.identity
        line = self._lines.setdefault((topic, partition), {})
        pending = line.get(identity)
        is_first = pending is None
        if pending is None:
            if self._is_full(line):
                NOT_PRODUCED.labels(topic, ErrorCode.BUSY).inc()
                raise UserError(ErrorCode.BUSY, "too many wishes wait", retry_after=_retry_after())
            outcome = asyncio.get_running_loop().create_future()
            pending = line[identity] = _Pending(outcome, self._clock())
        else:
            self._metrics(topic).joined.inc()
        pending.waiters += 1
        try:
            async with asyncio.timeout(self._limits.wish_timeout):
                if is_first:
                    delivery = await self._produce(topic, partition, wish, pending)
                    if logged is not None:
                        delivery.add_done_callback(partial(_tell_place, logged))
                return await asyncio.shield(pending.outcome)
        except (TimeoutError, KafkaError, ProducerSendError) as error:
            self._metrics(topic).unanswered.inc()
            raise UserError(
                ErrorCode.STORE_UNAVAILABLE,
                f"no outcome yet: {type(error).__name__} {error}",
                retry_after=_retry_after(),
            ) from error
        finally:
            pending.waiters -= 1
            if pending.waiters == 0:
                pending.outcome.cancel()
                if line.get(identity) is pending:
                    del line[identity]

    async def _produce(
        self, topic: str, partition: int, wish: records.WishRecord, pending: _Pending
    ) -> asyncio.Future[Any]:
        # In the order they were asked: the first sends to a topic wait for its metadata, and one
        # that comes a moment later would find it there and go before them.
        headers = [*(traced() or begun()), (ASKED, b"%d" % int(time.time() * 1000))]
        async with self._turns[topic, partition]:
            delivery: Any = await self._app.producer.send(
                topic, wish.key.encode(), records.encode(wish), partition, None, headers
            )
        delivery.add_done_callback(partial(self._delivered, pending))
        return delivery  # type: ignore[no-any-return]  # the future of its place

    def _delivered(self, pending: _Pending, delivery: asyncio.Future[object]) -> None:
        error = None if delivery.cancelled() else delivery.exception()
        if is_spent(error):
            producer: Any = self._app.producer
            producer.renew()
        pending.failed(error)

    def resolve(
        self, request_topic: str, partition: int, identity: Identity, outcome: object
    ) -> None:
        """An outcome was read: whoever waits for this identity gets it; others are ignored."""
        pending = self._lines.get((request_topic, partition), {}).pop(identity, None)
        if pending is not None and not pending.outcome.done():
            pending.outcome.set_result(outcome)
            self._metrics(request_topic).answered.observe(self._clock() - pending.since)

    def waits(self, request_topic: str, partition: int) -> bool:
        """True when some wish of this partition waits (a cheap test before decoding)."""
        return bool(self._lines.get((request_topic, partition)))
