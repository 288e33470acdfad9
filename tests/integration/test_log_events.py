"""Events of facts that are in Postgres alone, on real Postgres and Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from agents.log_documents import event_of
from agents.log_maintenance.events import EventGaps, Line
from chatstream.commands.log_events import LogEvents
from chatstream.domain.documents import EVENTS, Document
from chatstream.domain.event_documents import Origin
from chatstream.domain.partitions import partition_of
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import Ends
from infra.elastic.held_events import HeldEvents
from infra.elastic.sink import ElasticDocuments
from infra.embedded.stack import Stack
from tests.integration.kept_rig import TOPIC, Kept, a_kept_room

pytestmark = pytest.mark.servers

FOR_EVER = 1_000_000
"""Days: the tests' months are long ago."""

COUNT = 9

APART = 100
"""Added to a partition: other tests' rooms tell facts of the same numbers of the true ones."""


class Service:
    """The log service's group, which has read all or not."""

    def __init__(self, *, has_read: bool) -> None:
        self.has_read = has_read

    async def ends(self, topics: Sequence[str]) -> Ends:
        return {topic: [1] * 8 for topic in topics}

    async def has_passed(self, group: str, ends: Ends) -> bool:
        assert (group, [*ends]) == ("chatstream-log", [TOPIC])
        return self.has_read


class FactsApart:
    """The facts of the lines in Postgres, as those of partitions that no other test has."""

    def __init__(self, kept: Kept) -> None:
        self._facts = kept.chat.facts

    async def head(self, topic: str, partition: int) -> int:
        return await self._facts.head(topic, partition - APART)

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        return await self._facts.facts(topic, partition - APART, after, upto)


class Told:
    """The gaps of the kept room's line, in its month."""

    def __init__(self, kept: Kept, days: int = FOR_EVER) -> None:
        self.lines: list[Line] = [(TOPIC, line_of(kept))]
        self.said: list[str] = []
        gaps = EventGaps(
            FactsApart(kept), HeldEvents(kept.client), days, self.said.append, months=[kept.month]
        )
        self.events = LogEvents(gaps, self.said.append, 0)
        self.store = ElasticDocuments(kept.client, kept.settings)

    async def count(self) -> int:
        return (await self.events.count(self.lines)).total()

    async def fill(self, *, has_read: bool = True) -> int:
        return await self.events.fill(self.lines, self.store, Service(has_read=has_read))


@pytest.fixture
async def kept(
    servers: Stack, postgres_chat: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    # So that a line is counted in many slots, some full, some empty, some in part.
    monkeypatch.setattr("agents.log_maintenance.events.WIDTH", 4)
    async with a_kept_room(servers, postgres_chat, monkeypatch) as made:
        await made.say(*(f"text {number}" for number in range(COUNT)))
        yield made
        await made.client.options(ignore_status=404).indices.delete(index=f"{EVENTS}-{made.month}")


def line_of(kept: Kept) -> int:
    """The partition of its room, apart."""
    return APART + partition_of(kept.room_id, 8)


async def richer(kept: Kept) -> list[Document]:
    """The room's events as the log service makes them of records."""
    facts, partition = FactsApart(kept), line_of(kept)
    head = await facts.head(TOPIC, partition)
    origin = Origin(topic=TOPIC, partition=partition, offset=7, trace_id="a" * 32)
    made = [
        event_of(origin, value, 0)
        for _, value in await facts.facts(TOPIC, partition, 0, head)
        if kept.room_id.encode() in value
    ]
    return [each for each in made if each is not None]


async def events(kept: Kept) -> Mapping[str, Any]:
    """Those of the month, by id."""
    index = f"{EVENTS}-{kept.month}"
    await kept.client.indices.refresh(index=index)
    found = await kept.client.search(index=index, size=1_000)
    return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}


async def test_what_is_missing_is_created_and_what_is_there_stays(kept: Kept) -> None:
    told, documents = Told(kept), await richer(kept)
    assert await told.count() == COUNT
    assert told.said == [f"{TOPIC} {kept.month}: {COUNT} facts have no event"]
    there = documents[2:5]
    await kept.write(there)
    assert await told.count() == COUNT - 3
    assert await told.fill() == COUNT - 3
    assert await told.count() == 0
    found = await events(kept)
    assert found.keys() == {each.id for each in documents}
    for each in there:
        assert found[each.id] == each.body
    made = found[documents[0].id]
    assert "trace" not in made
    assert made["event"]["ingested"] > "2020"
    assert made["chatstream"]["message"] == documents[0].body["chatstream"]["message"]  # type: ignore[index]
    assert await told.fill() == 0
    assert await events(kept) == found


async def test_one_that_comes_while_it_is_made_stays(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, documents = Told(kept), await richer(kept)
    asked = HeldEvents.present

    async def come_meanwhile(self: HeldEvents, ids: Any) -> set[str]:
        found = await asked(self, ids)
        await kept.write(documents)
        return found

    monkeypatch.setattr(HeldEvents, "present", come_meanwhile)
    await told.fill()
    assert await events(kept) == {each.id: each.body for each in documents}


async def test_nothing_is_made_before_the_log_service_has_read_its_records(kept: Kept) -> None:
    told = Told(kept)
    with pytest.raises(TransientFailure, match="log rebuild --events"):
        await told.fill(has_read=False)
    assert await told.count() == COUNT


async def test_what_retention_has_removed_is_neither_missing_nor_made(kept: Kept) -> None:
    told = Told(kept, days=400)
    assert await told.count() == 0
    assert await told.fill() == 0
    assert not await kept.client.indices.exists(index=f"{EVENTS}-{kept.month}")


async def test_what_elasticsearch_refuses_is_told_and_the_others_are_made(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, first = Told(kept), (await richer(kept))[0]

    def broken(origin: Origin, value: bytes, ingested: int) -> Document | None:
        made = event_of(origin, value, ingested)
        if made is not None and made.id == first.id:
            return replace(made, body={**made.body, "unheard": "of"})
        return made

    monkeypatch.setattr("agents.log_maintenance.events.event_of", broken)
    assert await told.fill() == COUNT - 1
    assert told.said[0].startswith(f"{first.id} is refused: elasticsearch: 400")
    assert first.id not in await events(kept)
