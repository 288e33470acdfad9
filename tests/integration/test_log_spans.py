"""The log from recorded positions on, on real Kafka."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from chatstream.domain.backoff import Backoff
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.commands import produce
from infra.kafka.log_spans import between, faults, positions, since
from infra.kafka.offsets import KafkaOffsets
from infra.kafka.producer import Outgoing
from infra.retrying import retried

PARTITIONS = 2


class Topic:
    """A topic of the test's own, and a group that reads it."""

    def __init__(self, servers: Stack) -> None:
        self.name = f"spans-{uuid.uuid4().hex}"
        self.group = f"group-{self.name}"
        self.settings = KafkaSettings(bootstrap_servers=servers.bootstrap, partitions=PARTITIONS)

    async def put(self, count: int, partition: int = 0) -> None:
        """So many records more."""
        wanted = [Outgoing(self.name, partition, b"k", b"%d" % n, ()) for n in range(count)]
        await produce(self.settings, wanted)

    async def noted(self, *groups: str) -> list[int]:
        """The positions, as a backup notes them."""
        return (await positions(self.settings, [self.name], groups))[self.name]

    async def read(self, *offsets: int) -> list[tuple[int, int]]:
        """(partition, offset) of what is since."""
        found = since(self.settings, {self.name: offsets})
        return sorted([(each.partition, each.offset) async for each in found])


@pytest.fixture
async def topic(servers: Stack) -> AsyncIterator[Topic]:
    topic = Topic(servers)
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.name, PARTITIONS, 1)])
        yield topic
        await admin.delete_topics([topic.name])
    finally:
        await admin.close()


async def test_what_is_not_committed_is_behind_the_positions(topic: Topic) -> None:
    await topic.put(5)
    await topic.put(2, partition=1)
    assert await topic.noted() == [5, 2], "nobody reads it"
    begin = partial(KafkaOffsets(topic.settings).begin, topic.group, {topic.name: {0: 3}})
    await retried(begin, Backoff(0.1, 1.0), within=60)  # a new broker makes its offsets' topic now
    assert await topic.noted(topic.group) == [3, 2]
    assert await topic.noted("another") == [5, 2]
    assert await topic.read(3, 2) == [(0, 3), (0, 4)]
    assert await topic.read(5, 2) == []
    await topic.put(1, partition=1)
    assert await topic.read(5, 2) == [(1, 2)]


async def test_a_log_that_does_not_go_on_there_is_told(topic: Topic, servers: Stack) -> None:
    await topic.put(5)
    assert await faults(topic.settings, {topic.name: [5, 0]}) == []
    (told,) = await faults(topic.settings, {topic.name: [6, 0]})
    assert told == f"{topic.name}/0: ends before 6: it is another log"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await admin.start()
    try:
        place = TopicPartition(topic.name, 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=4)})
    finally:
        await admin.close()
    assert await faults(topic.settings, {topic.name: [4, 0]}) == []
    (told,) = await faults(topic.settings, {topic.name: [1, 0]})
    assert told == f"{topic.name}/0: 3 records are deleted by retention"
    assert await topic.read(1, 0) == [(0, 4)]


async def test_what_lies_between_two_times_is_told_in_its_order(topic: Topic) -> None:
    base = round(time.time() * 1000) - 100_000
    producer = AIOKafkaProducer(bootstrap_servers=topic.settings.bootstrap_servers)
    await producer.start()
    try:
        for second in (0, 10, 10, 5, 20, 30):
            at_ms = base + 1000 * second
            await producer.send_and_wait(topic.name, b"v", b"k", partition=1, timestamp_ms=at_ms)
    finally:
        await producer.stop()

    async def found(first: int, last: int) -> list[tuple[int, int]]:
        records = between(topic.settings, topic.name, 1, base + first, base + last)
        return [(each.offset, each.at_ms - base) async for each in records]

    # A clock that steps back: what lies between is told all the same.
    assert await found(10_000, 20_000) == [(1, 10_000), (2, 10_000), (3, 5_000)]
    assert [offset for offset, _ in await found(9_999, 20_001)] == [1, 2, 3, 4]
    assert [offset for offset, _ in await found(0, 60_000)] == [0, 1, 2, 3, 4, 5]
    assert await found(30_001, 60_000) == []
