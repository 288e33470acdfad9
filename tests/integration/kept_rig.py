"""Rooms in real Postgres, said in a month long ago, and their documents in real Elasticsearch."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import AsyncElasticsearch

from agents.log_documents import Documents
from agents.log_maintenance.verify import LogVerifier
from chatstream.commands.log_rebuild import LogRebuild
from chatstream.domain.documents import MESSAGES, Document
from chatstream.domain.event_documents import Origin
from chatstream.domain.log_differences import Discrepancy
from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.ports.messages import MessageWish
from chatstream.settings import ElasticSettings, PostgresSettings, Settings
from infra.elastic.client import connect
from infra.elastic.fresh_indices import FreshIndices
from infra.elastic.held_messages import HeldMessages
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from infra.postgres.databases import chat_databases
from infra.postgres.present_messages import PresentMessages
from infra.text.korean import Words
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.contract.chat_rig import GENERATION, Chat, say, wish
from tests.contract.test_message_changes import change
from tests.servers import elastic_of

TOPIC = MESSAGE.response.name
WORDS = Words()


@dataclass
class Kept:
    """A room of `owner` and its messages of a month that no other test writes into."""

    chat: Chat
    client: AsyncElasticsearch
    settings: ElasticSettings
    room_id: str
    owner: Person
    month: str
    said: list[MessageWish] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{MESSAGES}-{self.month}"

    async def carry_out(self, *wishes: Any) -> None:
        """In Postgres alone, in the month of the test."""
        await self.chat.messages(self.room_id).carry_out(GENERATION, list(wishes))
        year, month = self.month.split(".")
        await self.chat.database(self.room_id).fetch(
            "update messages set created_at = make_timestamptz(%s, %s, 2, 3, 4, 5, 'UTC')"
            " where room_id = %s::uuid returning 1",
            (int(year), int(month), self.room_id),
        )

    async def enter(self, who: Person) -> None:
        rooms = self.chat.rooms(self.room_id)
        await rooms.carry_out(GENERATION, [wish(records.EnterRoom, self.room_id, who)])

    async def say(self, *texts: str, by: Person | None = None) -> None:
        wishes = [say(self.room_id, by or self.owner, text) for text in texts]
        self.said += wishes
        await self.carry_out(*wishes)

    async def change(self, seq: int, text: str | None) -> None:
        await self.carry_out(change(self.said[seq - 1], text))

    async def documents(self) -> list[Document]:
        """Of every fact of the room, as the log service makes them of the records."""
        partition = partition_of(self.room_id, 8)
        head = await self.chat.facts.head(TOPIC, partition)
        made: list[Document] = []
        for _, value in await self.chat.facts.facts(TOPIC, partition, 0, head):
            if self.room_id.encode() in value:
                made += Documents(WORDS).of(Origin(topic=TOPIC, partition=partition), value, 0)
        return [each for each in made if each.version is not None]

    async def write(self, documents: Sequence[Document]) -> None:
        """Like the log service: what is held back again."""
        store, waiting = ElasticDocuments(self.client, self.settings), [*documents]
        while waiting:
            written = await store.write(waiting)
            assert written.refused == {}
            waiting = [waiting[number] for number in written.delayed]

    def rebuild(self, stop_at: str | None = None) -> LogRebuild:
        def tell(line: str) -> None:
            self.told.append(line)
            if stop_at is not None and stop_at in line:
                raise Stopped

        fresh = FreshIndices(self.client, self.settings, MESSAGES, [self.month])
        return LogRebuild(PresentMessages(self.chat.databases), fresh, WORDS, tell)

    async def verify(self, patience: float = 0.0) -> Mapping[Discrepancy, int]:
        messages, held = PresentMessages(self.chat.databases), HeldMessages(self.client)
        verifier = LogVerifier(messages, held, self.told.append, patience=patience)
        return dict(await verifier.rooms([self.room_id]))

    async def sources(self) -> dict[int, tuple[int, Mapping[str, Any]]]:
        """Version and body of the room's documents, by seq."""
        await self.client.indices.refresh(index=self.name)
        query = {"term": {"chatstream.room.id": self.room_id}}
        found = await self.client.search(index=self.name, query=query, size=1000, version=True)
        return {
            int(hit["_id"].rpartition(":")[2]): (hit["_version"], hit["_source"])
            for hit in found["hits"]["hits"]
        }

    async def indices(self) -> set[str]:
        return set(await self.client.indices.get(index=f"{MESSAGES}*-{self.month}"))


class Stopped(Exception):
    """What ends a run in the middle."""


@asynccontextmanager
async def a_kept_room(
    servers: Stack, postgres_chat: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    """A new room, in a month whose indices are removed with it."""
    # Messages of a month that no other test writes into can be edited.
    monkeypatch.setattr("chatstream.domain.messages.CHANGEABLE", timedelta(days=500_000))
    settings = elastic_of(servers)
    databases = chat_databases(Settings(postgres=PostgresSettings(chat=postgres_chat)))
    await databases.open()
    async with connect(settings) as client:
        await ensure_templates(client)
        chat = Chat(databases)
        room_id, owner = await chat.make_room()
        # Of its own: what tests before this one said is in Postgres still.
        month = f"{random.randint(1000, 1899)}.{random.randint(1, 12):02}"
        made = Kept(chat, client, settings, room_id, owner, month)
        yield made
        for index in await made.indices():
            await client.indices.delete(index=index)
    await databases.close()
