"""Kafka's clients keep what waits through an outage, and ask in moderation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError

from chatstream.domain.backoff import Backoff
from infra.faust import reconnecting
from infra.faust.reconnecting import (
    FIRST,
    INTERVAL,
    MOST,
    PatientAdmin,
    PatientConsumer,
    Refusals,
    make_patient,
)
from infra.faust.sending import PatientProducer

PLACE = TopicPartition("kakao.chat.chatMessage.REQUEST", 3)


def test_only_who_refused_is_left_alone_and_never_for_long() -> None:
    refusals = Refusals(clock=lambda: 0.0)
    waits = []
    for _ in range(60):
        refusals.refused(1)
        waits.append(refusals.seconds(1))
    assert FIRST / 2 <= waits[0] <= FIRST
    assert all(MOST / 2 <= wait <= MOST for wait in waits[3:])
    assert refusals.seconds(2) == 0.0
    refusals.answered(1)
    assert refusals.seconds(1) == 0.0


async def test_the_next_connection_waits_and_one_that_was_lost_is_made_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, tried, answers = 0.0, [], iter([None, None, "link", None, "link"])

    async def connect(_client: Any, node: int, **_: Any) -> Any:
        tried.append(now)
        return next(answers)

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(AIOKafkaClient, "_get_conn", connect)
    monkeypatch.setattr("infra.faust.reconnecting.read_frames", lambda _: None)
    monkeypatch.setattr("infra.faust.reconnecting.asyncio.sleep", sleep)
    client: Any = AIOKafkaClient()
    make_patient(client)
    client.refusals = Refusals(clock=lambda: now)
    monkeypatch.setattr("infra.faust.reconnecting.Backoff", partial(Backoff, chance=lambda: 1.0))
    found = [await client._get_conn(1) for _ in range(5)]
    assert found == [None, None, "link", None, "link"]
    assert tried == pytest.approx([0.0, FIRST, 3 * FIRST, 3 * FIRST, 4 * FIRST])


async def test_an_admin_client_asks_another_broker_when_one_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[Any] = [NodeNotReadyError("1"), NodeNotReadyError("2"), "topics"]
    asked = []

    async def send(_client: Any, node: int, request: str) -> str:
        asked.append((node, request))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    nodes = iter([1, 2, 3])
    monkeypatch.setattr(AIOKafkaClient, "send", send)
    monkeypatch.setattr(reconnecting.PatientClient, "get_random_node", lambda _client: next(nodes))
    admin: Any = PatientAdmin()
    assert await admin._send_request("list") == "topics"
    assert asked == [(1, "list"), (2, "list"), (3, "list")]
    # Where only that one broker has the answer, whoever asks decides.
    answers.append(NodeNotReadyError("7"))
    with pytest.raises(NodeNotReadyError):
        await admin._send_request("describe", 7)


async def test_an_admin_client_gives_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(_client: Any, node: int, request: str) -> str:
        raise NodeNotReadyError(f"{node}: {request}")

    monkeypatch.setattr(AIOKafkaClient, "send", send)
    monkeypatch.setattr(reconnecting, "ASK_WITHIN", 0.0)
    admin: Any = PatientAdmin()
    with pytest.raises(NodeNotReadyError):
        await admin._send_request("list")


async def test_a_connection_that_is_there_is_used_whoever_else_was_refused() -> None:
    client: Any = AIOKafkaClient()
    make_patient(client)
    link = SimpleNamespace(connected=lambda: True)
    client._conns[1, ConnectionGroup.DEFAULT] = link
    client.refusals.refused(1)
    assert await client._get_conn(1) is link
    assert client.refusals.seconds(1) > 0


@pytest.fixture
async def producer() -> AsyncIterator[Any]:
    """One that has its producer id and no broker."""
    made: Any = PatientProducer(bootstrap_servers="127.0.0.1:1", enable_idempotence=True)
    made._txn_manager.set_pid_and_epoch(17, 0)
    yield made
    made._closed = True


async def test_a_long_outage_neither_drops_a_record_nor_tears_the_sequence(
    producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("aiokafka.producer.message_accumulator.time", clock)
    waiting = producer._message_accumulator
    delivery = await waiting.add_message(PLACE, b"key", b"value", 1.0)
    now = 10 * producer._request_timeout_ms / 1000
    assert waiting.drain_by_nodes(ignore_nodes=set()) == ({}, True)
    assert not delivery.done()
    assert producer._txn_manager.sequence_number(PLACE) == 0
    monkeypatch.setattr(producer._metadata, "leader_for_partition", lambda _place: 1)
    batches, _ = waiting.drain_by_nodes(ignore_nodes=set())
    batches[1][PLACE].done(base_offset=41)
    assert (await delivery).offset == 41


async def test_metadata_is_asked_for_at_intervals(
    producer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def update(_client: Any, *_: Any) -> bool:
        asked.append(asyncio.get_running_loop().time())
        return False

    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", update)
    for _ in range(3):
        await producer.client._metadata_update(None, ())
    assert asked[2] - asked[0] >= 2 * INTERVAL - 0.01


async def test_consumers_are_patient_too() -> None:
    consumer: Any = PatientConsumer(bootstrap_servers="127.0.0.1:1")
    assert isinstance(consumer._client, reconnecting.PatientClient)
    assert consumer._client.refusals.seconds(1) == 0.0
    await consumer.stop()


async def test_a_process_that_starts_waits_for_the_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([KafkaConnectionError(), KafkaConnectionError(), None])
    closed = []

    async def bootstrap(_client: Any) -> None:
        if error := next(answers):
            raise error

    async def close(client: Any) -> None:
        closed.append(client)

    monkeypatch.setattr(AIOKafkaClient, "bootstrap", bootstrap)
    monkeypatch.setattr(AIOKafkaClient, "close", close)
    await reconnecting.await_broker("127.0.0.1:1")
    assert next(answers, "nothing more was asked") == "nothing more was asked"
    assert len(closed) == 3
