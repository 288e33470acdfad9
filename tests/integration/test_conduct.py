"""The table of what accounts did, in the real worker: who is idle is dropped from its changelog."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import to_text
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.commands import produce
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.conduct import CONDUCT
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack

CHANGELOG = "chatstream-user-conduct-changelog"
PARTITIONS = 8


def accounts(count: int) -> list[str]:
    """So many accounts of one partition, in the order of their ids."""
    found = [str(uuid4())]
    while len(found) < count:
        other = str(uuid4())
        if partition_of(other, PARTITIONS) == partition_of(found[0], PARTITIONS):
            found.append(other)
    return sorted(found)


async def did(stack: Stack, account_id: str, at: datetime, offset: int) -> None:
    """What the chat agent tells of a message."""
    record = records.MessageJudged(
        account_id=account_id,
        room_id=str(uuid4()),
        partition=0,
        offset=offset,
        outcome="pass",
        reason=None,
        gist=str(uuid4()),
        letters=20,
        links=0,
        invites=False,
        at=to_text(at),
    )
    topic, place = CONDUCT.event.name, partition_of(account_id, PARTITIONS)
    settings = KafkaSettings(bootstrap_servers=stack.bootstrap)
    sent = Outgoing(topic, place, account_id.encode(), records.encode(record))
    await produce(settings, [sent])


async def kept(stack: Stack, account_id: str) -> bytes | None:
    """What the changelog says of the account: `never` before it names it, None once dropped."""
    place = TopicPartition(CHANGELOG, partition_of(account_id, PARTITIONS))
    found: dict[bytes, bytes | None] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, group_id=None)
    await consumer.start()
    try:
        consumer.assign([place])
        first = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, first)
        while await consumer.position(place) < end:
            record = await consumer.getone(place)
            found[record.key] = record.value
    finally:
        await consumer.stop()
    return found.get(json.dumps(account_id).encode(), b"never")


async def test_an_idle_account_is_dropped_and_the_table_recovers_without_it(stack: Stack) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    idle, *others = accounts(5)
    await did(stack, idle, long_ago, 1)

    async def is_kept() -> bool:
        return await kept(stack, idle) not in (b"never", None)

    await eventually(is_kept)
    offsets = itertools.count()

    async def is_dropped() -> bool:
        for account_id in others:  # a few entries are looked at with each
            await did(stack, account_id, datetime.now(UTC), next(offsets))
        return await kept(stack, idle) is None

    async def others_are_kept() -> bool:
        return all([await kept(stack, each) not in (b"never", None) for each in others])

    await eventually(is_dropped, 180)
    await eventually(others_are_kept, 180)

    await asyncio.to_thread(stack.kill, "user-1")
    await asyncio.to_thread(stack.wait_ready, "user-1")
    await did(stack, idle, datetime.now(UTC), 2)
    await eventually(is_kept)
