"""How far topics and consumer groups have come, as the broker says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chatstream.errors import TransientFailure
from chatstream.ports.erasure import Ends
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientAdmin, PatientConsumer


class KafkaOffsets:
    """ports.erasure.GroupOffsets; a connection for each question, which are rare.

    Raises TransientFailure when the broker does not answer.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def ends(self, topics: Sequence[str]) -> Ends:
        """See ports.erasure.GroupOffsets."""
        consumer = PatientConsumer(bootstrap_servers=self._settings.bootstrap_servers)
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in range(self._settings.partitions)
        ]
        try:
            await consumer.start()
            found = await consumer.end_offsets(places)
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
        finally:
            await consumer.stop()
        return {
            topic: [found[TopicPartition(topic, each)] for each in range(self._settings.partitions)]
            for topic in topics
        }

    async def has_passed(self, group: str, ends: Ends) -> bool:
        """See ports.erasure.GroupOffsets."""
        committed = await self._committed(group)
        return all(
            end == 0 or committed.get(TopicPartition(topic, partition), -1) >= end
            for topic, offsets in ends.items()
            for partition, end in enumerate(offsets)
        )

    async def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """Where a group goes on in a topic, by partition; without those it has not committed."""
        found = await self._committed(group)
        return {place.partition: at for place, at in found.items() if place.topic == topic}

    async def begin(self, group: str, places: Mapping[str, Mapping[int, int]]) -> None:
        """Let a group that nobody is in begin at offsets, by topic and partition.

        Where it has committed already it goes on there. Raises TransientFailure also while
        somebody is in it.
        """
        held = await self._committed(group)
        fresh = {
            place: offset
            for topic, offsets in places.items()
            for partition, offset in offsets.items()
            if (place := TopicPartition(topic, partition)) not in held
        }
        if not fresh:
            return
        consumer = PatientConsumer(
            bootstrap_servers=self._settings.bootstrap_servers,
            group_id=group,
            enable_auto_commit=False,
        )
        try:
            await consumer.start()
            consumer.assign(list(fresh))
            await consumer.commit(fresh)
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka, {group}: {type(error).__name__}: {error}") from error
        finally:
            await consumer.stop()

    async def _committed(self, group: str) -> dict[TopicPartition, int]:
        client = PatientAdmin(bootstrap_servers=self._settings.bootstrap_servers)
        try:
            await client.start()
            found = await client.list_consumer_group_offsets(group)
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
        finally:
            await client.close()
        return {place: int(held.offset) for place, held in found.items() if held.offset >= 0}
