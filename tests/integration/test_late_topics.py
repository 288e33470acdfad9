"""A topic that is made while its group is assigned, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.embedded.stack import Stack
from infra.faust.known_topics import wait_for_topics

DEADLINE = 60.0


@pytest.fixture
async def admin(servers: Stack) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await client.start()
    yield client
    await client.close()


class Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """The topics of each assignment, in order."""

    def __init__(self) -> None:
        self.topics: list[set[str]] = []
        self.came = asyncio.Event()

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing."""

    def on_partitions_assigned(self, assigned: Any) -> None:
        self.topics.append({tp.topic for tp in assigned})
        self.came.set()


async def test_a_topic_made_during_the_assignment_is_in_it(
    servers: Stack, admin: AIOKafkaAdminClient
) -> None:
    early, late = (f"test.{name}.{uuid4().hex}" for name in ("early", "late"))
    await admin.create_topics([NewTopic(early, 2, 1)])
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.bootstrap, group_id=uuid4().hex)
    await consumer.start()
    coordinator: Any = consumer._coordinator
    assign, was_asked = coordinator._perform_assignment, asyncio.Event()

    async def assign_and_tell(response: Any) -> Any:
        found = await assign(response)
        was_asked.set()
        return found

    coordinator._perform_assignment = assign_and_tell
    wait_for_topics(coordinator, within=DEADLINE)
    assignments = Assignments()
    try:
        consumer.subscribe([early, late], listener=assignments)
        async with asyncio.timeout(DEADLINE):
            await was_asked.wait()
            assert not assignments.came.is_set()
            await admin.create_topics([NewTopic(late, 2, 1)])
            await assignments.came.wait()
    finally:
        await consumer.stop()
        await admin.delete_topics([early, late])
    assert assignments.topics[0] == {early, late}
