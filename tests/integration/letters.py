"""Dead letters that a test makes up, laid as an agent lays them."""

from __future__ import annotations

from functools import partial

from aiokafka import AIOKafkaProducer

from chatstream.domain.dead_letters import Failure, Original, Place, letter_headers
from chatstream.settings import KafkaSettings
from infra.kafka.commands import produce
from infra.kafka.dead_letters import KafkaDeadLetters
from infra.kafka.records import KafkaRecords


def letters_of(settings: KafkaSettings) -> KafkaDeadLetters:
    """The dead letters, by a reader and a producer of their own."""
    put = partial(produce, settings)
    return KafkaDeadLetters(KafkaRecords(settings), put, settings.partitions)


async def lay(
    settings: KafkaSettings, dlq_topic: str, place: Place, failure: Failure, original: Original
) -> str:
    """A dead letter in the partition of the record that it is of; its id."""
    headers = letter_headers(place, failure, original, 1.0)
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers)
    await producer.start()
    try:
        sent = await producer.send_and_wait(
            dlq_topic,
            original.value or b"",
            original.key or b"",
            place.partition,
            headers=list(headers),
        )
    finally:
        await producer.stop()
    return f"{dlq_topic}:{place.partition}:{sent.offset}"
