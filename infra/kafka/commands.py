"""Kafka as the commands use it: a few records, without a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientConsumer, make_patient
from infra.kafka.producer import Outgoing


async def produce(settings: KafkaSettings, outgoing: Sequence[Outgoing]) -> None:
    """Produce the records in order; TransientFailure when the broker has not taken all of them."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, acks="all", enable_idempotence=True
    )
    make_patient(producer.client)
    try:
        await producer.start()
        for record in outgoing:
            await producer.send_and_wait(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
    except (KafkaError, TimeoutError) as error:
        raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
    finally:
        await producer.stop()


async def all_values(
    settings: KafkaSettings, topic: str, partition: int, within: float = 30.0
) -> list[bytes]:
    """The values of all the partition's records, in their order.

    TransientFailure when they are not read after `within` seconds, or there is no such partition.
    """
    consumer = PatientConsumer(bootstrap_servers=settings.bootstrap_servers, group_id=None)
    place = TopicPartition(topic, partition)
    values: list[bytes] = []
    try:
        async with asyncio.timeout(within):
            await consumer.start()
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            while await consumer.position(place) < end:
                found = await consumer.getmany(place, timeout_ms=500)
                values += [message.value or b"" for message in found.get(place, ())]
    except (KafkaError, TimeoutError) as error:
        raise TransientFailure(f"kafka: {topic}: {type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()
    return values
