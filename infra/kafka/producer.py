"""Producing records so that none is lost and their order per partition holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be produced to an explicit partition."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


async def send_all(app: faust.App, records: Sequence[Outgoing]) -> None:
    """Produce the records in order and wait until the broker has all of them.

    Raises TransientFailure when one was not taken: the caller repeats the whole batch; readers
    skip what they have seen. Raises Fenced when this producer can never succeed again.
    """
    if not records:
        return
    try:
        futures = [
            await app.producer.send(
                record.topic,
                record.key,
                record.value,
                record.partition,
                None,
                list(record.headers) or None,
            )
            for record in records
        ]
    except (kafka_errors.KafkaError, ProducerSendError, NotReady, TimeoutError) as error:
        raise failure_of(error) from error
    for result in await asyncio.gather(*futures, return_exceptions=True):
        if isinstance(result, BaseException):
            raise failure_of(result) from result


def failure_of(error: BaseException) -> Exception:
    """What a failed send means: TransientFailure, or Fenced when this producer is of no use."""
    cause = error.__cause__ if isinstance(error, ProducerSendError) else error
    text = f"kafka: {type(cause).__name__}: {cause}"
    return Fenced(text) if isinstance(cause, _FATAL) else TransientFailure(text)


def is_spent(error: BaseException | None) -> bool:
    """Whether this failure means that the producer can never succeed again."""
    return isinstance(error, _FATAL)


async def send_batches(
    app: Any, topic: str, partition: int, records: Sequence[tuple[bytes, bytes | None]]
) -> list[tuple[int, int]]:
    """Produce (key, value) records in order as whole batches, and wait for the broker.

    A batch costs a fraction of as many single sends. Returns (first offset, how many) of each
    batch; the offset is -1 when the broker has taken it but does not say where. Raises like
    `send_all`.
    """
    faust_producer: Any = app.producer
    producer = faust_producer._producer
    sent: list[tuple[Any, int]] = []
    rest = iter(records)
    record = next(rest, None)
    try:
        while record is not None:
            batch = producer.create_batch()
            count = 0
            while record is not None:
                key, value = record
                if batch.append(timestamp=None, key=key, value=value) is None:
                    break
                count += 1
                record = next(rest, None)
            if not count:
                raise ValueError(f"{topic}: a record is larger than a batch")
            batch.close()
            sent.append((await producer.send_batch(batch, topic, partition=partition), count))
    except (kafka_errors.KafkaError, NotReady, TimeoutError) as error:
        raise failure_of(error) from error
    spans = []
    futures = [future for future, _ in sent]
    results = await asyncio.gather(*futures, return_exceptions=True)
    for (_, count), result in zip(sent, results, strict=True):
        if isinstance(result, BaseException):
            raise failure_of(result) from result
        spans.append((result.offset, count))
    return spans
