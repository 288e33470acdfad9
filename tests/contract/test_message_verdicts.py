"""The rules against abuse in the write path of messages, on a real Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from chatstream.domain.rooms import Person
from chatstream.domain.times import to_text
from chatstream.ports.messages import ChangeOutcome, ChangeWish, MessageOutcome, MessageWish
from chatstream.ports.sanctions import Mute
from infra.postgres.mutes import PostgresMutes
from tests.contract.chat_rig import GENERATION, Chat, say


async def store(chat: Chat, *wishes: MessageWish) -> list[MessageOutcome]:
    """The outcomes by wish."""
    found = await chat.messages(wishes[0].room_id).carry_out(GENERATION, wishes)
    outcomes = [one for one in found if isinstance(one, MessageOutcome)]
    return sorted(outcomes, key=lambda one: one.wish)


async def mute(
    chat: Chat, who: Person, room_id: str | None = None, *, minutes: int = 10, fact_no: int = 1
) -> Mute:
    until = to_text(datetime.now(UTC) + timedelta(minutes=minutes))
    made = Mute(str(uuid4()), who.account_id, room_id, "repeat", until, until, fact_no)
    for database in chat.databases.chat.values():
        await PostgresMutes(database).keep([made])
    return made


def change(said: MessageWish, text: str | None, *, is_refused: bool = False) -> ChangeWish:
    ids = (said.partition, said.room_id, said.account_id, said.message_id, str(uuid4()))
    return ChangeWish(*ids, text, is_refused)


async def store_change(chat: Chat, wish: ChangeWish) -> ChangeOutcome:
    (outcome,) = await chat.messages(wish.room_id).carry_out(GENERATION, [wish])
    assert isinstance(outcome, ChangeOutcome)
    return outcome


async def test_a_masked_message_is_read_masked(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await store(chat, replace(say(room_id, owner, "이 바보야"), shown="이 **야"))
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=9)
    assert [one.message for one in page.messages] == ["이 **야"]


async def test_a_mute_that_is_over_or_lifted_refuses_nothing(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    await mute(chat, owner, minutes=-1)
    made = await mute(chat, owner)
    lifted = replace(made, until=to_text(datetime.now(UTC)), fact_no=2)
    for database in chat.databases.chat.values():
        await PostgresMutes(database).keep([lifted])
    (stored,) = await store(chat, say(room_id, owner))
    assert stored.code is None


async def test_an_edit_that_the_rules_refuse_changes_nothing_and_its_repeat_is_its_fact(
    chat: Chat,
) -> None:
    room_id, owner = await chat.make_room()
    said = say(room_id, owner, "좋아요")
    await store(chat, said)
    bad = change(said, "나쁜말", is_refused=True)
    refused = await store_change(chat, bad)
    assert (refused.code, refused.fact_no, refused.muted_until) == ("MESSAGE_REFUSED", 0, None)
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=9)
    assert [(one.message, one.edited_at) for one in page.messages] == [("좋아요", None)]
    # The rules change: this record stays refused. Asked anew it passes, also when they change back.
    refused = await store_change(chat, replace(bad, is_refused=False))
    assert (refused.code, refused.fact_no) == ("MESSAGE_REFUSED", 0)
    anew = change(said, "나쁜말")
    edited = await store_change(chat, anew)
    again = await store_change(chat, replace(anew, is_refused=True))
    assert (again.code, again.fact_no, again.text) == (None, edited.fact_no, "나쁜말")


async def test_an_edit_to_what_the_message_says_already_is_no_matter_of_the_rules(
    chat: Chat,
) -> None:
    room_id, owner = await chat.make_room()
    said = say(room_id, owner, "나쁜말")
    await store(chat, said)
    outcome = await store_change(chat, change(said, "나쁜말", is_refused=True))
    assert (outcome.code, outcome.fact_no) == (None, 0)


async def test_a_masked_message_that_was_edited_is_still_known_by_what_its_author_wrote(
    chat: Chat,
) -> None:
    room_id, owner = await chat.make_room()
    said = replace(say(room_id, owner, "이 바보야"), shown="이 **야")
    (first,) = await store(chat, said)
    edited = await store_change(chat, change(said, "미안"))
    assert edited.former == "이 **야"
    (repeat,) = await store(chat, said)
    assert (repeat.repeated, repeat.fact_no, repeat.kept_text) == (True, first.fact_no, "이 **야")


async def test_who_is_muted_edits_nothing_and_may_still_delete(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    said = say(room_id, owner, "a")
    await store(chat, said)
    done = change(said, "b")
    stored = await store_change(chat, done)
    made = await mute(chat, owner, room_id)
    refused = await store_change(chat, change(said, "c"))
    assert (refused.code, refused.muted_until, refused.muted_for) == (
        "MESSAGE_REFUSED",
        made.until,
        "repeat",
    )
    assert (await store_change(chat, done)).fact_no == stored.fact_no
    assert (await store_change(chat, change(said, None))).code is None


async def test_a_stranger_who_edits_is_told_so_before_the_rules(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    _, stranger = await chat.make_room()
    said = say(room_id, owner)
    await store(chat, said)
    await mute(chat, stranger)
    bad = replace(change(said, "나쁜말", is_refused=True), account_id=stranger.account_id)
    assert (await store_change(chat, bad)).code == "NOT_A_MEMBER"


async def test_of_a_deleted_message_the_digest_is_forgotten_with_its_texts(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    kept, gone = (replace(say(room_id, owner, "이 바보야"), shown="이 **야") for _ in range(2))
    await store(chat, kept, gone)
    await store_change(chat, change(kept, "미안"))
    await store_change(chat, change(gone, None))
    await chat.database(room_id).fetch(
        "update message_changes set at = at - interval '9 days' where room_id = %s", (room_id,)
    )
    await store_change(chat, change(kept, "정말 미안"))
    rows = await chat.database(room_id).fetch(
        "select original is null from messages where room_id = %s order by seq", (room_id,)
    )
    assert [is_gone for (is_gone,) in rows] == [False, True]
    (repeat,) = await store(chat, gone)
    assert repeat.repeated
