"""The log service as a real process between real Kafka and real Elasticsearch.

A stack of its own: these tests stop Elasticsearch, and put facts on the topics that no chat worker
stored.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chatstream.domain import documents
from chatstream.domain.dictionary import WordLists
from chatstream.domain.generations import Generation
from chatstream.domain.partitions import partition_of
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings, KafkaSettings
from infra.elastic.client import ELASTIC_ERRORS, connect
from infra.embedded.stack import Stack
from schemas import records
from schemas.contexts.messages import MESSAGE
from tables.followed import generations
from tests.client.metrics import samples, total
from tests.folders import server_folder
from tests.servers import claimed_port

pytestmark = pytest.mark.operate

log = logging.getLogger(__name__)

WORKER = "log-1"
EVENTS = "chatstream-events-2026.10"
MESSAGES = "chatstream-messages-2026.10"
AT = "2026-10-31T23:59:59.999Z"
DEADLINE = 120.0


async def eventually(
    what: str, condition: Callable[[], Awaitable[bool]], within: float = DEADLINE
) -> float:
    """Ask until the condition holds; the seconds it took."""
    began = time.monotonic()
    ticks = asyncio.Event()
    while not await condition():
        waited = time.monotonic() - began
        assert waited < within, f"not within {within:.0f} s: {what}"
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

    async def counts(self, room_ids: Sequence[str]) -> tuple[int, int]:
        """How many messages and events of the rooms there are; none while nobody answers."""
        query = {"terms": {"chatstream.room.id": [*room_ids]}}
        try:
            found = [
                (await self.elastic.count(index=f"{dataset}-*", query=query))["count"]
                for dataset in (documents.MESSAGES, documents.EVENTS)
            ]
        except ELASTIC_ERRORS:
            return 0, 0
        return found[0], found[1]

    async def tries(self) -> float:
        """How often the worker has tried a batch again."""
        found = await samples(self.stack, WORKER)
        return total(found, "batch_retries_total", agent="log.sink")

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
    with (
        server_folder(request, "log") as root,
        claimed_port() as port,
        Stack(root, port) as stack,
    ):
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


async def words_of(rig: Rig, text: str) -> set[str]:
    """The words that a message which says this is kept with."""
    (fact,) = facts_of(str(uuid4()), 1)
    await rig.say([msgspec.structs.replace(fact, message=text)])

    async def kept() -> bool:
        return await rig.texts(fact.room_id) == [text]

    await eventually("the message", kept)
    found = await rig.elastic.get(index=MESSAGES, id=f"{fact.room_id}:1")
    return set(found["_source"]["chatstream"]["message"]["words"])


async def test_words_are_those_of_the_dictionary_that_serves_also_after_a_start(rig: Rig) -> None:
    text, lists = "아아메를 커피처럼", WordLists(frozenset({"아아메"}), frozenset({"커피"}))
    assert "커피" in await words_of(rig, text)
    kafka = KafkaSettings(bootstrap_servers=rig.stack.bootstrap)
    for record in (
        generations.dictionary_record(1, lists),
        generations.plan_record(Generation(1, 1)),
        generations.activation_record(1, None),
    ):
        assert (await generations.write(kafka, record))[1]

    async def serves() -> bool:
        return await words_of(rig, text) == {"아아메"}

    await eventually("the log to count by the new dictionary", serves)
    rig.stack.stop_process(WORKER)
    rig.stack.start_process(WORKER)
    assert await words_of(rig, text) == {"아아메"}


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


async def drain_after_an_outage(rig: Rig, rooms: int, each: int, within: float) -> None:
    """What rooms say while Elasticsearch is away is there afterwards, each record once."""
    warm = facts_of(str(uuid4()), 1)
    await rig.say(warm)
    await rig.until_searchable(warm)  # a worker that has done nothing tells no tries
    worker, tries = rig.stack.pid(WORKER), await rig.tries()
    said = [facts_of(str(uuid4()), each) for _ in range(rooms)]
    await rig.say(said[0][:100])
    rig.stack.stop_process("elasticsearch")
    await rig.say(said[0][100:])

    async def waits() -> bool:
        return await rig.tries() > tries

    await eventually("the worker to meet the outage", waits)
    for facts in said[1:]:
        await rig.say(facts)
    rig.stack.start_process("elasticsearch")
    await asyncio.to_thread(rig.stack.wait_ready, "elasticsearch")

    async def complete() -> bool:
        return await rig.counts([facts[0].room_id for facts in said]) == (rooms * each,) * 2

    seconds = await eventually(f"{rooms * each:,} messages and events", complete, within)
    log.info("%s records drained in %.0f s", f"{rooms * each:,}", seconds)
    for facts in said:
        assert await rig.texts(facts[0].room_id) == [fact.message for fact in facts]
        await rig.events_are(facts)
    assert rig.stack.pid(WORKER) == worker


async def test_the_backlog_of_an_outage_drains_whole_when_elasticsearch_returns(rig: Rig) -> None:
    await drain_after_an_outage(rig, rooms=5, each=1_000, within=DEADLINE)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_backlog_of_two_hundred_thousand_drains_whole(rig: Rig) -> None:
    await drain_after_an_outage(rig, rooms=20, each=10_000, within=2400)


async def test_a_worker_that_starts_in_an_outage_waits_for_its_end(rig: Rig, room: str) -> None:
    facts = facts_of(room, 10)
    rig.stack.stop_process(WORKER)
    rig.stack.stop_process("elasticsearch")
    rig.stack.start_process(WORKER)
    await rig.say(facts)
    rig.stack.start_process("elasticsearch")
    await rig.until_searchable(facts)
    await rig.events_are(facts)
