"""What a real broker makes of a member that comes back by its name, and of one by another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.embedded.stack import Stack
from infra.faust.membership import instance_id
from tests.client.waiting import eventually

DEADLINE = 60.0
PARTITIONS = 8
SESSION = 3_000  # milliseconds


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """A consumer under a worker's name; `assigned` has each of its assignments."""

    def __init__(self, broker: str, group: str, name: str, topics: Sequence[str]) -> None:
        self.assigned: list[set[TopicPartition]] = []
        self.consumer = AIOKafkaConsumer(
            bootstrap_servers=broker,
            group_id=group,
            group_instance_id=instance_id(name, topics),
            session_timeout_ms=SESSION,
            heartbeat_interval_ms=500,
        )
        self._topics = topics

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing."""

    def on_partitions_assigned(self, assigned: Any) -> None:
        self.assigned.append(set(assigned))

    async def start(self) -> None:
        await self.consumer.start()
        self.consumer.subscribe(self._topics, listener=self)
        await self.until(lambda: bool(self.assigned))

    async def until(self, condition: Callable[[], bool]) -> None:
        async def holds() -> bool:
            return condition()

        await eventually(holds, DEADLINE, every=0.05)

    @property
    def generation(self) -> int:
        """Of the group, as the broker told it to this member last."""
        coordinator: Any = self.consumer._coordinator
        return int(coordinator.generation)

    @property
    def topics(self) -> set[str]:
        return {tp.topic for tp in self.assigned[-1]}


Join = Callable[..., Any]


@pytest.fixture
async def topics(servers: Stack) -> AsyncIterator[list[str]]:
    """Two topics of the test's own."""
    names = [f"test.{name}.{uuid4().hex}" for name in ("rooms", "notices")]
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    yield names
    await admin.delete_topics(names)
    await admin.close()


@asynccontextmanager
async def group(servers: Stack) -> AsyncIterator[Join]:
    """Members of one new group; those that were not stopped end with the block."""
    async with AsyncExitStack() as ending:
        name = uuid4().hex

        async def join(worker: str, *topics: str) -> Member:
            member = Member(servers.bootstrap, name, worker, topics)
            ending.push_async_callback(member.consumer.stop)
            await member.start()
            return member

        yield join


async def test_who_comes_back_has_the_same_partitions_and_the_others_notice_nothing(
    servers: Stack, topics: list[str]
) -> None:
    rooms = topics[0]
    async with group(servers) as join:
        leader = await join("chat-1", rooms)
        other = await join("chat-2", rooms)
        await leader.until(lambda: len(leader.assigned[-1]) == PARTITIONS // 2)
        for worker in ("chat-2", "chat-1"):  # a follower, and the one that leads
            left = {"chat-1": leader, "chat-2": other}[worker]
            stays = other if left is leader else leader
            before, generation = len(stays.assigned), left.generation
            await left.consumer.stop()
            back = await join(worker, rooms)
            assert back.assigned == [left.assigned[-1]]
            # A rebalance would have made another.
            assert back.generation == generation == stays.generation
            assert len(stays.assigned) == before
            if left is leader:
                leader = back
            else:
                other = back


async def test_a_version_that_reads_more_is_let_in_by_a_rebalance(
    servers: Stack, topics: list[str]
) -> None:
    rooms, notices = topics
    async with group(servers) as join:
        former = [await join(f"chat-{n}", rooms) for n in (1, 2)]
        fresh = []
        for number, member in enumerate(former, 1):
            await member.consumer.stop()
            fresh.append(await join(f"chat-{number}", rooms, notices))
        everything = {TopicPartition(t, p) for t in (rooms, notices) for p in range(PARTITIONS)}
        await fresh[0].until(lambda: {*fresh[0].assigned[-1], *fresh[1].assigned[-1]} == everything)
        assert fresh[0].topics == fresh[1].topics == {rooms, notices}
