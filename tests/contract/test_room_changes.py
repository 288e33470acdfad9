"""ports.rooms.RoomStore: direct rooms, names, owners, ends; one suite for the fake and Postgres."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, Protocol

import pytest

from chatstream.domain.room_batch import RoomChangeWish
from chatstream.domain.rooms import Person, direct_room_id
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Profile
from chatstream.ports.rooms import RoomStore
from infra.postgres.profiles import PostgresProfiles
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.contract.chat_rig import GENERATION, Chat, person, wish
from tests.fakes.room_store import FakeRoomStore


class World(Protocol):
    """A store, and what is in it."""

    async def know(self, *people: Person) -> None: ...

    async def block(self, blocker: Person, blocked: Person) -> None: ...

    async def erase(self, person: Person) -> None:
        """The account's profile becomes a tombstone."""
        ...

    async def ask(self, *wishes: RoomChangeWish) -> list[list[Any]]:
        """The records that answer each wish."""
        ...

    async def room(self, room_id: str) -> tuple[str, str, list[str]] | None:
        """Name, owner's account and members in order; None when there is none."""
        ...

    async def settings(self, room_id: str, member: Person) -> dict[str, str]:
        """What owners have decided, as a member reads it."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.store = FakeRoomStore()

    async def know(self, *people: Person) -> None:
        self.store.people.update({each.account_id: each for each in people})

    async def block(self, blocker: Person, blocked: Person) -> None:
        self.store.blocks.add((blocker.account_id, blocked.account_id))

    async def erase(self, person: Person) -> None:
        self.store.gone.add(person.account_id)
        self.store.people[person.account_id] = Person(person.account_id, "", "")

    async def ask(self, *wishes: RoomChangeWish) -> list[list[Any]]:
        return by_wish(wishes, await self.store.carry_out(GENERATION, wishes))

    async def room(self, room_id: str) -> tuple[str, str, list[str]] | None:
        state = self.store.rooms.get(room_id)
        if state is None or state.deleted:
            return None
        assert state.member_count == len(self.store.members[room_id])
        return state.name, state.owner_id, self.store.members[room_id]

    async def settings(self, room_id: str, member: Person) -> dict[str, str]:
        return self.store.rooms[room_id].settings


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.stores: dict[str, RoomStore] = {}  # one worker: another would fence it

    async def erase(self, person: Person) -> None:
        for database in self.chat.databases.chat.values():
            await PostgresProfiles(database).keep([Profile(person.account_id, 1)])

    async def know(self, *people: Person) -> None:
        for database in self.chat.databases.chat.values():
            for each in people:
                await database.fetch(
                    "insert into profiles (account_id, user_id, name) values (%s, %s, %s)"
                    " on conflict do nothing",
                    (each.account_id, each.user_id, each.name),
                )

    async def block(self, blocker: Person, blocked: Person) -> None:
        for database in self.chat.databases.chat.values():
            await database.fetch(
                "insert into blocks (blocker_id, blocked_id, fact_no) values (%s, %s, 1)",
                (blocker.account_id, blocked.account_id),
            )

    async def ask(self, *wishes: RoomChangeWish) -> list[list[Any]]:
        room_id = wishes[0].room_id
        store = self.stores.setdefault(self.chat.home_of(room_id), self.chat.rooms(room_id))
        return by_wish(wishes, await store.carry_out(GENERATION, wishes))

    async def room(self, room_id: str) -> tuple[str, str, list[str]] | None:
        try:
            head = await self.chat.reader.room(room_id)
        except UserError as error:
            if error.code is not ErrorCode.ROOM_NOT_FOUND:
                raise
            return None
        home = self.chat.databases.chat[self.chat.home_of(room_id)]
        rows = await home.fetch(
            "select account_id::text from members where room_id = %s"
            " order by joined_at, account_id",
            (room_id,),
        )
        assert head.member_count == len(rows)
        return head.name, head.owner_id, [row[0] for row in rows]

    async def settings(self, room_id: str, member: Person) -> dict[str, str]:
        return dict((await self.chat.reader.member_room(room_id, member.account_id)).settings)


def by_wish(wishes: tuple[RoomChangeWish, ...], answers: Any) -> list[list[Any]]:
    told: list[list[Any]] = [[] for _ in wishes]
    for each in answers:
        told[each.wish].append(codec.decode(ROOM.response.name, each.body))
    return told


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


def make(room_id: str, owner: Person, *others: Person, kind: str = "group") -> RoomChangeWish:
    handles = tuple(other.user_id for other in others)
    return wish(records.CreateRoom, room_id, owner, kind=kind, name="방", participants=handles)


def open_direct(actor: Person, other: Person) -> RoomChangeWish:
    room_id = direct_room_id(actor.account_id, other.account_id)
    fields: dict[str, Any] = {"kind": "direct", "name": "", "participants": (other.user_id,)}
    return wish(records.CreateRoom, room_id, actor, **fields)


def change(
    room_id: str, actor: Person, name: str | None, heir: Person | None = None
) -> RoomChangeWish:
    handle = heir.user_id if heir else None
    return wish(records.ChangeRoom, room_id, actor, name=name, owner_user_id=handle)


def remove(room_id: str, actor: Person, member: Person) -> RoomChangeWish:
    return wish(records.RemoveMember, room_id, actor, member_user_id=member.user_id)


def delete(room_id: str, actor: Person) -> RoomChangeWish:
    return wish(records.DeleteRoom, room_id, actor)


def types(told: list[Any]) -> list[str]:
    return [type(record).__name__ for record in told]


async def group(world: World, size: int) -> tuple[str, list[Person]]:
    people = [person() for _ in range(size)]
    await world.know(*people)
    room_id = str(uuid.uuid4())
    await world.ask(make(room_id, *people))
    return room_id, people


async def test_both_open_the_direct_room_at_once_and_get_the_same(world: World) -> None:
    one, other = person(), person()
    await world.know(one, other)
    wishes = [open_direct(one, other), open_direct(other, one)]
    await world.ask(wish(records.EnterRoom, wishes[0].room_id, one))  # the worker claims the line
    answers = await asyncio.gather(*(world.ask(each) for each in wishes))
    assert sorted(types(answers[0][0]) + types(answers[1][0])) == ["RoomCreated", "RoomEntered"]
    found = await world.room(wishes[0].room_id)
    assert found is not None
    assert set(found[2]) == {one.account_id, other.account_id}


async def test_both_come_back_into_a_direct_room_that_both_left(world: World) -> None:
    one, other = person(), person()
    await world.know(one, other)
    opened = open_direct(one, other)
    left = [remove(opened.room_id, each, each) for each in (one, other)]
    await world.ask(opened, *left)
    assert await world.room(opened.room_id) == ("", one.account_id, [])
    [told] = await world.ask(open_direct(other, one))
    assert types(told) == ["MemberJoined", "MemberJoined"]
    assert told[1].fact_no == told[0].fact_no + 1
    found = await world.room(opened.room_id)
    assert found is not None
    assert found[2] == [other.account_id, one.account_id]


async def test_a_block_refuses_the_direct_room_and_the_invitation(world: World) -> None:
    room_id, [owner, shy, other] = await group(world, 3)
    await world.block(shy, owner)
    for each in (open_direct(owner, shy), open_direct(shy, owner)):
        [[refused]] = await world.ask(each)
        assert refused.code == ErrorCode.BLOCKED
    await world.ask(remove(room_id, shy, shy))
    invite = [
        wish(records.InviteMember, room_id, actor, invitee_user_id=shy.user_id)
        for actor in (owner, other)
    ]
    [refused], [joined] = await world.ask(*invite)
    assert refused.code == ErrorCode.BLOCKED
    assert joined.member.account_id == shy.account_id


async def test_a_room_gets_a_name_and_an_owner_by_one_wish_and_two_facts(world: World) -> None:
    room_id, [owner, heir] = await group(world, 2)
    wanted = change(room_id, owner, "새 이름", heir)
    [told] = await world.ask(wanted)
    assert types(told) == ["RoomRenamed", "OwnerChanged"]
    assert told[1].fact_no == told[0].fact_no + 1
    assert await world.room(room_id) == (
        "새 이름",
        heir.account_id,
        [owner.account_id, heir.account_id],
    )
    [again] = await world.ask(wanted)
    assert again == told
    [[refused]] = await world.ask(change(room_id, owner, "x"))
    assert refused.code == ErrorCode.ACCESS_DENIED


async def test_what_the_owner_decides_is_kept_and_told_a_fact_each(world: World) -> None:
    room_id, [owner, other] = await group(world, 2)
    settings = {"slow": "on", "notes_by": "owner"}
    wanted = wish(records.ChangeRoom, room_id, owner, name="새 이름", settings=settings)
    refused = wish(records.ChangeRoom, room_id, other, settings={"slow": "off"})
    told, [denied] = await world.ask(wanted, refused)
    assert types(told) == ["RoomRenamed", "RoomConfigured", "RoomConfigured"]
    assert {each.setting: each.value for each in told[1:]} == settings
    assert denied.code == ErrorCode.ACCESS_DENIED
    assert (await world.ask(wanted))[0] == told
    changed = wish(records.ChangeRoom, room_id, owner, settings={**settings, "slow": "off"})
    [[fact]] = await world.ask(changed)
    assert (fact.setting, fact.value) == ("slow", "off")
    assert await world.settings(room_id, owner) == {"slow": "off", "notes_by": "owner"}


async def test_owners_who_leave_in_one_batch_hand_over_by_age_to_the_end(world: World) -> None:
    room_id, people = await group(world, 4)
    first, second, third, last = people
    leaves = [remove(room_id, each, each) for each in (second, first, third, last)]
    told = await world.ask(*leaves)
    assert [types(each) for each in told] == [
        ["MemberLeft"],
        ["MemberLeft", "OwnerChanged"],
        ["MemberLeft", "OwnerChanged"],
        ["MemberLeft", "RoomDeleted"],
    ]
    assert told[1][1].owner.account_id == third.account_id
    assert told[2][1].owner.account_id == last.account_id
    assert await world.room(room_id) is None
    [again] = await world.ask(leaves[-1])
    assert again == told[3]


async def test_who_came_back_is_the_youngest_member(world: World) -> None:
    room_id, [owner, second, third] = await group(world, 3)
    back = wish(records.InviteMember, room_id, owner, invitee_user_id=second.user_id)
    await world.ask(remove(room_id, second, second), back)
    [told] = await world.ask(remove(room_id, owner, owner))
    assert told[1].owner.account_id == third.account_id
    found = await world.room(room_id)
    assert found is not None
    assert found[2] == [third.account_id, second.account_id]


async def test_a_deleted_room_is_there_for_no_later_wish(world: World) -> None:
    room_id, [owner, guest] = await group(world, 2)
    before = delete(room_id, owner)
    told = await world.ask(before, wish(records.EnterRoom, room_id, guest))
    assert [types(each) for each in told] == [["RoomDeleted"], ["RoomRefused"]]
    assert told[1][0].code == ErrorCode.ROOM_NOT_FOUND
    for later in (
        delete(room_id, owner),
        change(room_id, owner, "x"),
        remove(room_id, owner, guest),
    ):
        [[refused]] = await world.ask(later)
        assert refused.code == ErrorCode.ROOM_NOT_FOUND
    assert await world.ask(before) == [told[0]]
    assert await world.room(room_id) is None


async def test_who_comes_is_told_under_the_name_of_now_not_that_of_an_old_token(
    world: World,
) -> None:
    owner, before = person(), person()
    await world.know(Person(before.account_id, before.user_id, "New name"))
    room_id = str(uuid.uuid4())
    _, [joined] = await world.ask(
        wish(records.CreateRoom, room_id, owner, kind="open", name="room"),
        wish(records.EnterRoom, room_id, before),
    )
    assert joined.member == records.Member(before.account_id, before.user_id, "New name")


async def test_an_erased_owner_leaves_without_a_name_and_hands_over(world: World) -> None:
    owner, heir = person(), person()
    room_id = str(uuid.uuid4())
    await world.know(owner, heir)
    await world.ask(
        wish(
            records.CreateRoom, room_id, owner, kind="group", name="x", participants=(heir.user_id,)
        )
    )
    await world.erase(owner)
    nameless = Person(owner.account_id, "", "")
    leaving = wish(records.EraseMember, room_id, nameless)
    (told,) = await world.ask(leaving)
    assert isinstance(told[0], records.MemberLeft)
    assert isinstance(told[1], records.OwnerChanged)
    assert len(told) == 2
    assert told[0].member == records.Member(owner.account_id, "", "")
    assert await world.room(room_id) == ("x", heir.account_id, [heir.account_id])
    (again,) = await world.ask(leaving)
    assert again == told


async def test_wishes_of_an_erased_account_are_refused_and_it_cannot_be_invited(
    world: World,
) -> None:
    owner, leaver = person(), person()
    room_id = str(uuid.uuid4())
    await world.know(owner, leaver)
    await world.ask(wish(records.CreateRoom, room_id, owner, kind="open", name="x"))
    await world.erase(leaver)
    invitation = wish(records.InviteMember, room_id, owner, invitee_user_id=leaver.user_id)
    (entered,), (invited,) = await world.ask(wish(records.EnterRoom, room_id, leaver), invitation)
    assert (entered.code, invited.code) == ("NOT_AUTHENTICATED", "USER_NOT_FOUND")
    assert await world.room(room_id) == ("x", owner.account_id, [owner.account_id])


def invite(room_id: str, actor: Person, guest: Person) -> RoomChangeWish:
    return wish(records.InviteMember, room_id, actor, invitee_user_id=guest.user_id)


async def test_a_removal_that_found_nobody_ends_no_later_membership(world: World) -> None:
    room_id, [owner, guest] = await group(world, 2)
    asked = [
        remove(room_id, owner, guest),
        remove(room_id, owner, guest),
        invite(room_id, owner, guest),
    ]
    told = [answers for each in asked for answers in await world.ask(each)]
    assert [types(each) for each in told] == [["MemberLeft"], ["RoomEntered"], ["MemberJoined"]]
    again = await world.ask(*asked)  # its worker died before it had committed their offsets
    assert [types(each) for each in again] == [types(each) for each in told]
    assert await world.room(room_id) == (
        "방",
        owner.account_id,
        [owner.account_id, guest.account_id],
    )


async def test_what_was_refused_does_not_come_true_later(world: World) -> None:
    room_id, [owner, heir, guest] = await group(world, 3)
    await world.ask(remove(room_id, owner, guest))
    early = change(room_id, heir, "too early")
    [[refused]] = await world.ask(early)
    assert refused.code == ErrorCode.ACCESS_DENIED
    await world.ask(change(room_id, owner, None, heir))
    [[again]] = await world.ask(early)
    assert again.code == ErrorCode.ACCESS_DENIED
    [[told]] = await world.ask(change(room_id, heir, "in time"))
    assert told.name == "in time"


async def test_the_wish_of_an_erasure_is_judged_each_time_until_it_is_done(world: World) -> None:
    room_id, [owner] = await group(world, 1)
    leaver = person()
    await world.know(leaver)
    leaving = wish(records.EraseMember, room_id, leaver)
    [[found]] = await world.ask(leaving)
    await world.ask(invite(room_id, owner, leaver))
    [[left]] = await world.ask(leaving)
    assert types([found, left]) == ["RoomEntered", "MemberLeft"]
    assert await world.room(room_id) == ("방", owner.account_id, [owner.account_id])
