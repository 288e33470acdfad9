"""ports.notices on the fake and on real Postgres: one order, members only, as it is now."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any, Protocol

import pytest

from chatstream.domain.notices import NoticeBoard, PinnedMessage
from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.errors import ErrorCode, Fenced, UserError
from chatstream.ports.accounts import Profile
from chatstream.ports.messages import ChangeWish
from chatstream.ports.notices import NoticeAct, NoticeReader, NoticeStore, NoticeTraces, NoticeWish
from infra.postgres.epochs import LineEpochs
from infra.postgres.notice_reader import PostgresNoticeReader
from infra.postgres.notices import PostgresNoticeEraser, PostgresNotices
from infra.postgres.profiles import PostgresProfiles
from schemas import codec, records
from schemas.contexts.notices import NOTICE
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.fakes.notices import FakeNotices

TOPIC = NOTICE.response.name


class World(Protocol):
    """A room of an owner and a guest, in whichever store."""

    reader: NoticeReader

    async def make(self, kind: str = "group") -> tuple[str, Person, Person]: ...

    def store(self, room_id: str) -> NoticeStore: ...

    async def said(self, room_id: str, who: Person, text: str) -> str: ...

    async def change(
        self, room_id: str, who: Person, message_id: str, text: str | None
    ) -> None: ...

    async def reserve(self, room_id: str, owner: Person) -> None: ...

    async def hand_over(self, room_id: str, owner: Person, heir: Person) -> None: ...

    async def erase(self, who: Person) -> None: ...

    async def mute(self, who: Person) -> None: ...

    async def traces(self, room_id: str, who: Person) -> NoticeTraces: ...


class FakeWorld:
    def __init__(self) -> None:
        self.notices = FakeNotices()
        self.reader: NoticeReader = self.notices

    async def make(self, kind: str = "group") -> tuple[str, Person, Person]:
        room_id, owner, guest = str(uuid.uuid4()), person(), person()
        self.notices.boards[room_id] = NoticeBoard(kind, owner.account_id, False, 1, 1)
        self.notices.members[room_id] = {owner.account_id, guest.account_id}
        for each in (owner, guest):
            self.notices.handles[each.account_id] = each.user_id
        return room_id, owner, guest

    def store(self, room_id: str) -> NoticeStore:
        return self.notices

    async def said(self, room_id: str, who: Person, text: str) -> str:
        message_id = str(uuid.uuid4())
        board = self.notices.boards[room_id]
        board.rev += 1
        self.notices.messages[room_id, message_id] = PinnedMessage(
            message_id, len(self.notices.messages) + 1, board.rev, who.account_id, text
        )
        return message_id

    async def change(self, room_id: str, who: Person, message_id: str, text: str | None) -> None:
        board = self.notices.boards[room_id]
        board.rev += 1
        said = self.notices.messages[room_id, message_id]
        self.notices.messages[room_id, message_id] = replace(said, text=text, rev=board.rev)

    async def reserve(self, room_id: str, owner: Person) -> None:
        self.notices.boards[room_id].is_reserved = True

    async def hand_over(self, room_id: str, owner: Person, heir: Person) -> None:
        self.notices.boards[room_id].owner_id = heir.account_id

    async def erase(self, who: Person) -> None:
        self.notices.erased.add(who.account_id)

    async def mute(self, who: Person) -> None:
        self.notices.muted.add(who.account_id)

    async def traces(self, room_id: str, who: Person) -> NoticeTraces:
        return await self.notices.erase(who.account_id)


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.reader: NoticeReader = PostgresNoticeReader(chat.databases.homes, chat.databases.chat)
        self.stores: dict[str, Any] = {}

    async def make(self, kind: str = "group") -> tuple[str, Person, Person]:
        guest = person()
        room_id, owner = await self.chat.make_room(guest)
        await self.chat.database(room_id).fetch(
            "update rooms set kind = %s where room_id = %s", (kind, room_id)
        )
        return room_id, owner, guest

    def _one(self, kind: str, room_id: str, make: Any) -> Any:
        place = f"{kind} {self.chat.home_of(room_id)}"
        return (
            self.stores.setdefault(place, None)
            or self.stores.update({place: make()})
            or (self.stores[place])
        )

    def store(self, room_id: str) -> NoticeStore:
        made: NoticeStore = self._one("notices", room_id, lambda: notices(self.chat, room_id))
        return made

    async def said(self, room_id: str, who: Person, text: str) -> str:
        asked = say(room_id, who, text)
        store = self._one("messages", room_id, lambda: self.chat.messages(room_id))
        await store.carry_out(GENERATION, [asked])
        return asked.message_id

    async def change(self, room_id: str, who: Person, message_id: str, text: str | None) -> None:
        store = self._one("messages", room_id, lambda: self.chat.messages(room_id))
        ids = (partition_of(room_id, 8), room_id, who.account_id, message_id)
        await store.carry_out(GENERATION, [ChangeWish(*ids, str(uuid.uuid4()), text)])

    async def _ask(self, room_id: str, who: Person, **fields: Any) -> None:
        store = self._one("rooms", room_id, lambda: self.chat.rooms(room_id))
        await store.carry_out(GENERATION, [wish(records.ChangeRoom, room_id, who, **fields)])

    async def reserve(self, room_id: str, owner: Person) -> None:
        await self._ask(room_id, owner, settings={"notice_by": "owner"})

    async def hand_over(self, room_id: str, owner: Person, heir: Person) -> None:
        await self._ask(room_id, owner, owner_user_id=heir.user_id)

    async def erase(self, who: Person) -> None:
        for database in self.chat.databases.chat.values():
            await PostgresProfiles(database).keep([Profile(who.account_id, 1)])

    async def mute(self, who: Person) -> None:
        for database in self.chat.databases.chat.values():
            await database.fetch(
                "insert into mutes (sanction_id, account_id, room_id, reason, until, forget_at,"
                " fact_no) values (%s, %s, null, 'rate', now() + interval '1 hour',"
                " now() + interval '1 hour', 1)",
                (str(uuid.uuid4()), who.account_id),
            )

    async def traces(self, room_id: str, who: Person) -> NoticeTraces:
        return await PostgresNoticeEraser(self.chat.database(room_id)).erase(who.account_id)


def notices(chat: Chat, room_id: str) -> PostgresNotices:
    database = chat.database(room_id)
    return PostgresNotices(database, LineEpochs(database, TOPIC))


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


def asked(act: NoticeAct, room_id: str, who: Person, **fields: Any) -> NoticeWish:
    ids = (partition_of(room_id, 8), room_id, who.account_id, str(uuid.uuid4()))
    return NoticeWish(*ids, act, **fields)


def set_to(room_id: str, who: Person, text: str) -> NoticeWish:
    return asked(NoticeAct.SET, room_id, who, text=text)


def pin(room_id: str, who: Person, message_id: str) -> NoticeWish:
    return asked(NoticeAct.SET, room_id, who, message_id=message_id)


async def told(world: World, *wishes: NoticeWish) -> list[Any]:
    """The record that answers each wish, in the order of the wishes."""
    answers = await world.store(wishes[0].room_id).carry_out(GENERATION, wishes)
    numbers = [each.fact_no for each in answers if each.fact_no]
    assert numbers == sorted(numbers)
    by_wish = {each.wish: codec.decode(TOPIC, each.body) for each in answers}
    return [by_wish[index] for index in range(len(wishes))]


async def text_now(world: World, room_id: str, who: Person) -> str | None:
    found = await world.reader.notice(room_id, who.account_id)
    return None if found is None else found.text


async def test_a_text_is_the_notice_for_every_member_until_another_or_the_end(world: World) -> None:
    room_id, owner, guest = await world.make()
    assert await world.reader.notice(room_id, guest.account_id) is None
    [first] = await told(world, set_to(room_id, guest, "9시에 만나요"))
    assert isinstance(first, records.NoticeSet)
    assert first.notice is not None
    assert (first.notice.text, first.notice.user_id) == ("9시에 만나요", guest.user_id)
    found = await world.reader.notice(room_id, owner.account_id)
    assert found is not None
    assert (found.text, found.message_id, found.rev) == ("9시에 만나요", None, first.rev)
    second, ended, again = await told(
        world,
        set_to(room_id, owner, "10시로 바꿔요"),
        asked(NoticeAct.END, room_id, guest),
        asked(NoticeAct.END, room_id, guest),
    )
    assert first.rev < second.rev < ended.rev
    assert isinstance(ended, records.NoticeEnded)
    assert isinstance(again, records.NoticeUnchanged)
    assert await text_now(world, room_id, owner) is None


async def test_a_repeat_gets_its_fact_and_what_took_its_place_is_not_undone(world: World) -> None:
    room_id, owner, guest = await world.make()
    first, second = set_to(room_id, owner, "one"), set_to(room_id, guest, "two")
    [one] = await told(world, first)
    assert await told(world, first) == [one]
    [two] = await told(world, second)
    [late] = await told(world, first)
    assert (late.fact_no, late.rev, late.notice) == (one.fact_no, one.rev, None)
    assert two.fact_no == one.fact_no + 1
    assert await text_now(world, room_id, owner) == "two"
    [same] = await told(world, set_to(room_id, guest, "two"))
    assert isinstance(same, records.NoticeUnchanged)


async def test_an_edit_shows_at_once_and_is_told_once_and_a_delete_ends_it(world: World) -> None:
    room_id, owner, guest = await world.make()
    message_id = await world.said(room_id, guest, "see you at sevn")
    [pinned] = await told(world, pin(room_id, owner, message_id))
    assert pinned.notice.message_id == pinned.message_id == message_id
    await world.change(room_id, guest, message_id, "see you at seven")
    assert await text_now(world, room_id, owner) == "see you at seven"
    follow = asked(NoticeAct.FOLLOW, room_id, guest, message_id=message_id)
    edited, again, other = await told(
        world,
        follow,
        replace(follow, request_id=str(uuid.uuid4())),
        asked(NoticeAct.FOLLOW, room_id, guest, message_id=str(uuid.uuid4())),
    )
    assert isinstance(edited, records.NoticeEdited)
    assert edited.notice is not None
    assert (edited.notice.text, edited.notice.rev) == ("see you at seven", pinned.rev)
    assert edited.notice.user_id == owner.user_id
    assert edited.rev > pinned.rev
    assert {type(again), type(other)} == {records.NoticeUnchanged}
    await world.change(room_id, guest, message_id, None)
    assert await text_now(world, room_id, owner) is None
    follow = asked(NoticeAct.FOLLOW, room_id, guest, message_id=message_id)
    [ended] = await told(world, follow)
    assert isinstance(ended, records.NoticeEnded)
    assert await told(world, follow) == [ended]
    assert await world.traces(room_id, owner) == NoticeTraces([])


async def test_only_what_can_be_seen_in_this_room_is_pinned(world: World) -> None:
    room_id, owner, guest = await world.make()
    elsewhere, other, _ = await world.make()
    foreign = await world.said(elsewhere, other, "hi")
    gone, theirs = [await world.said(room_id, guest, "hi") for _ in range(2)]
    await world.change(room_id, guest, gone, None)
    nothing = str(uuid.uuid4())
    refused = await told(world, *(pin(room_id, owner, each) for each in (foreign, gone, nothing)))
    assert {each.code for each in refused} == {"MESSAGE_NOT_FOUND"}
    await world.erase(guest)
    [of_nobody] = await told(world, pin(room_id, owner, theirs))
    assert of_nobody.code == "MESSAGE_NOT_FOUND"


async def test_strangers_the_muted_and_the_erased_set_nothing(world: World) -> None:
    room_id, owner, guest = await world.make()
    nowhere = str(uuid.uuid4())
    refused = await told(
        world, set_to(room_id, person(), "x"), asked(NoticeAct.END, room_id, person())
    )
    assert [each.code for each in refused] == ["NOT_A_MEMBER", "NOT_A_MEMBER"]
    [missing] = await told(world, set_to(nowhere, owner, "x"))
    assert missing.code == "ROOM_NOT_FOUND"
    with pytest.raises(UserError) as caught:
        await world.reader.notice(nowhere, owner.account_id)
    assert caught.value.code is ErrorCode.ROOM_NOT_FOUND
    with pytest.raises(UserError) as caught:
        await world.reader.notice(room_id, person().account_id)
    assert caught.value.code is ErrorCode.NOT_A_MEMBER
    await world.mute(guest)
    message_id = await world.said(room_id, owner, "hi")
    for each in (set_to(room_id, guest, "x"), pin(room_id, guest, message_id)):
        [muted] = await told(world, each)
        assert (muted.code, muted.reason, muted.cause) == ("MESSAGE_REFUSED", "muted", "rate")
        assert muted.until
    banned = replace(set_to(room_id, owner, "x"), refused_for="banned_word")
    [by_rule] = await told(world, banned)
    assert (by_rule.code, by_rule.reason) == ("MESSAGE_REFUSED", "banned_word")
    await world.erase(owner)
    [erased] = await told(world, set_to(room_id, owner, "x"))
    assert erased.code == "NOT_AUTHENTICATED"


async def test_a_direct_room_has_none(world: World) -> None:
    room_id, owner, _ = await world.make("direct")
    refused = await told(world, set_to(room_id, owner, "x"), asked(NoticeAct.END, room_id, owner))
    assert {each.code for each in refused} == {"INVALID_INPUT"}
    with pytest.raises(UserError) as caught:
        await world.reader.notice(room_id, owner.account_id)
    assert caught.value.code is ErrorCode.INVALID_INPUT


async def test_what_the_owner_reserves_is_the_next_owners_after_a_hand_over(world: World) -> None:
    room_id, owner, guest = await world.make()
    await told(world, set_to(room_id, guest, "before"))
    await world.reserve(room_id, owner)
    locked = await told(world, set_to(room_id, guest, "x"), asked(NoticeAct.END, room_id, guest))
    assert {each.code for each in locked} == {"NOTICE_LOCKED"}
    [mine] = await told(world, set_to(room_id, owner, "mine"))
    assert isinstance(mine, records.NoticeSet)
    await world.hand_over(room_id, owner, guest)
    theirs, former = await told(
        world, set_to(room_id, guest, "theirs"), set_to(room_id, owner, "again")
    )
    assert isinstance(theirs, records.NoticeSet)
    assert former.code == "NOTICE_LOCKED"


@pytest.mark.parametrize("who", ["setter", "author"])
async def test_an_erasure_shows_nothing_at_once_and_ends_it(world: World, who: str) -> None:
    room_id, owner, guest = await world.make()
    message_id = await world.said(room_id, guest, "hi")
    await told(world, pin(room_id, owner, message_id))
    gone, stays = (owner, guest) if who == "setter" else (guest, owner)
    await world.erase(gone)
    assert await text_now(world, room_id, stays) is None
    assert await world.traces(room_id, gone) == NoticeTraces([room_id])
    erase = asked(NoticeAct.ERASE, room_id, gone)
    [ended] = await told(world, erase)
    assert isinstance(ended, records.NoticeEnded)
    assert await told(world, erase) == [ended]
    assert await world.traces(room_id, gone) == NoticeTraces([])
    later = replace(erase, request_id=str(uuid.uuid4()))
    assert isinstance((await told(world, later))[0], records.NoticeUnchanged)


async def test_leaving_the_room_ends_no_notice(chat: Chat) -> None:
    world = PostgresWorld(chat)
    room_id, owner, guest = await world.make()
    await told(world, set_to(room_id, guest, "stays"))
    left = wish(records.RemoveMember, room_id, guest, member_user_id=guest.user_id)
    await chat.rooms(room_id).carry_out(GENERATION, [left])
    assert await text_now(world, room_id, owner) == "stays"


async def test_two_at_once_have_one_order_and_an_older_worker_sets_nothing(chat: Chat) -> None:
    world = PostgresWorld(chat)
    room_id, owner, guest = await world.make()
    store = world.store(room_id)
    await told(world, set_to(room_id, owner, "first"))  # claims the line
    both = await asyncio.gather(
        *(
            store.carry_out(GENERATION, [set_to(room_id, each, each.user_id)])
            for each in (owner, guest)
        )
    )
    facts = [codec.decode(TOPIC, answer.body) for [answer] in both]
    last = max(facts, key=lambda fact: fact.rev)
    assert await text_now(world, room_id, owner) == last.notice.text
    first, second = sorted(fact.fact_no for fact in facts)
    assert second == first + 1
    await notices(chat, room_id).carry_out(GENERATION, [set_to(room_id, owner, "newer")])
    with pytest.raises(Fenced):
        await store.carry_out(GENERATION, [set_to(room_id, owner, "older")])


async def test_the_facts_are_read_back_without_texts(chat: Chat) -> None:
    world = PostgresWorld(chat)
    room_id, owner, _ = await world.make()
    [fact] = await told(world, set_to(room_id, owner, "a secret"))
    rows = await chat.facts.facts(TOPIC, partition_of(room_id, 8), fact.fact_no - 1, fact.fact_no)
    [(number, body)] = rows
    assert number == fact.fact_no
    assert b"a secret" not in body
    assert codec.decode(TOPIC, body).rev == fact.rev
