"""Where every consumer group is, as the broker says: its commits, its members, the topics' ends.

By the admin interface alone, as any operator's tool: nobody reads `__consumer_offsets`, in which
each commit of each group would have to be decoded (ADR 0066). The connections stay, since it is
asked again every few seconds.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiokafka import TopicPartition
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError

from chatstream.domain.lag.watching import GroupPosition, Place
from chatstream.errors import TransientFailure
from chatstream.ports.lag import GroupPositions
from chatstream.settings import KafkaSettings
from infra.faust.group_admin import GroupAdmin
from infra.faust.reconnecting import PatientConsumer

PATIENCE = 8.0
"""Seconds for all that a sample asks of the broker."""
_READ_WITHIN = 3.0
_FETCH_BYTES = 32 * 1024
_STABLE = "Stable"
# Others (of Kafka Connect) share out what are no partitions.
_CONSUMER = "consumer"
# Of Faust's tables: a worker holds them, and nobody commits there.
_CHANGELOG = "-changelog"


@dataclass(frozen=True, slots=True)
class _Members:
    """A group's members together: how many, whether all is shared out, and what is."""

    count: int
    is_stable: bool
    held: frozenset[Place]


class KafkaGroups:
    """See chatstream.ports.lag.GroupReader; `groups` is a regular expression of their names."""

    def __init__(self, settings: KafkaSettings, groups: str = ".*") -> None:
        self._servers = settings.bootstrap_servers
        self._is_watched = re.compile(groups).fullmatch
        self._admin: Any = None
        self._consumer: Any = None
        self._made: dict[tuple[Place, int], int] = {}

    async def positions(
        self, known: Mapping[str, Collection[Place]] = MappingProxyType({})
    ) -> Sequence[GroupPositions]:
        """See the port: commits before ends, so that no group seems to be ahead.

        Asks each broker five times, and one of them once more, however many groups there are.
        """
        async with self._asking():
            cluster = await self._admin.cluster()
            members: dict[str, _Members] = {}
            committed: dict[str, Mapping[Place, int | None]] = {}
            for broker, *_ in cluster.brokers:
                names = sorted(filter(self._is_watched, await self._admin.coordinated(broker)))
                if not names:
                    continue
                members |= _members(await self._admin.described(broker, names))
                for name, told in (await self._admin.commits(broker, names)).items():
                    each = members[name]
                    places = each.held if each.count else known.get(name, ())
                    committed[name] = _uncommitted(places) | told
            wanted = {place for each in committed.values() for place in each}
            begins, ends = await self._spans(_led(cluster, wanted))
        return [
            _group(name, members[name], found, begins, ends)
            for name, found in sorted(committed.items())
        ]

    async def made(
        self, wanted: Collection[tuple[Place, int]]
    ) -> Mapping[tuple[Place, int], float]:
        """See the port; a record is read once, as long as it is asked for again and again."""
        self._made = {each: self._made[each] for each in wanted if each in self._made}
        asked: dict[Place, list[int]] = defaultdict(list)
        for place, offset in sorted(wanted):
            if (place, offset) not in self._made:
                asked[place].append(offset)
        if asked:
            await self._read(asked)
        return {each: at / 1000 for each, at in self._made.items() if at >= 0}

    async def close(self) -> None:
        """End the connections; the next question makes new ones."""
        admin, consumer = self._admin, self._consumer
        self._admin = self._consumer = None
        if admin is not None:
            await admin.close()
        if consumer is not None:
            await consumer.stop()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._connect()
                yield
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error

    async def _connect(self) -> None:
        if self._admin is None:
            self._admin = GroupAdmin(bootstrap_servers=self._servers)
            await self._admin.start()
        if self._consumer is None:
            self._consumer = PatientConsumer(
                bootstrap_servers=self._servers, enable_auto_commit=False
            )
            await self._consumer.start()

    async def _spans(
        self, led: Sequence[TopicPartition]
    ) -> tuple[Mapping[Place, int], Mapping[Place, int]]:
        """First offsets and ends."""
        if not led:
            return {}, {}
        begins = await self._consumer.beginning_offsets(led)
        ends = await self._consumer.end_offsets(led)
        return (
            {(each.topic, each.partition): at for each, at in begins.items()},
            {(each.topic, each.partition): at for each, at in ends.items()},
        )

    async def _read(self, asked: Mapping[Place, Sequence[int]]) -> None:
        """Learn when the records at these offsets were made, as many as are read in time."""
        async with self._asking():
            consumer = PatientConsumer(
                bootstrap_servers=self._servers,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=_FETCH_BYTES,
                fetch_max_wait_ms=100,
            )
            try:
                await consumer.start()
                await self._read_from(consumer, {place: [*at] for place, at in asked.items()})
            finally:
                await consumer.stop()

    async def _read_from(self, consumer: Any, asked: dict[Place, list[int]]) -> None:
        """Read until nothing is asked for any more; offsets of a partition in their order."""
        consumer.assign([TopicPartition(*place) for place in asked])
        for place, offsets in asked.items():
            consumer.seek(TopicPartition(*place), offsets[0])
        until = time.monotonic() + _READ_WITHIN
        while asked and time.monotonic() < until:
            partitions = [TopicPartition(*place) for place in asked]
            for partition, messages in (
                await consumer.getmany(*partitions, timeout_ms=200)
            ).items():
                place = (partition.topic, partition.partition)
                left = self._note(place, asked[place], messages)
                if left:
                    asked[place] = left
                    consumer.seek(partition, left[0])
                else:
                    del asked[place]
                    consumer.pause(partition)

    def _note(self, place: Place, offsets: list[int], messages: Sequence[Any]) -> list[int]:
        """Keep the times of those offsets that were read; the offsets that were not."""
        found = iter(messages)
        message = next(found)
        for number, offset in enumerate(offsets):
            while message.offset < offset:
                message = next(found, None)
                if message is None:
                    return offsets[number:]
            self._made[place, offset] = message.timestamp
        return []


def _members(described: Sequence[tuple[Any, ...]]) -> dict[str, _Members]:
    return {
        group: _Members(
            len(members), state == _STABLE, _held(members) if kind == _CONSUMER else frozenset()
        )
        for group, state, kind, _protocol, members, *_ in described
    }


def _uncommitted(held: Collection[Place]) -> dict[Place, int | None]:
    """What is held, or was, before anything of it is committed."""
    return {place: None for place in held if not place[0].endswith(_CHANGELOG)}


def _group(
    name: str,
    members: _Members,
    committed: Mapping[Place, int | None],
    begins: Mapping[Place, int],
    ends: Mapping[Place, int],
) -> GroupPositions:
    """A group without the partitions of which the end is not known."""
    positions = {
        place: GroupPosition(
            begins[place] if offset is None else offset,
            begins[place],
            ends[place],
            place in members.held,
        )
        for place, offset in committed.items()
        if place in ends
    }
    return GroupPositions(name, members.count, members.is_stable, positions)


def _led(cluster: Any, wanted: Collection[Place]) -> list[TopicPartition]:
    """Those of the partitions that have a leader; topics may be gone.

    By a list of all topics: to ask for one that is gone may make it anew.
    """
    return [
        TopicPartition(topic, partition)
        for _code, topic, _is_internal, partitions in cluster.topics
        for _code, partition, leader, *_ in partitions
        if leader >= 0 and (topic, partition) in wanted
    ]


def _held(members: Sequence[tuple[Any, ...]]) -> frozenset[Place]:
    """The partitions that the members are given; a member that is joining has none yet."""
    return frozenset(
        (topic, partition)
        for *_, assignment in members
        if assignment
        for topic, partitions in ConsumerProtocolMemberAssignment.decode(assignment).assignment
        for partition in partitions
    )
