"""Records that a reader holds unacknowledged, many at a time, until what they ask for is done.

Faust hands an agent one record after another and acknowledges each when the next one is asked for.
Whoever works in batches takes what is there (`take_each`), says what it holds (`hold`), and
acknowledges later (`EventT.ack`) or lets go (`let_go`). Where it can take no more, fetching of a
partition pauses.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from faust.types import TP, EventT
from faust.types.app import AppT


async def take_each(stream: Any, accept: Callable[[EventT], Awaitable[None]]) -> None:
    """Await `accept` for every record of an agent's stream, in order, until the stream ends.

    None is acknowledged, and none is held before `hold`. What waits in the stream's queue is taken
    at once: the stream's iterator makes tasks and asks sensors for each record.
    """
    stream = stream.noack()
    queue = stream.channel.queue
    async for event in stream.events():
        await accept(event)
        while not queue.empty():
            await accept(queue.get_nowait())


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
