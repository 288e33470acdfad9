"""How what was produced gets to the brokers: one request a broker, in order, and after a fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.producer.message_accumulator import MessageAccumulator

from infra.faust.sending import PatientProducer, PromptSender

HERE, BESIDE, ELSEWHERE = (TopicPartition("t", n) for n in range(3))


class Brokers:
    """Who leads which partition, and what was sent to whom; a gate holds up each request."""

    def __init__(self) -> None:
        self.leaders: dict[TopicPartition, int | None] = {HERE: 1, BESIDE: 1, ELSEWHERE: 2}
        self.updated: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.requests: list[tuple[int, set[TopicPartition]]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.came = asyncio.Event()
        self.fault: Exception | None = None

    def leader_for_partition(self, tp: TopicPartition) -> int | None:
        return self.leaders[tp]

    def force_metadata_update(self) -> asyncio.Future[None]:
        return self.updated


class Sending(PromptSender):
    """Its requests go to the brokers of the test."""

    def __init__(self, brokers: Brokers) -> None:
        self.brokers = brokers
        super().__init__(
            brokers,
            acks=-1,
            txn_manager=None,
            message_accumulator=MessageAccumulator(brokers, 1 << 14, 0, 30),
            retry_backoff_ms=100,
            request_timeout_ms=1000,
        )

    async def _send_produce_req(self, node_id: int, batches: Mapping[TopicPartition, Any]) -> None:
        self.brokers.requests.append((node_id, set(batches)))
        self.brokers.came.set()
        await self.brokers.gate.wait()
        if self.brokers.fault is not None:
            raise self.brokers.fault
        for batch in batches.values():
            batch.done(0)
        self._in_flight.remove(node_id)
        self._muted_partitions.difference_update(batches)

    async def put(self, tp: TopicPartition) -> asyncio.Future[Any]:
        told: asyncio.Future[Any] = await self._message_accumulator.add_message(tp, b"k", b"v", 10)
        return told


@pytest.fixture
async def sending() -> AsyncIterator[Sending]:
    made = Sending(Brokers())
    await made.start()
    async with asyncio.timeout(60):
        yield made
    made.brokers.gate.set()
    if not made.sender_task.done():
        await made.close()


async def test_what_was_put_together_is_one_request_a_broker(sending: Sending) -> None:
    told = [await sending.put(tp) for tp in (HERE, BESIDE, ELSEWHERE)]
    await asyncio.gather(*told)
    assert sending.brokers.requests == [(1, {HERE, BESIDE}), (2, {ELSEWHERE})]


async def test_a_broker_that_owes_an_answer_gets_the_rest_after_it_and_others_at_once(
    sending: Sending,
) -> None:
    brokers = sending.brokers
    brokers.gate.clear()
    first = await sending.put(HERE)
    await brokers.came.wait()
    brokers.came.clear()
    later, other = await sending.put(BESIDE), await sending.put(ELSEWHERE)
    await brokers.came.wait()
    assert brokers.requests == [(1, {HERE}), (2, {ELSEWHERE})]
    brokers.gate.set()
    await asyncio.gather(first, later, other)
    assert brokers.requests[2:] == [(1, {BESIDE})]


async def test_what_has_no_leader_waits_until_one_is_told(sending: Sending) -> None:
    sending.brokers.leaders[HERE] = -1
    told = await sending.put(HERE)
    await asyncio.gather(await sending.put(ELSEWHERE))
    assert not told.done()
    sending.brokers.leaders[HERE] = 2
    sending.brokers.updated.set_result(None)
    await told
    assert sending.brokers.requests == [(2, {ELSEWHERE}), (2, {HERE})]


@pytest.mark.parametrize(
    ("fault", "told"), [(ProducerFenced(), ProducerFenced), (ValueError("a bug"), KafkaError)]
)
async def test_a_fault_that_no_request_can_follow_fails_all_that_waits(
    sending: Sending, fault: Exception, told: type[Exception]
) -> None:
    brokers = sending.brokers
    brokers.gate.clear()
    futures = [await sending.put(HERE)]
    await brokers.came.wait()
    futures.append(await sending.put(BESIDE))
    brokers.fault = fault
    brokers.gate.set()
    for each in futures:
        with pytest.raises(told):
            await each


async def test_the_end_waits_for_what_is_under_way(sending: Sending) -> None:
    sending.brokers.gate.clear()
    told = await sending.put(HERE)
    await sending.brokers.came.wait()
    ending = asyncio.create_task(sending.close())
    await asyncio.sleep(0)
    sending.brokers.gate.set()
    await ending
    assert told.done()


async def test_every_producer_sends_so() -> None:
    producer = PatientProducer()
    assert type(producer._sender) is PromptSender
    producer._closed = True  # it never started, so there is nothing to be closed
