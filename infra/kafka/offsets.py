"""How far topics and consumer groups have come, as the broker says."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chatstream.errors import TransientFailure
from chatstream.ports.erasure import Ends
from chatstream.settings import KafkaSettings


class KafkaOffsets:
    """ports.erasure.GroupOffsets; a connection for each question, which are rare.

    Raises TransientFailure when the broker does not answer.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def ends(self, topics: Sequence[str]) -> Ends:
        """See ports.erasure.GroupOffsets."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.bootstrap_servers)
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
        client = AIOKafkaAdminClient(bootstrap_servers=self._settings.bootstrap_servers)
        try:
            await client.start()
            committed = await client.list_consumer_group_offsets(group)
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
        finally:
            await client.close()
        return all(
            end == 0 or _offset(committed.get(TopicPartition(topic, partition))) >= end
            for topic, offsets in ends.items()
            for partition, end in enumerate(offsets)
        )


def _offset(held: object) -> int:
    return -1 if held is None else int(held.offset)  # type: ignore[attr-defined]
