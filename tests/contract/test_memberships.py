"""ports.rooms.MembershipReader: whom it calls outside, and who is where at which fact."""

from __future__ import annotations

import uuid
from typing import Any, Protocol

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.room_batch import RoomChangeWish
from chatstream.domain.rooms import Person
from chatstream.errors import ErrorCode
from chatstream.ports.accounts import Profile
from chatstream.ports.rooms import MembershipReader, RoomStore
from infra.postgres.memberships import PostgresMemberships
from infra.postgres.profiles import PostgresProfiles
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.fakes.memberships import FakeMemberships
from tests.fakes.room_store import FakeRoomStore

PARTITION = 3
NIL = "00000000-0000-0000-0000-000000000000"


class World(Protocol):
    """The rooms of one partition."""

    store: RoomStore
    reader: MembershipReader

    async def erase(self, who: Person) -> None:
        """The account's profile becomes a tombstone."""
        ...

    async def say(self, room_id: str, who: Person, message_id: str) -> None:
        """Store a message."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.rooms = FakeRoomStore()
        self.fake = FakeMemberships(self.rooms)
        self.store: RoomStore = self.rooms
        self.reader: MembershipReader = self.fake

    async def erase(self, who: Person) -> None:
        self.rooms.gone.add(who.account_id)

    async def say(self, room_id: str, who: Person, message_id: str) -> None:
        self.fake.said.add((room_id, who.account_id, message_id))


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat, some_room = chat, room()
        self.store: RoomStore = chat.rooms(some_room)
        self.messages = chat.messages(some_room)
        self.database = chat.database(some_room)
        self.reader: MembershipReader = PostgresMemberships(self.database)

    async def erase(self, who: Person) -> None:
        await PostgresProfiles(self.database).keep([Profile(who.account_id, 1)])

    async def say(self, room_id: str, who: Person, message_id: str) -> None:
        said = say(room_id, who, message_id=message_id)
        [outcome] = await self.messages.carry_out(GENERATION, [said])
        assert outcome.code is None


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


def room() -> str:
    """The id of a new room of the partition."""
    while partition_of(found := str(uuid.uuid4()), 8) != PARTITION:
        pass
    return found


async def ask(world: World, *wishes: RoomChangeWish) -> list[Any]:
    told = await world.store.carry_out(GENERATION, wishes)
    return [codec.decode(ROOM.response.name, each.body) for each in told]


async def make(world: World, owner: Person, *others: Person) -> str:
    room_id = room()
    wishes = [wish(records.CreateRoom, room_id, owner, kind="open", name="room")]
    await ask(world, *wishes, *(wish(records.EnterRoom, room_id, each) for each in others))
    return room_id


async def pairs_of(world: World, room_ids: list[str], limit: int) -> tuple[list[Any], int]:
    """The memberships of these rooms by pages, in their order, and the line of the last page."""
    after, found = (NIL, NIL), []
    while True:
        page = await world.reader.memberships(PARTITION, after, limit)
        assert list(page.pairs) == sorted(page.pairs)
        assert all(pair > after for pair in page.pairs)
        found += [pair for pair in page.pairs if pair[0] in room_ids]
        if page.is_last:
            return found, page.line
        after = page.pairs[-1]


async def test_who_is_no_member_is_outside_and_where_there_is_no_room_everybody(
    world: World,
) -> None:
    owner, other = person(), person()
    room_id, gone = await make(world, owner), await make(world, owner)
    await ask(world, wish(records.DeleteRoom, gone, owner))
    asked = [
        (room_id, owner.account_id, str(uuid.uuid4())),
        (room_id, other.account_id, str(uuid.uuid4())),
        (gone, owner.account_id, str(uuid.uuid4())),
        (room(), owner.account_id, str(uuid.uuid4())),
    ]
    assert await world.reader.outsiders(asked) == {
        1: ErrorCode.NOT_A_MEMBER,
        2: ErrorCode.ROOM_NOT_FOUND,
        3: ErrorCode.ROOM_NOT_FOUND,
    }


async def test_who_has_left_is_outside_but_for_what_is_stored(world: World) -> None:
    owner, other, message_id = person(), person(), str(uuid.uuid4())
    room_id = await make(world, owner, other)
    await world.say(room_id, other, message_id)
    await ask(world, wish(records.RemoveMember, room_id, other, member_user_id=other.user_id))
    asked = [(room_id, other.account_id, each) for each in (message_id, str(uuid.uuid4()))]
    assert await world.reader.outsiders(asked) == {1: ErrorCode.NOT_A_MEMBER}


async def test_who_is_erased_is_left_to_the_store(world: World) -> None:
    owner, other = person(), person()
    room_id = await make(world, owner)
    await world.erase(other)
    assert await world.reader.outsiders([(room_id, other.account_id, NIL)]) == {}


@pytest.mark.parametrize("limit", [3, 1000])
async def test_the_memberships_of_a_partition_are_read_in_pieces_at_a_number_of_its_line(
    world: World, limit: int
) -> None:
    people = [person() for _ in range(4)]
    rooms = [await make(world, *people), await make(world, people[0])]
    gone = await make(world, people[0])
    await ask(world, wish(records.DeleteRoom, gone, people[0]))
    leave = wish(records.RemoveMember, rooms[0], people[3], member_user_id=people[3].user_id)
    [fact] = await ask(world, leave)
    expected = [(rooms[0], each.account_id) for each in people[:3]]
    expected.append((rooms[1], people[0].account_id))
    assert await pairs_of(world, [*rooms, gone], limit) == (sorted(expected), fact.fact_no)


async def test_a_line_without_facts_is_at_nought(world: World) -> None:
    page = await world.reader.memberships(100, (NIL, NIL), 10)
    assert (page.line, page.pairs, page.is_last) == (0, (), True)
