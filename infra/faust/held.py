"""Records that a reader holds unacknowledged, many at a time, until what they ask for is done.

Faust hands an agent one record after another and acknowledges each when the next one is asked for.
Whoever works in batches takes what is there (`take_each`), says what it holds (`hold`), and
acknowledges later (`EventT.ack`) or lets go (`let_go`). Where it can take no more, fetching of a
partition pauses.

A record of a topic that one agent reads is offered to it by the consumer, in the turn of the loop
in which it was fetched: by Faust's conductor, channel and stream it is four turns on its way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from faust.types import TP, EventT
from faust.types.app import AppT


class Taker(Protocol):
    """Who takes the records of an agent's stream."""

    async def accept(self, event: EventT) -> None:
        """Take a record, which may wait: those behind it come after it."""
        ...

    def accept_next(self, message: Any) -> bool:
        """Take a record at once, acknowledged by one; False: it may wait, and nothing was done."""
        ...


async def take_each(app: AppT, stream: Any, taker: Taker) -> None:
    """Give the taker every record of an agent's stream, in order, until the stream ends.

    None is acknowledged, and none is held before `hold`. What waits in the stream's queue is taken
    at once: the stream's iterator makes tasks and asks sensors for each record. While nothing waits
    there, records of topics that nobody else reads are offered past it.
    """
    stream = stream.noack()
    queue = stream.channel.queue
    is_accepting = False

    def offer(message: Any) -> bool:
        return queue.empty() and not is_accepting and taker.accept_next(message)

    offers: Offers = app.offers  # type: ignore[attr-defined]  # of ours
    offers.add(stream.channel.topics, offer)
    try:
        async for event in stream.events():
            is_accepting = True
            await taker.accept(event)
            while not queue.empty():
                await taker.accept(queue.get_nowait())
            is_accepting = False
    finally:
        offers.discard(stream.channel.topics, offer)


class Offers:
    """Who takes the records of a topic past its stream: the only agent that reads it."""

    def __init__(self) -> None:
        self._agents = Counter[str]()
        self._of: dict[str, list[Callable[[Any], bool]]] = defaultdict(list)

    def expect(self, topics: Iterable[str]) -> None:
        """An agent was declared that reads the topics, whether it runs just now or not."""
        self._agents.update(topics)

    def add(self, topics: Iterable[str], offer: Callable[[Any], bool]) -> None:
        """From now on this one reads the topics."""
        for topic in topics:
            self._of[topic].append(offer)

    def discard(self, topics: Iterable[str], offer: Callable[[Any], bool]) -> None:
        """It reads them no more."""
        for topic in topics:
            self._of[topic].remove(offer)

    def is_taken(self, message: Any) -> bool:
        """Offer the record to its reader; False when there are several, or it does not take it."""
        topic = message.topic
        readers = self._of.get(topic, ())
        return len(readers) == 1 and self._agents[topic] <= 1 and readers[0](message)


def hold(app: AppT, message: Any) -> None:
    """A rebalance and the stop wait for this record until it is acknowledged or let go.

    Idempotent: the stream's iterator has done it for those that came through it.
    """
    if not message.tracked:
        message.tracked = True
        app.consumer.track_message(message)


def let_go(app: AppT, message: Any) -> None:
    """Nobody waits for this record any more; unacknowledged, it comes again to its next owner.

    Faust would wait for it, and hold the whole group: the last record of a stream is never
    garbage-collected, because the stream's own iterator holds it.
    """
    app.consumer.unacked.discard(message)


def begin_of(app: AppT, topic: str, partition: int) -> int | None:
    """The committed offset with which this worker began a partition; None: there was none."""
    consumer: Any = app.consumer
    # A TP is a tuple, and equal to a plain one, which is made much faster.
    found: int | None = consumer.begins.get((topic, partition))
    return found


def pause(app: AppT, topic: str, partition: int) -> None:
    """Fetch nothing more of this partition until `resume`; what is fetched still comes."""
    # Not `message.tp`: that is aiokafka's type, which Faust's consumer does not take.
    app.consumer.on_buffer_full(TP(topic, partition))


def resume(app: AppT, topic: str, partition: int) -> None:
    """Fetch this partition again."""
    app.consumer.on_buffer_drop(TP(topic, partition))
