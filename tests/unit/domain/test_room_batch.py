"""Room wishes, however ordered, cut into batches and repeated, give the rows the facts tell of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.domain.rooms import direct_room_id
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.fakes.room_store import FakeRoomStore, room_wish
from tests.fakes.rooms import FakeRooms

PEOPLE = ("ann", "bob", "cho", "dan")
ROOMS = ("group", "open")

people = st.sampled_from(PEOPLE)
kinds = st.sampled_from(
    [
        records.CreateRoom,
        records.EnterRoom,
        records.InviteMember,
        records.RemoveMember,
        records.ChangeRoom,
        records.DeleteRoom,
    ]
)


@st.composite
def some_wish(draw: st.DrawFn) -> records.RoomWish:
    actor, other = draw(people), draw(people)
    kind = draw(kinds)
    room_id = draw(st.sampled_from([*ROOMS, "direct"]))
    if kind is records.CreateRoom:
        name = "" if room_id == "direct" else "made"
        named: dict[str, Any] = {"kind": room_id, "name": name, "participants": (other,)}
    elif kind is records.InviteMember:
        named = {"invitee_user_id": other}
    elif kind is records.RemoveMember:
        named = {"member_user_id": other}
    elif kind is records.ChangeRoom:
        new_name = draw(st.sampled_from([None, "x", "y"]))
        named = {"name": new_name, "owner_user_id": draw(st.none() | people)}
    else:
        named = {}
    if room_id == "direct":
        room_id = direct_room_id(*(("ann", "bob") if actor != other else (actor, other)))
    wish: records.RoomWish = kind(
        request_id=str(draw(st.integers(0, 30))) + kind.__name__ + other,
        room_id=room_id,
        account_id=actor,
        user_id=actor,
        user_name=actor.title(),
        requested_at="2026-01-01T00:00:00.000Z",
        **named,
    )
    return wish


def run(batches: Sequence[Sequence[records.RoomWish]]) -> tuple[FakeRoomStore, list[list[bytes]]]:
    store = FakeRoomStore()
    store.blocks = {("dan", "ann")}
    answers: list[list[bytes]] = []

    async def work() -> None:
        for person in PEOPLE:  # everybody has a profile before anything is asked
            await store.carry_out(None, [room_wish(_enter(person))])
        for batch in batches:
            told = await store.carry_out(None, [room_wish(wish) for wish in batch])
            for index in range(len(batch)):
                answers.append([each.body for each in told if each.wish == index])

    asyncio.run(work())
    return store, answers


def _enter(person: str) -> records.EnterRoom:
    return records.EnterRoom(
        request_id=f"enter-{person}",
        room_id="nowhere",
        account_id=person,
        user_id=person,
        user_name=person.title(),
        requested_at="2026-01-01T00:00:00.000Z",
    )


def rows(store: FakeRoomStore) -> dict[str, object]:
    return {
        room_id: (state.kind, state.name, state.owner_id, store.members[room_id])
        for room_id, state in store.rooms.items()
        if not state.deleted
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(some_wish(), max_size=40), st.randoms(use_true_random=False))
def test_the_rows_are_what_the_facts_tell_however_wishes_are_cut_and_repeated(
    wishes: list[records.RoomWish], chance: Any
) -> None:
    batches: list[list[records.RoomWish]] = [[]]
    for wish in wishes:
        batches[-1].append(wish)
        if chance.random() < 0.3:
            batches.append([chance.choice(wishes[: wishes.index(wish) + 1])])
    store, answers = run(batches)
    told = FakeRooms()
    for _, _, body in sorted(store.facts):
        told.follow(codec.decode(ROOM.response.name, body))
    seen = {
        room_id: (room.kind, room.name, room.owner, list(room.members))
        for room_id, room in told.rooms.items()
    }
    assert rows(store) == seen
    for room in told.rooms.values():
        lines = [
            (e.type, e.rev, e.person.account_id, e.name)
            for e in store.events
            if e.room_id == room.room_id
        ]
        assert lines == [(e.type, e.rev, e.account_id, e.name) for e in room.events]
        assert [rev for _, rev, _, _ in lines] == list(range(1, len(lines) + 1))
        assert room.kind == "direct" or room.owner in room.members
    for room_id, state in store.rooms.items():
        assert state.member_count == len(store.members[room_id])
    for partition, head in store.heads.items():
        numbers = [number for where, number, _ in store.facts if where == partition]
        assert numbers == list(range(1, head + 1))
    assert all(answers)


@settings(max_examples=60, deadline=None)
@given(st.lists(some_wish(), max_size=25))
def test_one_batch_or_one_by_one_and_a_repeat_of_all_give_the_same_facts(
    wishes: list[records.RoomWish],
) -> None:
    one_by_one, _ = run([[wish] for wish in wishes])
    at_once, first = run([wishes])

    def told(store: FakeRoomStore) -> list[object]:
        return [_timeless(codec.decode(ROOM.response.name, body)) for _, _, body in store.facts]

    assert told(one_by_one) == told(at_once)
    again, answers = run([wishes, wishes])
    stored = {fact.values["body"].encode() for facts in again.former.values() for fact in facts}
    for before, after in zip(first, answers[len(wishes) :], strict=True):
        if set(before) <= stored:
            assert after == before
    assert len(first) == len(wishes)


def _asked(what: type[records.RoomWish], who: str, request_id: str, **named: Any) -> Any:
    return what(
        request_id=request_id,
        room_id="open",
        account_id=who,
        user_id=who,
        user_name=who.title(),
        requested_at="2026-01-01T00:00:00.000Z",
        **named,
    )


@pytest.mark.parametrize("at_once", [True, False], ids=["in one batch", "one by one"])
def test_somebody_comes_in_once_a_membership_however_often_the_room_is_entered(
    *, at_once: bool
) -> None:
    made = _asked(records.CreateRoom, "ann", "1", kind="open", name="made", participants=("cho",))
    enters = [_asked(records.EnterRoom, "bob", f"tab {n}") for n in range(3)]
    left = _asked(records.RemoveMember, "bob", "l", member_user_id="bob")
    asked = [made, *enters, enters[0], _asked(records.EnterRoom, "ann", "2"), left, left, enters[1]]
    asked += [_asked(records.EnterRoom, "bob", "back"), _asked(records.EnterRoom, "cho", "3")]
    store, _ = run([asked] if at_once else [[each] for each in asked])
    assert [(each.type, each.person.user_id, each.rev) for each in store.events] == [
        ("joined", "bob", 1),
        ("left", "bob", 2),
        ("joined", "bob", 3),
    ]


def test_the_lines_of_a_room_go_with_it() -> None:
    made = _asked(records.CreateRoom, "ann", "1", kind="open", name="made", participants=())
    enters = _asked(records.EnterRoom, "bob", "2")
    gone = _asked(records.DeleteRoom, "ann", "3")
    assert run([[made, enters, gone]])[0].events == []
    assert run([[made], [enters], [gone]])[0].events == []


def _timeless(fact: Any) -> object:
    names = set(fact.__struct_fields__) - {"at", "created_at"}
    return {name: getattr(fact, name) for name in names}


@settings(max_examples=150, deadline=None)
@given(st.lists(some_wish(), max_size=40), st.data())
def test_records_that_are_handled_again_change_nothing(
    wishes: list[records.RoomWish], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(wishes)), label="from here on they come again")
    once, told = run([[wish] for wish in wishes])
    again, answers = run([*([wish] for wish in wishes), wishes[first:]])
    assert rows(again) == rows(once)
    assert again.facts == once.facts
    for before, after in zip(told[first:], answers[len(wishes) :], strict=True):
        assert _what(after) == _what(before)


def _what(answers: list[bytes]) -> list[object]:
    """What a wish was answered, without the counts of that moment."""
    found = [codec.decode(ROOM.response.name, body) for body in answers]
    return [(type(each), getattr(each, "code", None)) for each in found]
