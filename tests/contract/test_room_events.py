"""Lines of a room's history: one suite for the fake of the socket tests and for real Postgres."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.domain.room_events import SHOWN_EVENTS
from chatstream.ports.messages import ShownEvent, StoredMessage, by_rev
from tests.contract.event_worlds import FakeWorld, PostgresWorld, World, page, play

STEPS = st.lists(st.sampled_from(["say", "say", "edit", "join", "leave", "rename"]), max_size=14)
BOUNDED = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


def lines(events: tuple[ShownEvent, ...]) -> list[tuple[str, int, str, str | None]]:
    return [(each.type, each.after, each.account_id, each.name) for each in events]


async def test_each_kind_of_line_stands_behind_the_message_that_was_the_newest(
    world: World,
) -> None:
    await world.begin()
    [guest] = await world.join()
    await world.say()
    await world.rename("새 이름")
    await world.hand_over(guest)
    await world.say()
    await world.leave(world.owner)
    world.owner, former = guest, world.owner
    shown = await page(world)
    assert lines(shown.events) == [
        ("joined", 0, guest, None),
        ("renamed", 1, former, "새 이름"),
        ("ownerChanged", 1, guest, None),
        ("left", 2, former, None),
    ]
    assert [each.place for each in shown.events] == [1, 1, 2, 1]
    assert [each.member_count for each in shown.events] == [2, 2, 2, 1]
    revs = [each.rev for each in by_rev(shown.messages, shown.events)]
    assert len(set(revs)) == len(revs)
    assert max(revs) == shown.rev
    listing = await world.reader.member_room(world.room_id, guest)
    assert (listing.room.head, listing.room.rev) == (2, shown.rev)


async def test_a_room_without_messages_shows_its_lines(world: World) -> None:
    await world.begin()
    [guest] = await world.join()
    expected = [("joined", 0, guest, None)]
    assert lines((await page(world)).events) == expected
    assert lines((await page(world, after=0)).events) == expected
    around = await world.reader.around(world.room_id, world.owner, 1, 50)
    assert lines(around.events) == expected
    assert (await page(world, before=1)).events == ()


async def test_of_many_lines_behind_one_message_the_newest_are_shown(world: World) -> None:
    await world.begin()
    await world.say()
    came = await world.join(SHOWN_EVENTS + 30)
    await world.say()
    came += await world.join()
    shown = (await page(world)).events
    assert [each.account_id for each in shown] == came[30:]
    assert [shown[0].place, shown[-1].place] == [31, 1]
    newest, older = await page(world, limit=1), await page(world, before=2, limit=1)
    assert (*older.events, *newest.events) == shown


async def test_who_was_away_is_told_the_lines_since_by_rev_with_the_changes(world: World) -> None:
    await world.begin()
    await world.say()
    await world.say()
    [guest] = await world.join()
    since = (await page(world)).rev
    await world.rename("x")
    await world.edit(1)
    await world.leave(guest)
    await world.say()
    access = await world.reader.subscribe(world.room_id, world.owner, 2, since)
    kinds = [type(each) for each in access.changes]
    assert kinds == [ShownEvent, StoredMessage, ShownEvent]
    assert lines(access.events) == [("renamed", 2, world.owner, "x"), ("left", 2, guest, None)]
    assert [each.seq for each in access.missing.messages] == [3]
    gap = await world.reader.gap(world.room_id, 2, since)
    assert gap.changes == access.changes
    found = await world.reader.changed(world.room_id, since, access.room.rev, 9)
    assert [type(each) for each in found] == kinds
    assert await world.reader.changed(world.room_id, since, access.room.rev, 2) == found[:2]
    again = await world.reader.subscribe(world.room_id, world.owner, 3, access.room.rev)
    assert not again.changes
    assert (await world.reader.subscribe(world.room_id, world.owner, 2)).events == ()


@BOUNDED
@given(steps=STEPS, limit=st.integers(1, 4), after=st.integers(0, 9))
async def test_pages_and_a_subscription_give_each_line_once_whatever_happened(
    world: World, steps: list[str], limit: int, after: int
) -> None:
    await world.begin()
    await play(world, steps)
    everything = (await page(world)).events
    revs = [each.rev for each in everything]
    assert revs == sorted(set(revs))
    back: list[ShownEvent] = []
    before: int | None = None
    while before is None or before > 1:
        found = await page(world, before=before, limit=limit)
        back = [*found.events, *back]
        before = found.messages[0].seq if found.messages else 1
    assert tuple(back) == everything
    found = await page(world, after=0, limit=limit)
    on = [*found.events]
    while found.messages:
        found = await page(world, after=found.messages[-1].seq, limit=limit)
        on += found.events
    assert tuple(on) == everything
    access = await world.reader.subscribe(world.room_id, world.owner, after, 0)
    assert access.events == everything
