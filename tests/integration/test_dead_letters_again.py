"""A record that Elasticsearch refuses: a dead letter, its cause mended, put back, done; once."""

from __future__ import annotations

import json
from functools import partial
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from elasticsearch import AsyncElasticsearch

from chatstream.domain.letter_states import KeptLetter, LetterState, LettersWanted
from chatstream.settings import ElasticSettings, KafkaSettings
from infra.elastic.client import connect
from infra.embedded.stack import Stack
from infra.kafka.commands import produce
from infra.kafka.dead_letters import KafkaDeadLetters
from infra.kafka.records import KafkaRecords
from schemas.contexts.log import APP
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack

# A day that no other line has, so that what is broken is broken for this test alone.
DAY = "1999-01-02"
INDEX = f"chatstream-logs-{DAY.replace('-', '.')}"


async def spoil(elastic: AsyncElasticsearch) -> None:
    """An index of that day in which a line's text is a number."""
    await elastic.options(ignore_status=404).indices.delete(index=INDEX)
    mappings = {"properties": {"message": {"type": "integer"}}}
    await elastic.indices.create(index=INDEX, mappings=mappings)


async def mend(elastic: AsyncElasticsearch) -> None:
    await elastic.indices.delete(index=INDEX)


async def say(kafka: KafkaSettings, event_id: str) -> None:
    line = {
        "@timestamp": f"{DAY}T03:04:05.678Z",
        "message": "a line",
        "event": {"id": event_id, "dataset": "chatstream.app"},
    }
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    try:
        await producer.send_and_wait(APP.event.name, json.dumps(line).encode(), event_id.encode())
    finally:
        await producer.stop()


async def test_a_poison_record_is_mended_put_back_and_done_and_once_more_changes_nothing(
    stack: Stack,
) -> None:
    kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
    letters = KafkaDeadLetters(KafkaRecords(kafka), partial(produce, kafka), kafka.partitions)
    elastic, event_id = connect(ElasticSettings(url=stack.elastic_url)), str(uuid4())

    async def found() -> KeptLetter | None:
        page = await letters.page(LettersWanted(topic=APP.event.name), None, 1000)
        key = event_id.encode()
        return next((each for each in page.letters if each.letter.key == key), None)

    async def documents() -> int:
        await elastic.indices.refresh(index=INDEX)
        return int((await elastic.count(index=INDEX))["count"])

    try:
        await spoil(elastic)
        await say(kafka, event_id)
        kept = await eventually(found)
        assert (kept.letter.kind, kept.letter.reader) == ("store", "log.app")
        assert kept.fate.state is LetterState.WAITING

        await letters.replay(kept.letter.id, None)
        failed = await letters.outcome(kept.letter.id, 60)
        assert failed.fate.outcome == "deadLettered"
        assert failed.fate.again is not None
        await mend(elastic)
        again = failed.fate.again
        await letters.replay(again, None)
        assert (await letters.outcome(again, 60)).fate.outcome == "done"
        assert await documents() == 1
        once_more = await letters.replay(again, None)
        assert once_more.fate.outcome == "done"
        assert await documents() == 1
    finally:
        await elastic.options(ignore_status=404).indices.delete(index=INDEX)
        await elastic.close()
