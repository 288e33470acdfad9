"""Writers and readers of both chat databases, and wishes for them."""

from __future__ import annotations

import uuid
from typing import Any

from agents.rooms import wish_of
from chatstream.domain.partitions import partition_of
from chatstream.domain.room_batch import RoomChangeWish
from chatstream.domain.rooms import Person
from chatstream.ports.messages import MessageWish
from infra.postgres.databases import Databases
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.messages import PostgresMessages
from infra.postgres.pool import Database
from infra.postgres.room_reader import PostgresRoomReader as Reader
from infra.postgres.rooms import PostgresRooms
from schemas import records
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ROOM

GENERATION = 1


class Chat:
    """Both chat databases, a writer for each, and rooms made on demand."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.reader = Reader(databases.homes, databases.chat)
        self.facts = PostgresFacts(databases.homes, databases.chat)

    def home_of(self, room_id: str) -> str:
        """The name of the database that holds the room."""
        return self.databases.homes[partition_of(room_id, 8)]

    def database(self, room_id: str) -> Database:
        """The database that holds the room."""
        return self.databases.chat[self.home_of(room_id)]

    def messages(self, room_id: str) -> PostgresMessages:
        database = self.database(room_id)
        return PostgresMessages(database, LineEpochs(database, MESSAGE.response.name))

    def rooms(self, room_id: str) -> PostgresRooms:
        database = self.database(room_id)
        return PostgresRooms(database, LineEpochs(database, ROOM.response.name))

    async def make_room(self, *others: Person, kind: str = "open") -> tuple[str, Person]:
        room_id, owner = str(uuid.uuid4()), person()
        wishes = [wish(records.CreateRoom, room_id, owner, kind=kind, name="room")]
        wishes += [wish(records.EnterRoom, room_id, other) for other in others]
        await self.rooms(room_id).carry_out(GENERATION, wishes)
        return room_id, owner


def person() -> Person:
    return Person(str(uuid.uuid4()), f"u{uuid.uuid4().hex[:12]}", "Name")


def wish(
    record_type: type[records.RoomWish], room_id: str, actor: Person, **fields: Any
) -> RoomChangeWish:
    record: Any = record_type(
        request_id=str(uuid.uuid4()),
        room_id=room_id,
        account_id=actor.account_id,
        user_id=actor.user_id,
        user_name=actor.name,
        requested_at="2026-01-01T00:00:00.000Z",
        **fields,
    )
    return wish_of(record, partition_of(room_id, 8))


def say(room_id: str, who: Person, text: str = "hi", message_id: str = "") -> MessageWish:
    return MessageWish(
        partition_of(room_id, 8), room_id, who.account_id, message_id or str(uuid.uuid4()), text
    )
