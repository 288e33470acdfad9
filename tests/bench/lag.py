"""How far the services that only read are behind, from their committed offsets."""

from __future__ import annotations

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from schemas.contexts.messages import MESSAGE
from tables.stats import VERSION

GROUPS = (f"chatstream-stats-v{VERSION}", "chatstream-log")
SETTLE_WITHIN = 240.0


async def _end_offsets(bootstrap: str, topic: str) -> list[int]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        numbers = sorted(consumer.partitions_for_topic(topic) or ())
        ends = await consumer.end_offsets([TopicPartition(topic, n) for n in numbers])
        return [ends[TopicPartition(topic, n)] for n in numbers]
    finally:
        await consumer.stop()


def end_offsets(stack: Stack) -> list[int]:
    """The next offset of each partition of the messages' RESPONSE topic; blocks."""
    return asyncio.run(_end_offsets(stack.bootstrap, MESSAGE.response.name))


async def _lag(bootstrap: str) -> int:
    topic = MESSAGE.response.name
    ends = await _end_offsets(bootstrap, topic)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    behind = 0
    try:
        for group in GROUPS:
            committed = await admin.list_consumer_group_offsets(group)
            for partition, end in enumerate(ends):
                found = committed.get(TopicPartition(topic, partition))
                behind += end - max(found.offset if found else 0, 0)
    finally:
        await admin.close()
    return behind


def settle(stack: Stack) -> float:
    """Wait until words and search have caught up; returns the seconds it took. Blocks."""
    started = time.monotonic()
    wait_until(
        lambda: asyncio.run(_lag(stack.bootstrap)) == 0, SETTLE_WITHIN, "words and search's backlog"
    )
    return time.monotonic() - started


async def _create(bootstrap: str, names: tuple[str, ...], partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()


async def _delete(bootstrap: str, names: tuple[str, ...]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


def create_topics(stack: Stack, names: tuple[str, ...], partitions: int) -> None:
    """Make topics of the bench's own; blocks."""
    asyncio.run(_create(stack.bootstrap, names, partitions))


def delete_topics(stack: Stack, names: tuple[str, ...]) -> None:
    """Remove them; blocks."""
    asyncio.run(_delete(stack.bootstrap, names))
