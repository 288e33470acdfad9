"""What the tests of the log service have in common: Kafka before it, Elasticsearch behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from chatstream.domain import documents
from chatstream.domain.dictionary import WordLists
from chatstream.domain.generations import Generation
from chatstream.domain.partitions import partition_of
from chatstream.settings import ElasticSettings, KafkaSettings
from infra.elastic.client import ELASTIC_ERRORS, connect
from infra.embedded.stack import Stack
from schemas import records
from schemas.contexts.messages import MESSAGE
from tables.followed import generations
from tests.client.metrics import samples, total
from tests.client.waiting import eventually

AT = "2026-10-31T23:59:59.999Z"
DEADLINE = 120.0
COMPARING, WORKER, HANGING = "log-1", "log-2", "log-3"
"""Who compares every second, who does what it is told, and who can be made to hang."""


class Rig:
    """Kafka on one side, Elasticsearch on the other, the worker between them."""

    def __init__(self, stack: Stack, worker: str) -> None:
        self.stack = stack
        self.worker = worker
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
        found = await samples(self.stack, self.worker)
        return total(found, "batch_retries_total", agent="log.sink")

    async def until_searchable(self, facts: Sequence[records.MessageStored]) -> None:
        room_id, wanted = facts[0].room_id, [fact.message for fact in facts]

        async def complete() -> bool:
            return await self.texts(room_id) == wanted

        await eventually(complete, DEADLINE)

    async def events_are(self, facts: Sequence[records.MessageStored]) -> None:
        """Every fact has one event, which was written once."""
        numbers = [fact.fact_no for fact in facts]

        async def complete() -> bool:
            found = await self.events(facts[0].room_id)
            return [hit["_source"]["event"]["sequence"] for hit in found] == numbers

        await eventually(complete, DEADLINE)
        assert {hit["_version"] for hit in await self.events(facts[0].room_id)} == {1}


# Behind those of the facts in Postgres: an event is kept once under its number.
_fact_numbers = iter(range(1_000_000, 1_000_000_000))


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


@asynccontextmanager
async def rig_of(stack: Stack, worker: str) -> AsyncIterator[Rig]:
    """The rig of a worker that runs, with connections of its own."""
    rig = Rig(stack, worker)
    await rig.producer.start()
    try:
        yield rig
    finally:
        await rig.producer.stop()
        await rig.elastic.close()


async def let_serve(stack: Stack, lists: WordLists) -> None:
    """Tables that count by these lists serve from now on."""
    kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
    known = await generations.read(kafka)
    dictionary, number = known.dictionary + 1, known.next_number
    for record in (
        generations.dictionary_record(dictionary, lists),
        generations.plan_record(Generation(number, dictionary)),
        generations.activation_record(number, None),
    ):
        assert (await generations.write(kafka, record))[1]
