"""Lines and revs in Postgres: one order of all changes of a room, no names, no second line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import given

from chatstream.domain.partitions import partition_of
from chatstream.domain.room_events import EventType
from chatstream.ports.accounts import Profile
from chatstream.ports.messages import ShownEvent, by_rev
from infra.postgres import room_events
from infra.postgres.chat_erasure import PostgresChatEraser
from infra.postgres.profiles import PostgresProfiles
from infra.postgres.room_events import events_behind
from schemas import codec, records
from schemas.contexts.messages import MESSAGE
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish
from tests.contract.event_worlds import PostgresWorld, page, play
from tests.contract.test_room_events import BOUNDED, STEPS


@pytest.fixture
async def world(chat: Chat) -> PostgresWorld:
    made = PostgresWorld(chat)
    await made.begin()
    return made


async def kept(world: PostgresWorld) -> list[str]:
    """The rows of the room's lines, as text."""
    rows = await world.chat.database(world.room_id).fetch(
        "select e::text from room_events e where room_id = %s", (world.room_id,)
    )
    return [text for (text,) in rows]


@BOUNDED
@given(steps=STEPS)
async def test_revs_rise_over_messages_changes_and_lines(
    world: PostgresWorld, steps: list[str]
) -> None:
    await world.begin()
    await play(world, steps)
    assert world.told == sorted(set(world.told))
    assert (await world.reader.room(world.room_id)).rev == (world.told or [0])[-1]
    shown = await page(world)
    of_lines = {each.rev for each in shown.events}
    assert {each.rev for each in shown.messages} | of_lines <= set(world.told)
    line, facts = (MESSAGE.response.name, partition_of(world.room_id, 8)), world.chat.facts
    read = await facts.facts(*line, 0, await facts.head(*line))
    back = [codec.decode(line[0], body) for _, body in read]
    assert [each.rev for each in back if each.room_id == world.room_id] == [
        rev for rev in world.told if rev not in of_lines
    ]


async def test_messages_go_on_from_the_lines_and_a_repeat_tells_the_same(
    world: PostgresWorld,
) -> None:
    await world.say()
    await world.join(20)
    owner = world.people[world.owner]
    asked = [say(world.room_id, owner, f"m{n}") for n in range(3)]
    told = await world.messages.carry_out(GENERATION, asked)
    last = world.told[-1]
    assert [each.rev for each in told] == [last + 1, last + 2, last + 3]
    assert [each.former_rev for each in told] == [last, last + 1, last + 2]
    assert told[0].rev > told[0].fact_no
    again = await world.messages.carry_out(GENERATION, [*asked, asked[0]])
    revs = {each.wish: each.rev for each in told}
    assert {each.wish: each.rev for each in again} == revs | {3: told[0].rev}
    assert [each.rev for each in (await page(world)).messages[1:]] == list(revs.values())


async def test_an_erased_person_has_no_name_in_a_line_and_none_is_kept(
    world: PostgresWorld,
) -> None:
    [guest] = await world.join()
    await world.hand_over(guest)
    await PostgresChatEraser(world.chat.database(world.room_id)).erase(guest)
    shown = (await page(world)).events
    assert [(each.user_id, each.user_name) for each in shown] == [(None, None)] * 2
    assert not any(world.people[guest].user_id in text for text in await kept(world))


async def test_an_erased_owner_is_not_told_as_who_renamed_the_room(world: PostgresWorld) -> None:
    await world.rename("x")
    owner, database = world.people[world.owner], world.chat.database(world.room_id)
    await PostgresChatEraser(database).erase(owner.account_id)
    await PostgresProfiles(database).keep([Profile(owner.account_id, 1)])
    rows = await database.fetch("select body from room_facts where room_id = %s", (world.room_id,))
    assert not any(owner.user_id in body for (body,) in rows)


async def test_a_deleted_room_keeps_no_lines(world: PostgresWorld) -> None:
    await world.join(3)
    gone = wish(records.DeleteRoom, world.room_id, world.people[world.owner])
    await world.store.carry_out(GENERATION, [gone])
    assert await kept(world) == []


async def test_a_record_that_is_handled_again_gives_no_second_line(world: PostgresWorld) -> None:
    new = person()
    one_tab, other_tab = (wish(records.EnterRoom, world.room_id, new) for _ in range(2))
    for batch in ([one_tab, other_tab], [one_tab], [other_tab, one_tab]):
        await world.store.carry_out(GENERATION, batch)
    [line] = (await page(world)).events
    assert replace(line, at="") == ShownEvent(
        room_id=world.room_id,
        type=EventType.JOINED,
        after=0,
        rev=1,
        account_id=new.account_id,
        user_id=new.user_id,
        user_name=new.name,
        at="",
        member_count=2,
        name=None,
        place=1,
    )


async def test_messages_and_lines_at_once_never_take_the_same_rev(world: PostgresWorld) -> None:
    async def some(what: Callable[[], Awaitable[object]]) -> None:
        for _ in range(10):
            await what()

    await world.say()
    await world.join()  # the lines are claimed: at once, two claims would fence each other
    await asyncio.gather(some(world.say), some(world.join), some(world.say))
    assert sorted(set(world.told)) == sorted(world.told)
    shown = await page(world)
    assert len(shown.messages) + len(shown.events) == 32
    seen = 0
    for each in by_rev(shown.messages, shown.events):
        if isinstance(each, ShownEvent):
            assert each.after == seen
        else:
            seen = each.seq


async def test_a_page_costs_no_more_where_many_came_in(world: PostgresWorld) -> None:
    database = world.chat.database(world.room_id)
    await database.fetch(
        "insert into room_events select %s, 0, n, n, 'joined', gen_random_uuid(), null, n, now()"
        " from generate_series(1, 20000) as n",
        (world.room_id,),
    )
    found = await events_behind(database, world.room_id, (0, 0))
    assert [each.place for each in found] == list(range(19_901, 20_001))
    await database.fetch("analyze room_events")
    explain = "explain (analyze, costs off, timing off, summary off) " + room_events._BEHIND
    plan = "\n".join(row[0] for row in await database.fetch(explain, (0, 0, world.room_id)))
    assert re.search(r"room_events_pkey.*\(actual rows=100[. ]", plan), plan
