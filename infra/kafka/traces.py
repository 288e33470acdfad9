"""Looking for a text in every record of every topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from aiokafka import TopicPartition

from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientAdmin, PatientConsumer


async def find_records(settings: KafkaSettings, text: str) -> Mapping[str, int]:
    """How many records of each topic show the text in key or value, changelogs included."""
    needle, found = text.encode(), Counter[str]()
    places = await _places(settings)
    consumer = PatientConsumer(
        bootstrap_servers=settings.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                found[place.topic] += sum(
                    needle in (record.key or b"") or needle in (record.value or b"")
                    for record in records
                )
    finally:
        await consumer.stop()
    return {topic: count for topic, count in found.items() if count}


async def _places(settings: KafkaSettings) -> list[TopicPartition]:
    """Every partition but those of Kafka's own topics."""
    client = PatientAdmin(bootstrap_servers=settings.bootstrap_servers)
    await client.start()
    try:
        names = [name for name in await client.list_topics() if not name.startswith("__")]
        described = await client.describe_topics(names)
    finally:
        await client.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
