"""A plain message by itself takes one short call, and gets what it would get in a batch."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatstream.domain.rooms import Person
from chatstream.domain.times import to_text
from chatstream.ports.messages import MessageOutcome, MessageWish
from chatstream.ports.sanctions import Mute
from infra.postgres import plain_messages
from infra.postgres.chat_erasure import PostgresChatEraser
from infra.postgres.mutes import PostgresMutes
from schemas import records
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish

LOCK = "select 1 from rooms where room_id = %s for no key update"
WAITING = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'store_plain'"
# What a message changes: of its line, its room, its author, and how many there are.
STATE = """
select (select jsonb_agg(l order by l.partition, l.topic) from lines l), r.head, r.rev, r.active_at,
    (select jsonb_agg(m order by m.account_id) from members m where m.room_id = r.room_id),
    (select count(*) from messages m where m.room_id = r.room_id)
from rooms r where r.room_id = %s
"""


async def alone(chat: Chat, said: MessageWish) -> MessageOutcome | None:
    """What the short call makes of a message."""
    database = chat.database(said.room_id)
    epoch = "select epoch from lines where topic = 'kakao.chat.chatMessage.RESPONSE'"
    rows = await database.fetch(f"{epoch} and partition = %s", (said.partition,))
    return await plain_messages.store(database, rows[0][0] if rows else 0, said)


async def in_a_batch(chat: Chat, *said: MessageWish) -> list[Any]:
    return list(await chat.messages(said[0].room_id).carry_out(GENERATION, said))


def what_it_tells(outcome: MessageOutcome) -> dict[str, object]:
    """All but what differs between two messages that follow each other."""
    own = {"wish", "seq", "fact_no", "created_at", "former_rev"}
    return {f.name: getattr(outcome, f.name) for f in fields(outcome) if f.name not in own}


async def test_a_message_alone_is_told_and_numbered_as_in_a_batch(chat: Chat) -> None:
    room_id, owner = await chat.make_room(person(), person(), kind="group")
    first, second = await in_a_batch(chat, say(room_id, owner), say(room_id, owner))
    third = await alone(chat, say(room_id, owner, "it's \"\\ 셋째\n😀"))
    [fourth, _] = await in_a_batch(chat, say(room_id, owner), say(room_id, owner))
    assert third is not None
    assert what_it_tells(third) == what_it_tells(second) == what_it_tells(fourth)
    assert [each.seq for each in (first, second, third, fourth)] == [1, 2, 3, 4]
    assert third.fact_no == second.fact_no + 1 == fourth.fact_no - 1
    assert (third.former_rev, fourth.former_rev) == (second.rev, third.rev)
    assert second.created_at <= third.created_at <= fourth.created_at
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=2, limit=1)
    [shown] = page.messages
    told = (third.seq, third.rev, third.created_at, "it's \"\\ 셋째\n😀")
    assert (shown.seq, shown.rev, shown.created_at, shown.message) == told


async def test_who_says_something_alone_has_read_up_to_there(chat: Chat) -> None:
    room_id, owner = await chat.make_room(person())
    await in_a_batch(chat, say(room_id, person()), say(room_id, owner))
    assert await alone(chat, say(room_id, owner)) is not None
    assert (await chat.reader.member_room(room_id, owner.account_id)).last_read_seq == 2


async def test_two_workers_with_the_same_records_one_by_one_keep_the_numbers_dense(
    chat: Chat,
) -> None:
    room_id, owner = await chat.make_room()
    stores = [chat.messages(room_id) for _ in range(2)]
    for _ in range(20):
        said = [say(room_id, owner)]
        tried = [store.carry_out(GENERATION, said) for store in stores]
        await asyncio.gather(*tried, return_exceptions=True)
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=200)
    assert [message.seq for message in page.messages] == list(range(1, 21))
    assert (await chat.reader.room(room_id)).head == 20


async def test_lines_of_the_rooms_history_raise_the_rev_of_a_message_alone(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await in_a_batch(chat, say(room_id, owner))
    joined = [wish(records.EnterRoom, room_id, person()) for _ in range(50)]
    await chat.rooms(room_id).carry_out(GENERATION, joined)
    before = (await chat.reader.room(room_id)).rev
    said = await alone(chat, say(room_id, owner))
    assert said is not None
    assert before > said.fact_no
    assert (said.former_rev, said.rev) == (before, before + 1)
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=1, limit=1)
    assert page.messages[0].rev == before + 1


async def test_the_readers_of_a_large_room_are_not_counted(chat: Chat) -> None:
    room_id, owner = await chat.make_room(*(person() for _ in range(99)))
    await in_a_batch(chat, say(room_id, owner))
    hundred = await alone(chat, say(room_id, owner))
    await chat.rooms(room_id).carry_out(GENERATION, [wish(records.EnterRoom, room_id, person())])
    more = await alone(chat, say(room_id, owner))
    assert hundred is not None
    assert more is not None
    assert (hundred.unread, more.unread) == (99, None)


Objection = Callable[[Chat, str, Person], Awaitable[MessageWish]]


async def of_a_stranger(_: Chat, room_id: str, __: Person) -> MessageWish:
    return say(room_id, person())


async def a_repeat(chat: Chat, room_id: str, owner: Person) -> MessageWish:
    said = say(room_id, owner)
    await in_a_batch(chat, said)
    return said


async def another_text_with_the_same_id(chat: Chat, room_id: str, owner: Person) -> MessageWish:
    return replace(await a_repeat(chat, room_id, owner), message="another")


async def of_one_who_is_muted(chat: Chat, room_id: str, owner: Person) -> MessageWish:
    until = to_text(datetime.now(UTC) + timedelta(minutes=10))
    mute = Mute(str(uuid.uuid4()), owner.account_id, room_id, "repeat", until, until, 1)
    await PostgresMutes(chat.database(room_id)).keep([mute])
    return say(room_id, owner)


async def of_one_who_is_erased(chat: Chat, room_id: str, _: Person) -> MessageWish:
    leaver = person()
    await chat.rooms(room_id).carry_out(GENERATION, [wish(records.EnterRoom, room_id, leaver)])
    await PostgresChatEraser(chat.database(room_id)).erase(leaver.account_id)
    return say(room_id, leaver)


async def into_a_deleted_room(chat: Chat, room_id: str, owner: Person) -> MessageWish:
    await chat.rooms(room_id).carry_out(GENERATION, [wish(records.DeleteRoom, room_id, owner)])
    return say(room_id, owner)


@pytest.mark.parametrize(
    ("objection", "code"),
    [
        (of_a_stranger, "NOT_A_MEMBER"),
        (a_repeat, None),
        (another_text_with_the_same_id, "MESSAGE_ID_REUSED"),
        (of_one_who_is_muted, "MESSAGE_REFUSED"),
        (of_one_who_is_erased, "NOT_AUTHENTICATED"),
        (into_a_deleted_room, "ROOM_NOT_FOUND"),
    ],
)
async def test_what_something_speaks_against_changes_nothing_and_is_answered_as_in_a_batch(
    chat: Chat, objection: Objection, code: str | None
) -> None:
    room_id, owner = await chat.make_room(person())
    await in_a_batch(chat, say(room_id, owner))
    said = await objection(chat, room_id, owner)
    database = chat.database(room_id)
    before = await database.fetch(STATE, (room_id,))
    assert await alone(chat, said) is None
    assert await database.fetch(STATE, (room_id,)) == before
    [outcome] = await in_a_batch(chat, said)
    assert (outcome.code, outcome.repeated) == (code, code is None)


async def test_a_message_alone_is_judged_by_what_was_committed_while_it_waited(chat: Chat) -> None:
    room_id, owner = await chat.make_room(person())
    await in_a_batch(chat, say(room_id, owner))
    database = chat.database(room_id)
    async with database.transaction() as held:
        await held.fetch(LOCK, (room_id,))
        waits = asyncio.create_task(alone(chat, say(room_id, owner)))
        await _until_it_waits(chat, room_id)
        [[moment]] = await held.fetch(
            "update rooms set rev = rev + 1000, member_count = 7 where room_id = %s"
            " returning to_char(date_trunc('milliseconds', clock_timestamp()),"
            ' \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')',
            (room_id,),
        )
        [[rev]] = await held.fetch("select rev from rooms where room_id = %s", (room_id,))
    said = await waits
    assert said is not None
    assert (said.former_rev, said.rev, said.unread, said.seq) == (rev, rev + 1, 6, 2)
    assert said.created_at >= moment


async def test_who_left_while_a_message_waited_alone_is_no_member_any_more(chat: Chat) -> None:
    room_id, owner = await chat.make_room(person())
    await in_a_batch(chat, say(room_id, owner))
    async with chat.database(room_id).transaction() as held:
        await held.fetch(LOCK, (room_id,))
        waits = asyncio.create_task(alone(chat, say(room_id, owner)))
        await _until_it_waits(chat, room_id)
        await held.fetch(
            "delete from members where room_id = %s and account_id = %s",
            (room_id, owner.account_id),
        )
    assert await waits is None


async def _until_it_waits(chat: Chat, room_id: str) -> None:
    while not await chat.database(room_id).fetch(WAITING):
        pass
