"""The write side of rooms on real Postgres, and what the fronts read of it."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.room_batch import RoomChangeWish
from chatstream.domain.rooms import Person, direct_room_id
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.rooms import RoomAnswer
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.contract.paging import every_entry, refuses_foreign_cursors


async def apply(chat: Chat, *wishes: RoomChangeWish) -> list[Any]:
    answers: Sequence[RoomAnswer] = await chat.rooms(wishes[0].room_id).carry_out(
        GENERATION, wishes
    )
    return [codec.decode(ROOM.response.name, answer.body) for answer in answers]


def remove(room_id: str, actor: Person, member: Person) -> RoomChangeWish:
    return wish(records.RemoveMember, room_id, actor, member_user_id=member.user_id)


async def test_a_room_and_its_first_entry_in_one_batch(chat: Chat) -> None:
    room_id, owner, guest = str(uuid.uuid4()), person(), person()
    created, joined = await apply(
        chat,
        wish(records.CreateRoom, room_id, owner, kind="open", name="방"),
        wish(records.EnterRoom, room_id, guest),
    )
    assert (created.member_count, joined.member_count) == (1, 2)
    assert joined.fact_no == created.fact_no + 1
    listing = await chat.reader.member_room(room_id, guest.account_id)
    assert [member.account_id for member in listing.members] == [
        owner.account_id,
        guest.account_id,
    ]


async def test_a_repeated_wish_gets_the_same_fact(chat: Chat) -> None:
    room_id, _ = await chat.make_room()
    enter = wish(records.EnterRoom, room_id, person())
    assert await apply(chat, enter) == await apply(chat, enter)
    assert (await chat.reader.room(room_id)).member_count == 2


async def test_entering_again_changes_nothing(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    [entered] = await apply(chat, wish(records.EnterRoom, room_id, owner))
    assert isinstance(entered, records.RoomEntered)


async def test_a_stranger_enters_an_open_room_and_no_group(chat: Chat) -> None:
    group, _ = await chat.make_room(kind="group")
    [refused] = await apply(chat, wish(records.EnterRoom, group, person()))
    assert refused.code == ErrorCode.NOT_A_MEMBER


async def test_leaving_raises_the_access_version_and_names_an_heir(chat: Chat) -> None:
    guest = person()
    room_id, owner = await chat.make_room(guest)
    before = await chat.reader.room(room_id)
    left, handed_over = await apply(chat, remove(room_id, owner, owner))
    after = await chat.reader.room(room_id)
    assert left.access_version == after.access_version == before.access_version + 1
    assert after.owner_id == handed_over.owner.account_id == guest.account_id
    with pytest.raises(UserError) as refusal:
        await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=1)
    assert refusal.value.code is ErrorCode.NOT_A_MEMBER


async def test_only_the_owner_removes_others(chat: Chat) -> None:
    first, second = person(), person()
    room_id, owner = await chat.make_room(first, second)
    [refused] = await apply(chat, remove(room_id, first, second))
    [left] = await apply(chat, remove(room_id, owner, second))
    assert refused.code == ErrorCode.ACCESS_DENIED
    assert left.member.account_id == second.account_id
    version, members = await chat.reader.members_of(room_id, [first.account_id, second.account_id])
    assert (version, members) == (left.access_version, {first.account_id})


async def test_an_invitation_needs_a_known_handle(chat: Chat) -> None:
    room_id, owner = await chat.make_room(kind="group")
    [refused] = await apply(
        chat, wish(records.InviteMember, room_id, owner, invitee_user_id="nobody.here")
    )
    assert refused.code == ErrorCode.USER_NOT_FOUND


async def test_room_lists_are_latest_first_and_page_by_cursor_over_both_databases(
    chat: Chat,
) -> None:
    owner = person()
    made: list[str] = []
    while len({chat.databases.homes[partition_of(room, 8)] for room in made}) < 2 or len(made) < 5:
        room_id = str(uuid.uuid4())
        await apply(chat, wish(records.CreateRoom, room_id, owner, kind="group", name="r"))
        await chat.messages(room_id).carry_out(GENERATION, [say(room_id, owner, f"in {len(made)}")])
        made.append(room_id)

    async def ids(limit: int) -> list[str]:
        read = partial(chat.reader.rooms_of, owner.account_id)
        return [each.room.room_id for each in await every_entry(read, limit)]

    limits = range(1, len(made) + 2)
    assert [await ids(limit) for limit in limits] == [made[::-1] for _ in limits]
    assert set(await chat.reader.room_ids_of(owner.account_id)) == set(made)
    await at_one_time(chat, made)
    assert [await ids(limit) for limit in limits] == [sorted(made, reverse=True) for _ in limits]


async def named_rooms(chat: Chat, owner: Person) -> dict[str, str]:
    """One room of each kind that a list names in its own way, and one in which `owner` is not."""
    mina, junho = [
        Person(str(uuid.uuid4()), f"u{uuid.uuid4().hex[:12]}", name)
        for name in ("김미나", "이준호")
    ]
    made = {
        name: str(uuid.uuid4()) for name in ("named", "nameless", "alone", "foreign", "deleted")
    }
    made["direct"] = direct_room_id(owner.account_id, junho.account_id)
    for room_id in made.values():
        for who in (mina, junho):
            await apply(chat, wish(records.EnterRoom, room_id, who))  # known in each database
    for name, by, called, others in (
        ("named", owner, "주말 등산", (mina,)),
        ("nameless", owner, "", (mina, junho)),
        ("alone", owner, "", ()),
        ("foreign", mina, "주말 등산", ()),
        ("deleted", owner, "주말 등산", ()),
    ):
        handles = tuple(each.user_id for each in others)
        fields: dict[str, Any] = {"kind": "group", "name": called, "participants": handles}
        await apply(chat, wish(records.CreateRoom, made[name], by, **fields))
    fields = {"kind": "direct", "name": "", "participants": (junho.user_id,)}
    await apply(chat, wish(records.CreateRoom, made["direct"], owner, **fields))
    await apply(chat, remove(made["direct"], junho, junho))  # is shown by the name of who has left
    await apply(chat, wish(records.DeleteRoom, made["deleted"], owner))
    return made


async def test_ones_rooms_are_found_by_the_names_they_are_shown_by(chat: Chat) -> None:
    owner = person()
    made = await named_rooms(chat, owner)

    async def found(query: str) -> set[str]:
        listings, cursor = await chat.reader.rooms_of(owner.account_id, None, 10, query)
        assert cursor is None
        return {
            name
            for name, room_id in made.items()
            for each in listings
            if each.room.room_id == room_id
        }

    assert await found("등산") == await found("ㅈㅁㄷ") == {"named"}
    assert await found("미나") == {"nameless"}  # one is called by its own name
    assert await found(unicodedata.normalize("NFD", "준호")) == {"nameless", "direct"}
    assert await found("ㅈㅎ ㅁㄴ") == {"nameless"}
    assert await found(owner.name) == await found("%") == set()
    assert await found("") == await found(" ") == {"named", "nameless", "alone", "direct"}


async def test_what_is_found_by_name_pages_like_the_whole_list(chat: Chat) -> None:
    owner, made = person(), list[str]()
    for n in range(12):
        room_id = str(uuid.uuid4())
        called = "Team A" if n % 2 else "other"
        await apply(chat, wish(records.CreateRoom, room_id, owner, kind="group", name=called))
        made += [room_id] * (n % 2)
    await at_one_time(chat, made)
    for limit in range(1, len(made) + 2):
        read = partial(chat.reader.rooms_of, owner.account_id, query="team")
        ids = [each.room.room_id for each in await every_entry(read, limit)]
        assert ids == sorted(made, reverse=True), limit
    await refuses_foreign_cursors(partial(chat.reader.rooms_of, owner.account_id, query="team"))


async def test_the_directory_pages_through_every_room_also_at_one_time(chat: Chat) -> None:
    owner, name = person(), f"directory {uuid.uuid4()}"
    made: list[str] = []
    while len({chat.databases.homes[partition_of(room, 8)] for room in made}) < 2 or len(made) < 5:
        room_id = str(uuid.uuid4())
        await apply(chat, wish(records.CreateRoom, room_id, owner, kind="open", name=name))
        made.append(room_id)
    await at_one_time(chat, made)
    for limit in range(1, len(made) + 2):
        found = await every_entry(partial(chat.reader.open_rooms, name), limit)
        assert [each.room.room_id for each in found] == sorted(made, reverse=True), limit


async def test_the_directory_shows_who_is_in_a_room_and_nothing_that_was_said(chat: Chat) -> None:
    owner, name, room_id = person(), f"directory {uuid.uuid4()}", str(uuid.uuid4())
    await apply(chat, wish(records.CreateRoom, room_id, owner, kind="open", name=name))
    await chat.messages(room_id).carry_out(GENERATION, [say(room_id, owner)])
    [shown], _ = await chat.reader.open_rooms(name, None, 10)
    assert [each.user_id for each in shown.members] == [owner.user_id] == [shown.owner]
    assert (shown.last_message, shown.last_read_seq, shown.deleted_unread) == (None, 0, 0)
    [own], _ = await chat.reader.rooms_of(owner.account_id, None, 10)
    assert own.last_message is not None
    assert (own.last_message.message, own.last_message.unread, own.last_read_seq) == ("hi", 0, 1)


async def at_one_time(chat: Chat, room_ids: list[str]) -> None:
    """The rooms were all last active at the same moment."""
    for database in chat.databases.chat.values():
        await database.fetch(
            "update rooms set active_at = '2026-11-21T12:00:00.123456Z'"
            " where room_id = any(%s::uuid[])",
            (room_ids,),
        )


async def test_history_pages_both_ways_and_subscribe_gives_what_is_missing(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await chat.messages(room_id).carry_out(GENERATION, [say(room_id, owner) for _ in range(10)])

    async def page(**query: int | None) -> tuple[list[int], bool]:
        asked = {"before": None, "after": None, "limit": 4, **query}
        found = await chat.reader.history(room_id, owner.account_id, **asked)  # type: ignore[arg-type]
        return [message.seq for message in found.messages], found.has_more

    assert await page() == ([7, 8, 9, 10], True)
    assert await page(before=3) == ([1, 2], False)
    assert await page(after=8) == ([9, 10], False)
    access = await chat.reader.subscribe(room_id, owner.account_id, 7)
    assert [message.seq for message in access.missing.messages] == [8, 9, 10]
    assert (await chat.reader.subscribe(room_id, owner.account_id, None)).missing.messages == ()
    missed = (await chat.reader.gap(room_id, 7, 0)).missing
    assert [message.seq for message in missed.messages] == [8, 9, 10]


async def test_a_direct_room_has_the_name_of_the_other_also_when_that_one_has_left(
    chat: Chat,
) -> None:
    one, other = person(), Person(str(uuid.uuid4()), f"u{uuid.uuid4().hex[:12]}", "준호")
    room_id = direct_room_id(one.account_id, other.account_id)
    await apply(chat, wish(records.EnterRoom, room_id, other))  # its profile comes to this database
    fields: dict[str, Any] = {"kind": "direct", "name": "", "participants": (other.user_id,)}
    await apply(chat, wish(records.CreateRoom, room_id, one, **fields))
    await apply(chat, remove(room_id, other, other))
    listing = await chat.reader.member_room(room_id, one.account_id)
    assert (listing.room.name, listing.owner) == ("준호", None)
    [listing], _ = await chat.reader.rooms_of(one.account_id, None, 10)
    assert listing.room.name == "준호"
    found = await chat.reader.person(other.user_id)
    assert found.account_id == other.account_id


async def test_the_owner_is_told_by_handle_wherever_among_the_members_it_stands(
    chat: Chat,
) -> None:
    guests = [person() for _ in range(101)]
    room_id, owner = await chat.make_room(*guests)
    handed = wish(records.ChangeRoom, room_id, owner, owner_user_id=guests[-1].user_id)
    await apply(chat, handed)
    listing = await chat.reader.member_room(room_id, owner.account_id)
    assert listing.owner == guests[-1].user_id
    assert len(listing.members) == 100


async def test_a_cursor_that_is_none_is_refused(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await refuses_foreign_cursors(partial(chat.reader.participants, room_id, owner.account_id))
    await refuses_foreign_cursors(partial(chat.reader.rooms_of, owner.account_id))
    await refuses_foreign_cursors(partial(chat.reader.open_rooms, ""))


async def test_a_join_tells_what_the_new_member_counts_as_read(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await chat.messages(room_id).carry_out(GENERATION, [say(room_id, owner) for _ in range(3)])
    guest = person()
    [joined] = await apply(chat, wish(records.EnterRoom, room_id, guest))
    listing = await chat.reader.member_room(room_id, guest.account_id)
    assert (joined.seq, listing.last_read_seq) == (3, 3)


async def test_a_name_that_postgres_cannot_hold_poisons_its_wish_and_nothing_else(
    chat: Chat,
) -> None:
    room_id, owner = await chat.make_room()
    with pytest.raises(PoisonMessage):
        await apply(chat, wish(records.InviteMember, room_id, owner, invitee_user_id="a\x00b"))
    with pytest.raises(PoisonMessage):
        await chat.reader.person("a\x00b")
    [renamed] = await apply(chat, wish(records.ChangeRoom, room_id, owner, name="x"))
    assert isinstance(renamed, records.RoomRenamed)


async def test_room_facts_are_read_back_as_they_were_told(chat: Chat) -> None:
    guest = person()
    room_id, owner = await chat.make_room(guest)
    [renamed] = await apply(chat, wish(records.ChangeRoom, room_id, owner, name="x"))
    [left, _] = await apply(chat, remove(room_id, owner, owner))
    partition, topic = partition_of(room_id, 8), ROOM.response.name
    rows = await chat.facts.facts(topic, partition, renamed.fact_no - 1, left.fact_no)
    assert [codec.decode(topic, body) for _, body in rows] == [renamed, left]
