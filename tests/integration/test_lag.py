"""The lag monitor over real groups: consumers that stall, are too slow, stop, and come back.

Topics and groups of the test's own; the monitor looks at no others.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from agents.lag import samples
from agents.lag.metrics import KAFKA_LAG
from agents.lag.monitor import LagMonitor
from agents.lag.probe import Probes
from chatstream.domain.lag.states import LagState, Sampling
from chatstream.domain.lag.watching import GroupLag
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.groups import KafkaGroups
from infra.kafka.lag_samples import KafkaSamples
from infra.kafka.producer import Outgoing
from infra.kafka.standing_reader import StandingReader
from infra.kafka.topics import TopicAdmin
from schemas.contexts.lag import PROBE
from tests.client.waiting import eventually

pytestmark = pytest.mark.servers

SAMPLING = Sampling(length=4, interval=0.5)
WITHIN = 30.0
OLD = 60.0
"""How long ago the records were made, by their own times."""


@dataclass
class World:
    """A topic of two partitions, a group, and whoever reads there."""

    settings: KafkaSettings
    producer: AIOKafkaProducer
    topic: str
    group: str

    async def produce(self, count: int, partition: int = 0) -> None:
        made = int((time.time() - OLD) * 1000)
        for _ in range(count):
            await self.producer.send(self.topic, b"x", partition=partition, timestamp_ms=made)
        await self.producer.flush()

    async def put(self, outgoing: Sequence[Outgoing]) -> None:
        for each in outgoing:
            await self.producer.send_and_wait(
                each.topic, each.value, each.key, partition=each.partition
            )

    @asynccontextmanager
    async def member(self) -> AsyncIterator[Member]:
        """A consumer of the group that holds both partitions and commits what it is told to."""
        consumer = AIOKafkaConsumer(
            self.topic,
            bootstrap_servers=self.settings.bootstrap_servers,
            group_id=self.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=120_000,  # a loop that is busy elsewhere is no member that left
        )
        await consumer.start()
        try:
            yield Member(self, consumer)
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def monitor(self) -> AsyncIterator[LagMonitor]:
        groups = KafkaGroups(self.settings, self.group)
        told = KafkaSamples(self.settings, samples.told)
        monitor = LagMonitor(groups, told, self.put, SAMPLING, partitions=8)
        try:
            async with monitor:
                yield monitor
        finally:
            KAFKA_LAG.groups = ()
            await groups.close()

    @property
    def lag(self) -> GroupLag | None:
        """The group as it was sampled last."""
        return next((each for each in KAFKA_LAG.groups if each.group == self.group), None)

    async def until(self, holds: Callable[[GroupLag], object]) -> GroupLag:
        """The first sample of which it holds."""

        async def found() -> GroupLag | None:
            return self.lag if self.lag is not None and holds(self.lag) else None

        return await eventually(found, WITHIN, 0.05)  # type: ignore[no-any-return]

    async def until_state(self, state: LagState) -> GroupLag:
        return await self.until(lambda lag: lag.together.state is state)


@dataclass
class Member:
    """A reader that is there, and goes on only as it is told."""

    world: World
    consumer: Any

    async def commit(self, offset: int, partition: int = 0) -> None:
        await self.consumer.commit({TopicPartition(self.world.topic, partition): offset})


@pytest.fixture
async def world(servers: Stack) -> AsyncIterator[World]:
    settings = KafkaSettings(bootstrap_servers=servers.bootstrap)
    async with TopicAdmin(settings) as topics:
        await topics.create()
    name = f"test.lag.{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap)
    await admin.start()
    await producer.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1)])
        yield World(settings, producer, name, f"{name}-group")
    finally:
        await producer.stop()
        await admin.delete_topics([name])
        await admin.close()


async def test_a_reader_that_stalls_then_stops_then_comes_back(world: World) -> None:
    await world.produce(20)
    async with world.monitor():
        async with world.member() as reader:
            await reader.commit(20)
            await world.until(lambda lag: lag.members == 1 and lag.together.lag == 0)
            await world.produce(5)
            stalled = await world.until_state(LagState.STALL)
            whole = stalled.together
            assert (whole.lag, whole.most, whole.catch_up) == (5, 5, None)
            # By the record's own time: it was made a minute before it was produced.
            assert whole.seconds is not None
            assert OLD <= whole.seconds < OLD + WITHIN
        stopped = await world.until_state(LagState.STOP)
        assert stopped.members == 0
        assert not any(each.position.is_held for each in stopped.partitions)
        async with world.member() as reader:
            await reader.commit(25)
            back = await world.until(lambda lag: lag.together.lag == 0)
            assert back.together.state is LagState.OK


async def test_a_reader_that_is_too_slow_is_warned_of_and_one_that_gains_is_not(
    world: World,
) -> None:
    await world.produce(50)
    async with world.monitor() as monitor, world.member() as reader:
        at = 10
        await reader.commit(at)
        while world.lag is None or world.lag.together.state is not LagState.WARN:
            at += 1
            await reader.commit(at)
            await world.produce(3)
            await monitor.sleep(SAMPLING.interval / 4)
            assert at < 200, world.lag
        assert world.lag.together.catch_up is None
        end = max(each.position.end for each in world.lag.partitions)
        while world.lag.together.state is LagState.WARN or not world.lag.together.catch_up:
            at += 2
            await reader.commit(at)
            await monitor.sleep(SAMPLING.interval / 4)
            assert at < end, world.lag
        assert world.lag.together.state is LagState.OK


async def test_a_monitor_that_starts_anew_keeps_the_window(world: World) -> None:
    await world.produce(9)
    async with world.member() as reader:
        await reader.commit(4)
        async with world.monitor():
            await world.until_state(LagState.STALL)
        async with world.monitor():
            first = await world.until(lambda _: True)
        # A window of its own would have to be full before it could tell.
        assert first.together.state is LagState.STALL
    # Nor does it need anybody to be there: the group's commits are those of before.
    async with world.monitor():
        await world.until_state(LagState.STOP)
    async with world.monitor():
        again = await world.until(lambda _: True)
    assert again.together.state is LagState.STOP


async def test_records_that_were_deleted_before_they_were_read_are_lost(
    world: World, servers: Stack
) -> None:
    await world.produce(9)
    async with world.member() as reader:
        await reader.commit(4)
        async with world.monitor():
            await world.until(lambda lag: lag.together.lag == 5)
            admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
            await admin.start()
            try:
                place = TopicPartition(world.topic, 0)
                await admin.delete_records({place: RecordsToDelete(before_offset=7)})
            finally:
                await admin.close()
            lost = await world.until(lambda lag: lag.together.lost)
            assert (lost.together.lost, lost.together.lag) == (3, 5)
            assert lost.together.seconds is not None  # of the first that is left
            await reader.commit(7)
            await world.until(lambda lag: lag.together.lost == 0)


async def test_what_a_member_holds_and_never_committed_counts_from_the_beginning(
    world: World,
) -> None:
    await world.produce(9, partition=1)
    async with world.member(), world.monitor():
        found = await world.until_state(LagState.STALL)
        lags = {each.partition: each.lag for each in found.partitions}
        assert lags == {0: 0, 1: 9}


async def test_what_was_never_committed_is_told_when_nobody_is_there_any_more(
    world: World,
) -> None:
    async with world.monitor():
        async with world.member() as reader:
            await reader.commit(0)  # a group without any commit goes with its last member
            await world.until(lambda lag: len(lag.partitions) == 2)
        await world.produce(9, partition=1)
        found = await world.until_state(LagState.STOP)
        assert {each.partition: each.lag for each in found.partitions} == {0: 0, 1: 9}
    # Whoever watches after that knows it from what was told.
    async with world.monitor():
        found = await world.until_state(LagState.STOP)
        assert {each.partition: each.lag for each in found.partitions} == {0: 0, 1: 9}


async def test_several_groups_are_sampled_together(world: World) -> None:
    await world.produce(3)
    others = [replace(world, group=f"{world.group}-{name}") for name in "ab"]
    groups = KafkaGroups(world.settings, f"{world.group}.*")
    try:
        async with world.member() as one, others[0].member() as two, others[1].member() as three:
            for number, reader in enumerate((one, two, three)):
                await reader.commit(number)
            found = {each.group: each for each in await groups.positions()}
        assert found.keys() == {each.group for each in (world, *others)}
        assert {each.members for each in found.values()} == {1}
        lags = [found[each.group].positions[world.topic, 0].lag for each in (world, *others)]
        assert lags == [3, 2, 1]
    finally:
        await groups.close()


async def test_two_groups_in_one_partition_have_ages_of_their_own(world: World) -> None:
    await world.produce(3)
    old = int((time.time() - 10 * OLD) * 1000)
    await world.producer.send_and_wait(world.topic, b"x", partition=0, timestamp_ms=old)
    groups = KafkaGroups(world.settings, "nobody")
    try:
        place = (world.topic, 0)
        made = await groups.made([(place, 3), (place, 1)])
        now = time.time()
        assert now - made[place, 1] == pytest.approx(OLD, abs=WITHIN)
        assert now - made[place, 3] == pytest.approx(10 * OLD, abs=WITHIN)
    finally:
        await groups.close()


async def test_a_probe_goes_through_every_partition_and_back(world: World, servers: Stack) -> None:
    name = f"test-{uuid4().hex[:8]}"
    probes = Probes(world.put, name, partitions=world.settings.partitions, interval=60.0)
    async with StandingReader(world.settings, PROBE.event.name, probes.on_record):
        for partition in range(world.settings.partitions):
            await probes.send(partition)

        async def are_back() -> bool:
            return len(probes._last) == world.settings.partitions

        await eventually(are_back, WITHIN, 0.01)
    assert probes.slowest is not None
    assert 0 < probes.slowest < WITHIN
