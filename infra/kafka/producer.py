"""Producing records so that none is lost and their order per partition holds."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import faust
from aiokafka import errors as kafka_errors
from faust.exceptions import NotReady, ProducerSendError

from chatstream.errors import Fenced, TransientFailure

# After these the producer's sequence numbers are of no use any more: only a new producer, and so
# a new process, can go on.
_FATAL = (
    kafka_errors.OutOfOrderSequenceNumber,
    kafka_errors.ProducerFenced,
    kafka_errors.InvalidProducerEpoch,
    kafka_errors.UnknownProducerId,
)

# Key, value and headers.
_Row = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
_NONE: list[tuple[str, bytes]] = []


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be produced to an explicit partition."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


async def send_all(app: faust.App, records: Sequence[Outgoing]) -> None:
    """Produce the records, in order within each partition, and wait until the broker has them all.

    Raises TransientFailure when one was not taken: the caller repeats the whole batch; readers
    skip what they have seen. Raises Fenced when this producer can never succeed again.
    """
    places: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
    for record in records:
        places[record.topic, record.partition].append(record)
    futures: list[Any] = []
    try:
        for (topic, partition), found in places.items():
            if len(found) == 1:
                futures.append(await _submit_one(app, found[0]))
            else:
                rows = [(each.key, each.value, list(each.headers)) for each in found]
                futures += [future for future, _ in await _submit(app, topic, partition, rows)]
    except (kafka_errors.KafkaError, ProducerSendError, NotReady, TimeoutError) as error:
        raise failure_of(error) from error
    await _delivered(futures)


async def _submit_one(app: faust.App, record: Outgoing) -> Any:
    headers = list(record.headers) or None
    return await app.producer.send(
        record.topic, record.key, record.value, record.partition, None, headers
    )


def failure_of(error: BaseException) -> Exception:
    """What a failed send means: TransientFailure, or Fenced when this producer is of no use."""
    cause = error.__cause__ if isinstance(error, ProducerSendError) else error
    text = f"kafka: {type(cause).__name__}: {cause}"
    return Fenced(text) if isinstance(cause, _FATAL) else TransientFailure(text)


def is_spent(error: BaseException | None) -> bool:
    """Whether this failure means that the producer can never succeed again."""
    return isinstance(error, _FATAL)


async def send_batches(
    app: faust.App, topic: str, partition: int, records: Sequence[tuple[bytes, bytes | None]]
) -> list[tuple[int, int]]:
    """Produce (key, value) records in order and wait for the broker.

    Returns (first offset, how many) of each batch; the offset is -1 when the broker has taken it
    but does not say where. Raises like `send_all`.
    """
    try:
        sent = await _submit(app, topic, partition, ((key, value, _NONE) for key, value in records))
    except (kafka_errors.KafkaError, NotReady, TimeoutError) as error:
        raise failure_of(error) from error
    results = await _delivered([future for future, _ in sent])
    return [(result.offset, count) for (_, count), result in zip(sent, results, strict=True)]


async def _delivered(futures: Sequence[Any]) -> list[Any]:
    """What the broker says of each, once it has spoken of all; raises for the first that failed.

    One after the other: whoever waits is woken by the first, and of an answer all are there then.
    """
    results: list[Any] = []
    failed: BaseException | None = None
    for future in futures:
        try:
            results.append(await future)
        except BaseException as error:
            if not isinstance(error, Exception) and _is_cancelled():
                for each in futures:
                    each.cancel()  # nobody hears how they end
                raise
            failed = failed or error
    if failed is not None:
        raise failure_of(failed) from failed
    return results


def _is_cancelled() -> bool:
    """Whether it is this task that is to end, and not a record that was given up."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def _submit(
    app: faust.App, topic: str, partition: int, rows: Iterable[_Row]
) -> list[tuple[Any, int]]:
    """Hand whole batches to the producer: (future, how many) of each.

    A batch costs a fraction of as many single sends. One batch takes at least one record.
    """
    ours: Any = app.producer
    producer = ours.inner
    sent: list[tuple[Any, int]] = []
    batch, count = producer.create_batch(), 0
    for key, value, headers in rows:
        while batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            if not count:
                raise ValueError(f"{topic}: a record is larger than a batch")
            sent.append((await producer.send_batch(batch, topic, partition=partition), count))
            batch, count = producer.create_batch(), 0
        count += 1
    if count:
        batch.close()
        sent.append((await producer.send_batch(batch, topic, partition=partition), count))
    return sent
