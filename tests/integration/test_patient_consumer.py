"""Questions of a patient consumer about many topics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.faust.reconnecting import PatientConsumer
from tests.client.waiting import eventually

pytestmark = pytest.mark.servers

MANY = 24


@pytest.fixture
async def topics(stack: Stack) -> AsyncIterator[list[str]]:
    """So many of them, with two partitions each, all of which have a leader."""
    names = [f"test.{uuid4()}" for _ in range(MANY)]
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1) for name in names])

        async def are_led() -> bool:
            described = await admin.describe_topics(names)
            leaders = [each["leader"] for topic in described for each in topic["partitions"]]
            return len(leaders) == 2 * MANY and min(leaders) >= 0

        await eventually(are_led)
        yield names
    finally:
        await admin.delete_topics(names)
        await admin.close()


async def test_where_many_topics_lie_is_asked_once(stack: Stack, topics: list[str]) -> None:
    consumer = PatientConsumer(
        bootstrap_servers=KafkaSettings(bootstrap_servers=stack.bootstrap).bootstrap_servers
    )
    await consumer.start()
    try:
        asked: list[set[str]] = []
        update: Any = consumer._client._metadata_update

        async def noted(cluster: Any, named: Any) -> Any:
            asked.append(set(named))
            return await update(cluster, named)

        consumer._client._metadata_update = noted
        places = [TopicPartition(name, number) for name in topics for number in range(2)]
        assert await consumer.end_offsets(places) == dict.fromkeys(places, 0)
        assert await consumer.beginning_offsets(places) == dict.fromkeys(places, 0)
        first, *more = [each for each in asked if each]
        assert first == set(topics), "all of them are named in the first question"
        assert all(each == first for each in more)
    finally:
        await consumer.stop()
