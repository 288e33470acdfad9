"""Producing records so that none is lost and their order per partition holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

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
        raise _failure(error) from error
    for result in await asyncio.gather(*futures, return_exceptions=True):
        if isinstance(result, BaseException):
            raise _failure(result) from result


def _failure(error: BaseException) -> Exception:
    cause = error.__cause__ if isinstance(error, ProducerSendError) else error
    text = f"kafka: {type(cause).__name__}: {cause}"
    return Fenced(text) if isinstance(cause, _FATAL) else TransientFailure(text)
