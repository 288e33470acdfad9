"""Rows are all that the hub needs to tell another context's records."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chatstream.contexts import all_news
from schemas.records import FriendUnchanged, MessageSaved, OwnerChanged, RoomEntered
from tests.fakes.hub import World, new_world
from tests.fakes.rooms import AT, OTHER, ROOM
from web.live.events import Body, RoomChanged, in_room
from web.live.frames import Broadcast
from web.live.news import AccountNews, News, RoomNews, account_bodies, room_bodies
from web.live.people import FriendsChanged
from web.live.reading import Typing


@asynccontextmanager
async def world_of(**rows: Any) -> Any:
    world = new_world(News(**rows))
    yield world
    await world.hub.stop()


def entered(account: str = "min", room_id: str = ROOM, members: int = 3) -> RoomEntered:
    """A record that no row of the program tells."""
    return RoomEntered(
        request_id="q", room_id=room_id, account_id=account, member_count=members,
        access_version=1, at=AT,
    )  # fmt: skip


def shown(record: RoomEntered) -> Broadcast:
    body = Typing(room_id=record.room_id, user_id=record.account_id, user_name="")
    return in_room(record.room_id, "x", body)


def saved(account: str, number: int = 1) -> MessageSaved:
    return MessageSaved(
        request_id=str(number), room_id=ROOM, account_id=account, message_id="m", saved_at=AT
    )


def own(record: MessageSaved, here: Container[str]) -> Iterable[tuple[str, Body]]:
    return ((record.account_id, FriendsChanged()),)


async def test_a_record_without_a_row_is_told_to_nobody(world: World) -> None:
    socket, _, _ = await world.listen("min")
    account, _ = await world.watch("min")
    world.tell(entered(), saved("min"), FriendUnchanged(request_id="q", account_id="min", at=AT))
    world.tell(world.say())
    await world.until(lambda: bool(socket.bodies) and bool(account.bodies))
    assert (socket.types, account.types) == (["message"], ["roomChanged"])


async def test_a_row_of_a_room_tells_its_subscribers_and_no_others() -> None:
    async with world_of(rooms=(RoomNews(RoomEntered, Typing, shown),)) as world:
        world.rooms.create(OTHER, "min")
        elsewhere, _, _ = await world.listen("min", room_id=OTHER)
        socket, _, _ = await world.listen("min")
        world.tell(entered("jun"))
        assert socket.bodies == [
            {"type": "typing", "roomId": ROOM, "userId": "jun", "userName": ""}
        ]
        assert elsewhere.bodies == []


async def test_who_left_is_told_nothing_of_any_row() -> None:
    async with world_of(rooms=(RoomNews(RoomEntered, Typing, shown),)) as world:
        gone, _, _ = await world.listen("jun")
        stays, _, _ = await world.listen("min")
        left = world.rooms.leave(ROOM, "jun")
        late = RoomEntered(
            request_id="q", room_id=ROOM, account_id="min", member_count=2,
            access_version=left.access_version, at=AT,
        )  # fmt: skip
        world.tell(late)
        await world.until(lambda: stays.types == ["typing"])
        assert gone.types == ["left"]


async def test_the_author_is_not_told_and_what_is_not_due_is_told_to_nobody() -> None:
    row = RoomNews(
        RoomEntered,
        Typing,
        shown,
        author=lambda record: record.account_id,
        due=lambda record: record.member_count > 0,
    )
    async with world_of(rooms=(row,)) as world:
        author, _, _ = await world.listen("min")
        other, _, _ = await world.listen("jun")
        world.tell(entered(members=0), entered())
        assert (author.types, other.types) == ([], ["typing"])


async def test_what_a_row_says_of_the_line_is_told_to_the_room_lists() -> None:
    def line(record: RoomEntered) -> RoomChanged | None:
        count = record.member_count
        return RoomChanged(room_id=record.room_id, member_count=count) if count else None

    async with world_of(rooms=(RoomNews(RoomEntered, Typing, shown, line),)) as world:
        socket, _ = await world.watch("min")
        listener, _, _ = await world.listen("jun")
        world.tell(entered(members=7), entered(members=0))
        await world.until(lambda: bool(socket.bodies))
        assert [body["memberCount"] for body in socket.bodies] == [7]
        assert (listener.types, listener.code) == (["typing", "typing"], None)


async def test_what_is_fleeting_does_no_work_for_those_who_only_watch() -> None:
    made: list[RoomEntered] = []

    def seen(record: RoomEntered) -> Broadcast:
        made.append(record)
        return shown(record)

    async with world_of(rooms=(RoomNews(RoomEntered, Typing, seen, fleeting=True),)) as world:
        await world.watch("min")
        world.tell(entered())
        assert made == []
        socket, _, _ = await world.listen("min")
        world.tell(entered())
        await world.until(lambda: socket.types == ["typing"])
        assert len(made) == 1


async def test_what_has_a_rev_is_told_behind_the_changes_before_it() -> None:
    row = RoomNews(RoomEntered, Typing, shown, rev=lambda record: record.member_count)
    async with world_of(rooms=(row,)) as world:
        world.tell(world.say())
        socket, _, _ = await world.listen("min")
        late, edit = world.say(), world.rooms.edit(ROOM, 1, "new")
        world.tell(entered(members=edit.rev + 1))
        await world.until(lambda: "typing" in socket.types)
        assert socket.types == ["edited", "typing"]
        world.tell(late, edit)
        world.tell(world.say())
        await world.until(lambda: len(socket.seqs) == 2)
        assert (socket.types.count("edited"), socket.seqs) == (1, [2, 3])


async def test_a_row_of_accounts_tells_whom_it_names() -> None:
    async with world_of(accounts=(AccountNews(MessageSaved, FriendsChanged, own),)) as world:
        named, _ = await world.watch("min")
        other, _ = await world.watch("jun")
        world.tell(saved("min"), saved("nobody-here"))
        assert (named.types, other.types) == (["friendsChanged"], [])


async def test_a_row_sees_who_listens_here() -> None:
    asked: list[bool] = []

    def told(record: MessageSaved, here: Container[str]) -> Iterable[tuple[str, Body]]:
        asked.append(record.account_id in here)
        return ()

    async with world_of(accounts=(AccountNews(MessageSaved, FriendsChanged, told),)) as world:
        await world.watch("min")
        world.tell(saved("min"), saved("jun"))
        assert asked == [True, False]


async def test_a_fact_that_was_told_is_not_told_again_in_its_partition() -> None:
    row = AccountNews(
        MessageSaved, FriendsChanged, own, fact_no=lambda record: int(record.request_id)
    )
    async with world_of(accounts=(row,)) as world:
        socket, _ = await world.watch("min")
        for partition, number in ((0, 1), (0, 2), (0, 1), (0, 2), (1, 1)):
            world.hub.tell(partition, saved("min", number))
        assert len(socket.bodies) == 3


async def test_acquaintances_are_told_too() -> None:
    row = AccountNews(MessageSaved, FriendsChanged, own, acquainted=True)
    async with world_of(accounts=(row,)) as world:
        shares, _ = await world.watch("jun")
        stranger, _ = await world.watch("stranger")
        world.tell(saved("min"))
        await world.until(lambda: shares.types == ["friendsChanged"])
        assert stranger.bodies == []


async def test_a_fact_of_a_room_may_be_told_to_accounts_as_well_once() -> None:
    def told(fact: OwnerChanged, here: Container[str]) -> Iterable[tuple[str, Body]]:
        return ((fact.owner.account_id, FriendsChanged()),)

    async with world_of(accounts=(AccountNews(OwnerChanged, FriendsChanged, told),)) as world:
        room, _, _ = await world.listen("min")
        account, _ = await world.watch("jun")
        fact = world.rooms.hand_over(ROOM, "jun")
        world.tell(fact, fact)
        assert (room.types, account.types) == (["ownerChanged"], ["friendsChanged"])


def test_two_rows_for_one_record_are_refused() -> None:
    row = RoomNews(RoomEntered, Typing, shown)
    with pytest.raises(ValueError, match="RoomEntered is told by two rows"):
        new_world(News(rooms=(row,)), News(rooms=(row,)))


def test_the_bodies_of_all_rows_are_known_each_once() -> None:
    more = News(
        rooms=(RoomNews(RoomEntered, Typing, shown),),
        accounts=(AccountNews(MessageSaved, FriendsChanged, own),),
        besides=(Typing,),
    )
    assert room_bodies((more, more)) == (Typing,)
    assert account_bodies((more, more)) == (Typing, FriendsChanged)
    for bodies in (room_bodies(all_news()), account_bodies(all_news())):
        assert len(set(bodies)) == len(bodies)
