"""The log service as a real process between real Kafka and real Elasticsearch.

These tests stop Elasticsearch, and put facts on the topics that no chat worker stored.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chatstream.domain import documents
from chatstream.domain.dictionary import WordLists
from chatstream.domain.partitions import partition_of
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.embedded.stack import Stack
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.client.waiting import eventually
from tests.operate.log.rig import AT, DEADLINE, WORKER, Rig, facts_of, let_serve, rig_of

pytestmark = pytest.mark.operate

log = logging.getLogger(__name__)

EVENTS = "chatstream-events-2026.10"
MESSAGES = "chatstream-messages-2026.10"


@pytest.fixture(scope="module")
def log_service(log_stack: Stack) -> Iterator[Stack]:
    """The stack with a log worker, whatever comes to happen to it."""
    log_stack.start_process(WORKER)
    yield log_stack
    log_stack.stop_process(WORKER)


@pytest.fixture
async def rig(log_service: Stack) -> AsyncIterator[Rig]:
    async with rig_of(log_service, WORKER) as rig:
        yield rig


@pytest.fixture
def room() -> str:
    return str(uuid4())


async def test_a_worker_does_not_start_without_the_templates(log_stack: Stack) -> None:
    async with connect(ElasticSettings(url=log_stack.elastic_url)) as client:
        await client.indices.delete_index_template(name=documents.MESSAGES)
    try:
        with pytest.raises(ConfigurationError, match="python -m chatstream migrate"):
            log_stack.command("worker", "log")
    finally:
        log_stack.command("migrate")


async def test_a_fact_can_be_found_and_its_event_is_kept(rig: Rig, room: str) -> None:
    facts = facts_of(room, 3)
    await rig.say(facts)
    await rig.until_searchable(facts)
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

    await eventually(kept, DEADLINE)
    found = await rig.elastic.get(index=MESSAGES, id=f"{fact.room_id}:1")
    return set(found["_source"]["chatstream"]["message"]["words"])


async def test_words_are_those_of_the_dictionary_that_serves_also_after_a_start(rig: Rig) -> None:
    text, lists = "쿠쿠라를 점심처럼", WordLists(frozenset({"쿠쿠라"}), frozenset({"점심"}))
    assert "점심" in await words_of(rig, text)
    await let_serve(rig.stack, lists)

    async def serves() -> bool:
        return await words_of(rig, text) == {"쿠쿠라"}

    await eventually(serves, DEADLINE)
    rig.stack.stop_process(WORKER)
    rig.stack.start_process(WORKER)
    assert await words_of(rig, text) == {"쿠쿠라"}


async def test_a_killed_worker_leaves_nothing_out_and_nothing_double(rig: Rig, room: str) -> None:
    facts = facts_of(room, 3000)
    await rig.say(facts[:1500])

    async def began() -> bool:
        return bool(await rig.texts(room))

    await eventually(began, DEADLINE)
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

    await eventually(waits, DEADLINE)
    for facts in said[1:]:
        await rig.say(facts)
    rig.stack.start_process("elasticsearch")
    await asyncio.to_thread(rig.stack.wait_ready, "elasticsearch")

    async def complete() -> bool:
        return await rig.counts([facts[0].room_id for facts in said]) == (rooms * each,) * 2

    returned = time.monotonic()
    await eventually(complete, within)
    log.info("%s records drained in %.0f s", f"{rooms * each:,}", time.monotonic() - returned)
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
