"""A room with a history, in the fake of the socket tests and in real Postgres."""

from __future__ import annotations

import uuid
from typing import Protocol

from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.ports.messages import ChangeWish, Page
from chatstream.ports.rooms import RoomReader
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.fakes.rooms import FakeRooms


class World(Protocol):
    """A room of `owner`, whichever store it is kept in; accounts are named by their ids."""

    reader: RoomReader
    room_id: str
    owner: str

    async def begin(self) -> None:
        """Make the room, with nobody else in it."""
        ...

    async def say(self) -> None: ...

    async def edit(self, seq: int) -> None: ...

    async def join(self, times: int = 1) -> list[str]:
        """The new members, in order."""
        ...

    async def leave(self, account_id: str) -> None: ...

    async def rename(self, name: str) -> None: ...

    async def hand_over(self, account_id: str) -> None: ...


class FakeWorld:
    """Over FakeRooms."""

    def __init__(self) -> None:
        self.rooms = FakeRooms(page=500)
        self.reader: RoomReader = self.rooms

    async def begin(self) -> None:
        self.room_id, self.owner = str(uuid.uuid4()), str(uuid.uuid4())
        self.rooms.create(self.room_id, self.owner, kind="open")

    async def say(self) -> None:
        self.rooms.say(self.room_id, self.owner)

    async def edit(self, seq: int) -> None:
        self.rooms.edit(self.room_id, seq, str(uuid.uuid4()))

    async def join(self, times: int = 1) -> list[str]:
        accounts = [str(uuid.uuid4()) for _ in range(times)]
        for each in accounts:
            self.rooms.join(self.room_id, each)
        return accounts

    async def leave(self, account_id: str) -> None:
        self.rooms.leave(self.room_id, account_id)

    async def rename(self, name: str) -> None:
        self.rooms.rename(self.room_id, name)

    async def hand_over(self, account_id: str) -> None:
        self.rooms.hand_over(self.room_id, account_id)


class PostgresWorld:
    """Over the stores; `told` are the revs of what was stored, in order."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.reader: RoomReader = chat.reader

    async def begin(self) -> None:
        self.room_id, owner = await self.chat.make_room()
        self.owner, self.people = owner.account_id, {owner.account_id: owner}
        self.store = self.chat.rooms(self.room_id)
        self.messages = self.chat.messages(self.room_id)
        self.told: list[int] = []

    async def say(self) -> None:
        asked = say(self.room_id, self.people[self.owner])
        self.told += [each.rev for each in await self.messages.carry_out(GENERATION, [asked])]

    async def edit(self, seq: int) -> None:
        [said] = (await self.reader.shown([(self.room_id, seq)])).values()
        ids = (partition_of(self.room_id, 8), self.room_id, self.owner, said.message_id)
        asked = ChangeWish(*ids, str(uuid.uuid4()), str(uuid.uuid4()))
        self.told += [each.rev for each in await self.messages.carry_out(GENERATION, [asked])]

    async def ask(self, *asked: tuple[type[records.RoomWish], str, dict[str, str]]) -> None:
        wishes = [wish(kind, self.room_id, self.people[who], **named) for kind, who, named in asked]
        for answer in await self.store.carry_out(GENERATION, wishes):
            fact = codec.decode(ROOM.response.name, answer.body)
            assert isinstance(fact, records.RoomHappened)
            assert fact.rev is not None
            self.told.append(fact.rev)

    async def join(self, times: int = 1) -> list[str]:
        new: dict[str, Person] = {each.account_id: each for each in map(_person, range(times))}
        self.people |= new
        await self.ask(*((records.EnterRoom, each, {}) for each in new))
        return list(new)

    async def leave(self, account_id: str) -> None:
        user_id = self.people[account_id].user_id
        await self.ask((records.RemoveMember, account_id, {"member_user_id": user_id}))

    async def rename(self, name: str) -> None:
        await self.ask((records.ChangeRoom, self.owner, {"name": name}))

    async def hand_over(self, account_id: str) -> None:
        user_id = self.people[account_id].user_id
        await self.ask((records.ChangeRoom, self.owner, {"owner_user_id": user_id}))


def _person(_: int) -> Person:
    return person()


async def page(
    world: World, *, before: int | None = None, after: int | None = None, limit: int = 200
) -> Page:
    """A page of the room's history, for its owner."""
    return await world.reader.history(
        world.room_id, world.owner, before=before, after=after, limit=limit
    )


async def play(world: World, steps: list[str]) -> None:
    """Do to the room what the steps say, where that can be done."""
    members: list[str] = []
    for number, step in enumerate(steps):
        head = (await world.reader.room(world.room_id)).head
        if step == "say":
            await world.say()
        elif step == "edit" and head:
            await world.edit(number % head + 1)
        elif step == "join":
            members += await world.join(2)
        elif step == "leave" and members:
            await world.leave(members.pop(number % len(members)))
        elif step == "rename":
            await world.rename(f"name {number}")
