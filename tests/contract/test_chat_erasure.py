"""ports.erasure.ChatEraser on a real Postgres: what is left of an account in a chat database."""

from __future__ import annotations

from typing import Any

from chatstream.ports.accounts import Profile
from infra.postgres.chat_erasure import PostgresChatEraser
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from schemas import records
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish


async def rows(database: Database, text: str) -> int:
    """How many rows of people and room facts show the text."""
    ((count,),) = await database.fetch(
        "select (select count(*) from profiles p where p::text like %s)"
        " + (select count(*) from room_facts f where f::text like %s)",
        (f"%{text}%",) * 2,
    )
    return int(count)


async def test_names_go_and_the_rooms_to_leave_are_named(chat: Chat) -> None:
    leaver, other = person(), person()
    room_id, owner = await chat.make_room(leaver, other)
    database = chat.databases.chat[chat.home_of(room_id)]
    eraser = PostgresChatEraser(database)
    assert await rows(database, leaver.user_id)
    for attempt in range(2):
        traces = await eraser.erase(leaver.account_id)
        assert traces.rooms == [room_id]
        assert (traces.erased["names in room facts"] > 0) == (attempt == 0)
    assert not await rows(database, leaver.user_id)
    assert await rows(database, owner.user_id)
    assert await rows(database, other.user_id)


async def test_an_owner_goes_from_the_fact_that_made_the_room(chat: Chat) -> None:
    room_id, owner = await chat.make_room(person(), kind="group")
    database = chat.databases.chat[chat.home_of(room_id)]
    await PostgresChatEraser(database).erase(owner.account_id)
    assert not await rows(database, owner.user_id)


async def test_blocks_go_both_ways_and_others_stay(chat: Chat) -> None:
    leaver, other, third = person(), person(), person()
    database = next(iter(chat.databases.chat.values()))
    pairs = [(leaver, other), (other, leaver), (other, third)]
    for blocker, blocked in pairs:
        await database.fetch(
            "insert into block_facts (blocker_id, blocked_id, fact_no) values (%s, %s, 1)",
            (blocker.account_id, blocked.account_id),
        )
    traces = await PostgresChatEraser(database).erase(leaver.account_id)
    assert traces.erased["blocks"] == 2
    left = await database.fetch(
        "select blocker_id::text from block_facts where blocker_id = %s", (other.account_id,)
    )
    assert left == [(other.account_id,)]


async def test_a_fact_that_comes_twice_in_a_batch_makes_one_tombstone(chat: Chat) -> None:
    leaver = person()
    await chat.make_room(leaver)
    for database in chat.databases.chat.values():
        await PostgresProfiles(database).keep([Profile(leaver.account_id, 1)] * 2)
        ((erased,),) = await database.fetch(
            "select erased from profiles where account_id = %s", (leaver.account_id,)
        )
        assert erased


async def test_nothing_brings_a_name_back(chat: Chat) -> None:
    leaver = person()
    room_id, _ = await chat.make_room(leaver)
    database = chat.databases.chat[chat.home_of(room_id)]
    await PostgresChatEraser(database).erase(leaver.account_id)
    entering: Any = wish(records.EnterRoom, room_id, leaver)
    await chat.rooms(room_id).carry_out(GENERATION, [entering])
    ((user_id, name, erased),) = await database.fetch(
        "select user_id, name, erased from profiles where account_id = %s", (leaver.account_id,)
    )
    assert (user_id, name, erased) == (None, None, True)


async def test_a_queued_message_of_an_erased_account_is_refused_and_its_repeat_too(
    chat: Chat,
) -> None:
    leaver = person()
    room_id, owner = await chat.make_room(leaver)
    store = chat.messages(room_id)
    said, queued = say(room_id, leaver, "before"), say(room_id, leaver, "queued")
    await store.carry_out(GENERATION, [said])
    database = chat.databases.chat[chat.home_of(room_id)]
    await PostgresChatEraser(database).erase(leaver.account_id)
    outcomes = await store.carry_out(GENERATION, [said, queued, say(room_id, owner, "mine")])
    assert {each.wish: each.code for each in outcomes} == {
        0: "NOT_AUTHENTICATED",
        1: "NOT_AUTHENTICATED",
        2: None,
    }
    history = await chat.reader.history(
        room_id, owner.account_id, before=None, after=None, limit=10
    )
    assert [(each.message, each.user_id) for each in history.messages] == [
        ("before", None),
        ("mine", owner.user_id),
    ]
