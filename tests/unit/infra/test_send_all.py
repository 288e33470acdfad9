"""What was produced is done when the broker has spoken of every record of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber

from chatstream.errors import Fenced, TransientFailure
from infra.kafka.producer import Outgoing, send_all

RECORDS = [Outgoing("t", partition, b"k", b"v") for partition in range(3)]


class Producer:
    """Its records are answered by the test."""

    def __init__(self) -> None:
        self.answers: list[asyncio.Future[Any]] = []

    async def send(self, *_: object) -> asyncio.Future[Any]:
        self.answers.append(asyncio.get_running_loop().create_future())
        return self.answers[-1]


async def sending(producer: Producer) -> asyncio.Task[None]:
    app: Any = SimpleNamespace(producer=producer)
    task = asyncio.create_task(send_all(app, RECORDS))
    await asyncio.sleep(0)
    assert len(producer.answers) == len(RECORDS)
    return task


async def test_it_waits_for_the_last_however_the_answers_come() -> None:
    producer = Producer()
    task = await sending(producer)
    for each in reversed(producer.answers[1:]):
        each.set_result(None)
    await asyncio.sleep(0)
    assert not task.done()
    producer.answers[0].set_result(None)
    await task


@pytest.mark.parametrize(
    ("error", "told"),
    [(KafkaTimeoutError(), TransientFailure), (OutOfOrderSequenceNumber(), Fenced)],
)
async def test_the_first_that_failed_is_told_when_all_have_been_spoken_of(
    error: Exception, told: type[Exception]
) -> None:
    producer = Producer()
    task = await sending(producer)
    producer.answers[0].set_exception(error)
    producer.answers[1].set_exception(ValueError("a later one"))
    await asyncio.sleep(0)
    assert not task.done()
    producer.answers[2].set_result(None)
    with pytest.raises(told, match=type(error).__name__):
        await task


async def test_a_record_that_is_given_up_is_to_be_sent_again_and_nobody_is_cancelled() -> None:
    producer = Producer()
    task = await sending(producer)
    producer.answers[0].cancel()
    for each in producer.answers[1:]:
        each.set_result(None)
    with pytest.raises(TransientFailure):
        await task


async def test_who_is_cancelled_waits_no_longer_for_any() -> None:
    producer = Producer()
    task = await sending(producer)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(each.cancelled() for each in producer.answers)
