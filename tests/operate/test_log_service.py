"""The log service as a real process between real Kafka and real Elasticsearch.

A stack of its own: these tests stop Elasticsearch, and put facts on the topics that no chat worker
stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chatstream.domain.partitions import partition_of
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, connect
from infra.embedded.layout import is_free
from infra.embedded.stack import Stack
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.folders import server_folder

pytestmark = pytest.mark.operate

WORKER = "log-1"
EVENTS = "chatstream-events-2026.10"
MESSAGES = "chatstream-messages-2026.10"
AT = "2026-10-31T23:59:59.999Z"
DEADLINE = 120.0


async def eventually(what: str, condition: Callable[[], Awaitable[bool]]) -> float:
    """Ask until the condition holds; the seconds it took."""
    began = time.monotonic()
    ticks = asyncio.Event()
    while not await condition():
        waited = time.monotonic() - began
        assert waited < DEADLINE, f"not within {DEADLINE:.0f} s: {what}"
        asyncio.get_running_loop().call_later(0.05, ticks.set)
        await ticks.wait()
        ticks.clear()
    return time.monotonic() - began


class Rig:
    """Kafka on one side, Elasticsearch on the other, the worker between them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.elastic = connect(ElasticSettings(url=stack.elastic_url))
        self.producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)

    async def say(self, facts: Sequence[records.MessageStored]) -> None:
        for fact in facts:
            await self.put(fact.room_id, records.encode(fact))
        await self.producer.flush()

    async def put(self, key: str, value: bytes) -> None:
        await self.producer.send(
            MESSAGE.response.name,
            value,
            key=key.encode(),
            partition=partition_of(key, 8),
        )

    async def texts(self, room_id: str) -> list[str]:
        """What the search knows of a room, by seq; every document once, as a search finds it."""
        try:
            answer = await self.elastic.search(
                index="chatstream-messages-*",
                query={"term": {"chatstream.room.id": room_id}},
                sort=[{"chatstream.message.seq": "asc"}],
                size=10_000,
            )
        except ELASTIC_ERRORS:
            return []
        return [hit["_source"]["message"] for hit in answer["hits"]["hits"]]

    async def events(self, room_id: str) -> list[dict[str, Any]]:
        answer = await self.elastic.search(
            index="chatstream-events-*",
            query={"term": {"chatstream.room.id": room_id}},
            sort=[{"event.sequence": "asc"}],
            size=10_000,
            version=True,
        )
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits

    async def until_searchable(self, facts: Sequence[records.MessageStored]) -> float:
        room_id, wanted = facts[0].room_id, [fact.message for fact in facts]

        async def complete() -> bool:
            return await self.texts(room_id) == wanted

        return await eventually(f"{len(wanted)} messages to be found", complete)

    async def events_are(self, facts: Sequence[records.MessageStored]) -> None:
        """Every fact has one event, which was written once."""
        numbers = [fact.fact_no for fact in facts]

        async def complete() -> bool:
            found = await self.events(facts[0].room_id)
            return [hit["_source"]["event"]["sequence"] for hit in found] == numbers

        await eventually(f"{len(facts)} events", complete)
        assert {hit["_version"] for hit in await self.events(facts[0].room_id)} == {1}


_fact_numbers = iter(range(1, 1_000_000_000))


def facts_of(room_id: str, count: int, at: str = AT) -> list[records.MessageStored]:
    numbers = [next(_fact_numbers) for _ in range(count)]
    return [
        records.MessageStored(
            fact_no=number,
            room_id=room_id,
            seq=seq,
            rev=number,
            message_id=str(uuid4()),
            account_id="a",
            user_id="ara",
            user_name="아라",
            message=f"메시지 {seq}",
            created_at=at,
            access_version=1,
            room_kind="group",
        )
        for seq, number in enumerate(numbers, 1)
    ]


@pytest.fixture(scope="module")
def log_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    port = next(port for port in range(18_500, 20_900, 100) if is_free(port))
    with server_folder(request, "log") as root, Stack(root, port) as stack:
        stack.start_servers()
        yield stack


@pytest.fixture(scope="module")
def log_service(log_stack: Stack) -> Stack:
    """The stack with templates, topics and one log worker, whatever comes to happen to it."""
    log_stack.command("migrate")
    log_stack.command("topics", "create")
    log_stack.start_process(WORKER)
    return log_stack


@pytest.fixture
async def rig(log_service: Stack) -> AsyncIterator[Rig]:
    rig = Rig(log_service)
    await rig.producer.start()
    yield rig
    await rig.producer.stop()
    await rig.elastic.close()


@pytest.fixture
def room() -> str:
    return str(uuid4())


def test_a_worker_does_not_start_without_the_templates(log_stack: Stack) -> None:
    with pytest.raises(ConfigurationError, match="python -m chatstream migrate"):
        log_stack.command("worker", "log")


async def test_a_fact_can_be_found_soon_and_its_event_is_kept(rig: Rig, room: str) -> None:
    warm, facts = facts_of(str(uuid4()), 1), facts_of(room, 3)
    await rig.say(warm)
    await rig.until_searchable(warm)
    await rig.say(facts)
    seconds = await rig.until_searchable(facts)
    assert seconds < 10
    await rig.events_are(facts)


async def test_a_late_fact_lies_in_the_month_of_its_stored_time(rig: Rig, room: str) -> None:
    facts = facts_of(room, 1)
    await rig.say(facts)
    await rig.until_searchable(facts)
    assert await rig.elastic.exists(index=MESSAGES, id=f"{room}:1")
    await rig.events_are(facts)
    (event,) = await rig.events(room)
    assert event["_index"] == EVENTS


async def test_facts_that_come_again_are_not_kept_twice(rig: Rig, room: str) -> None:
    facts = facts_of(room, 50)
    await rig.say(facts)
    await rig.say(list(reversed(facts)))
    await rig.until_searchable(facts)
    last = facts_of(str(uuid4()), 1)
    while partition_of(last[0].room_id, 8) != partition_of(room, 8):
        last = facts_of(str(uuid4()), 1)
    await rig.say(facts)
    await rig.say(last)  # behind the repeats in the same partition
    await rig.until_searchable(last)
    assert await rig.texts(room) == [fact.message for fact in facts]
    await rig.events_are(facts)


async def test_a_broken_record_becomes_a_dead_letter_and_the_stream_goes_on(
    rig: Rig, room: str
) -> None:
    before, refused, after = facts_of(room, 3)
    value = records.encode(refused)
    letters = [
        value.replace(b'"factNo":', b'"factNo":"no number","was":'),
        value.replace(AT.encode(), b"yesterday"),
        records.encode(msgspec.structs.replace(refused, seq=2**63)),  # over Elasticsearch's long
    ]
    await rig.say([before])
    for letter in letters:
        await rig.put(room, letter)
    await rig.say([after])
    await rig.until_searchable([before, after])
    assert await dead_letters(rig.stack.bootstrap, room, len(letters)) == letters


async def dead_letters(bootstrap: str, room: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    place = TopicPartition(MESSAGE.dlq.name, partition_of(room, 8))
    consumer.assign([place])
    found: list[bytes] = []
    try:
        async with asyncio.timeout(DEADLINE):
            while len(found) < count:
                record = await consumer.getone()
                if record.key == room.encode():
                    assert dict(record.headers)["topic"] == MESSAGE.response.name.encode()
                    assert dict(record.headers)["reason"]
                    found.append(record.value)
    finally:
        await consumer.stop()
    return found


async def test_a_killed_worker_leaves_nothing_out_and_nothing_double(rig: Rig, room: str) -> None:
    facts = facts_of(room, 3000)
    await rig.say(facts[:1500])

    async def began() -> bool:
        return bool(await rig.texts(room))

    await eventually("the first of many messages", began)
    rig.stack.kill(WORKER)
    await rig.say(facts[1500:])
    await rig.until_searchable(facts)
    await rig.events_are(facts)


async def test_the_backlog_of_an_outage_drains_whole_when_elasticsearch_returns(
    rig: Rig, room: str
) -> None:
    facts = facts_of(room, 2000)
    await rig.say(facts[:500])
    rig.stack.stop_process("elasticsearch")
    await rig.say(facts[500:])
    worker = rig.stack.pid(WORKER)
    rig.stack.start_process("elasticsearch")
    await asyncio.to_thread(rig.stack.wait_ready, "elasticsearch")
    await rig.until_searchable(facts)
    await rig.events_are(facts)
    assert rig.stack.pid(WORKER) == worker


async def test_a_worker_that_starts_in_an_outage_waits_for_its_end(rig: Rig, room: str) -> None:
    facts = facts_of(room, 10)
    rig.stack.stop_process(WORKER)
    rig.stack.stop_process("elasticsearch")
    rig.stack.start_process(WORKER)
    await rig.say(facts)
    rig.stack.start_process("elasticsearch")
    await rig.until_searchable(facts)
    await rig.events_are(facts)
