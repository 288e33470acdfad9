"""Edits, deletes, replies and mentions on real Postgres: numbers, rights, repeats, views."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.rooms import Person
from chatstream.errors import Fenced
from chatstream.ports.messages import (
    ChangeOutcome,
    ChangeWish,
    MentionedMember,
    MessageOutcome,
    MessageWish,
    Outcome,
    QuotedMessage,
    StoredMessage,
    Wish,
)
from chatstream.ports.reading import ReadWish
from infra.postgres.chat_erasure import PostgresChatEraser
from infra.postgres.reading import PostgresReads
from schemas import codec, records
from schemas.contexts.messages import MESSAGE
from tests.contract.chat_rig import GENERATION, Chat, person, say, wish


def change(
    said: MessageWish, text: str | None, by: str = "", request_id: str = "", message_id: str = ""
) -> ChangeWish:
    return ChangeWish(
        said.partition,
        said.room_id,
        by or said.account_id,
        message_id or said.message_id,
        request_id or str(uuid.uuid4()),
        text,
    )


def names(*handles: str) -> tuple[tuple[str, ...], ...]:
    """Names that may each be one handle only."""
    return tuple((handle,) for handle in handles)


def changes(outcomes: Sequence[Outcome]) -> list[ChangeOutcome]:
    assert all(isinstance(outcome, ChangeOutcome) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, ChangeOutcome)]


async def shown(chat: Chat, room_id: str, who: Person) -> dict[int, StoredMessage]:
    page = await chat.reader.history(room_id, who.account_id, before=None, after=None, limit=200)
    return {message.seq: message for message in page.messages}


async def test_an_edit_is_the_next_fact_and_the_present_text(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner, "old")
    [first] = await store.carry_out(GENERATION, [said])
    [edited] = changes(await store.carry_out(GENERATION, [change(said, "new")]))
    assert (edited.fact_no, edited.former_rev) == (first.fact_no + 1, first.fact_no)
    assert (edited.seq, edited.former, edited.text, edited.last_seq) == (1, "old", "new", 1)
    now = (await shown(chat, room_id, owner))[1]
    assert (now.message, now.rev, now.edited_at) == ("new", edited.fact_no, edited.at)
    assert (await chat.reader.room(room_id)).rev == edited.fact_no


async def test_a_queued_change_of_an_erased_account_is_refused_and_its_repeat_too(
    chat: Chat,
) -> None:
    leaver = person()
    room_id, owner = await chat.make_room(leaver)
    store = chat.messages(room_id)
    said = say(room_id, leaver, "before")
    edit = change(said, "after")
    await store.carry_out(GENERATION, [said, edit])
    database = chat.databases.chat[chat.home_of(room_id)]
    await PostgresChatEraser(database).erase(leaver.account_id)
    outcomes = changes(await store.carry_out(GENERATION, [edit, change(said, None)]))
    assert {outcome.code for outcome in outcomes} == {"NOT_AUTHENTICATED"}
    now = (await shown(chat, room_id, owner))[1]
    assert (now.message, now.user_id, now.user_name) == ("after", None, None)


async def test_a_deleted_message_keeps_its_place_without_text(chat: Chat) -> None:
    friend = person()
    room_id, owner = await chat.make_room(friend)
    store = chat.messages(room_id)
    first = say(room_id, owner)
    said = MessageWish(
        first.partition, room_id, owner.account_id, str(uuid.uuid4()), "secret", first.message_id,
        names(friend.user_id),
    )  # fmt: skip
    await store.carry_out(GENERATION, [first, said])
    [deleted] = changes(await store.carry_out(GENERATION, [change(said, None)]))
    now = (await shown(chat, room_id, friend))[2]
    assert (now.message, now.deleted_at, now.rev) == ("", deleted.at, deleted.rev)
    assert (now.reply_to, now.mentions, now.edited_at) == (None, (), None)


async def test_a_list_counts_no_deleted_message_behind_ones_place(chat: Chat) -> None:
    friend = person()
    room_id, owner = await chat.make_room(friend)
    store = chat.messages(room_id)
    said = [say(room_id, owner) for _ in range(5)]
    await store.carry_out(GENERATION, said)
    await PostgresReads(chat.database(room_id)).carry_out(
        GENERATION, [ReadWish(room_id, friend.account_id, 2)]
    )
    deletes = [change(said[place], None) for place in (0, 2, 4)]
    await store.carry_out(GENERATION, [*deletes, change(said[3], "edited")])
    [listing], _ = await chat.reader.rooms_of(friend.account_id, None, 10)
    assert (listing.room.head, listing.last_read_seq, listing.deleted_unread) == (5, 2, 2)
    assert (await chat.reader.member_room(room_id, friend.account_id)).deleted_unread == 2
    assert (await chat.reader.member_room(room_id, owner.account_id)).deleted_unread == 0


async def test_sends_and_changes_of_one_batch_are_numbered_in_their_order(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    one, two = say(room_id, owner, "one"), say(room_id, owner, "two")
    wishes: list[Wish] = [one, change(one, "uno"), two, change(two, None), change(one, None)]
    outcomes = await chat.messages(room_id).carry_out(GENERATION, wishes)
    assert [outcome.wish for outcome in outcomes] == [0, 1, 2, 3, 4]
    first = outcomes[0].fact_no
    assert [outcome.fact_no for outcome in outcomes] == list(range(first, first + 5))
    chain = [outcome.former_rev for outcome in outcomes]
    assert chain[1:] == list(range(first, first + 4))
    assert [outcome.former for outcome in outcomes if isinstance(outcome, ChangeOutcome)] == [
        "one", "two", "uno",
    ]  # fmt: skip


async def test_a_repeated_change_gets_its_stored_fact_also_after_later_ones(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner, "a")
    await store.carry_out(GENERATION, [said])
    edit = change(said, "b")
    [first, inside] = changes(await store.carry_out(GENERATION, [edit, edit]))
    await store.carry_out(GENERATION, [change(said, None)])
    [again] = changes(await store.carry_out(GENERATION, [edit]))
    for repeat in (inside, again):
        assert (repeat.fact_no, repeat.text, repeat.former) == (first.fact_no, "b", "a")
    assert (await shown(chat, room_id, owner))[1].deleted_at is not None


async def test_what_is_so_already_is_answered_without_a_fact(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said, gone = say(room_id, owner, "same"), say(room_id, owner)
    await store.carry_out(GENERATION, [said, gone, change(gone, None)])
    outcomes = changes(
        await store.carry_out(GENERATION, [change(said, "same"), change(gone, None)])
    )
    assert [(each.code, each.fact_no, each.seq) for each in outcomes] == [
        (None, 0, 1),
        (None, 0, 2),
    ]


async def test_what_changed_nothing_changes_nothing_later(chat: Chat) -> None:
    stranger = person()
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner, "a")
    same, foreign = change(said, "a"), change(said, "theirs", stranger.account_id)
    await store.carry_out(GENERATION, [said])
    told = changes(await store.carry_out(GENERATION, [same, foreign]))
    assert [(each.code, each.fact_no) for each in told] == [(None, 0), ("NOT_A_MEMBER", 0)]
    await store.carry_out(GENERATION, [change(said, "b")])
    # Their records come once more.
    again = changes(await store.carry_out(GENERATION, [same, foreign]))
    assert [(each.code, each.fact_no) for each in again] == [(None, 0), ("NOT_A_MEMBER", 0)]
    assert (await shown(chat, room_id, owner))[1].message == "b"


async def test_what_changed_nothing_is_forgotten_when_kafka_has_forgotten_it(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store, database = chat.messages(room_id), chat.database(room_id)
    said = say(room_id, owner, "a")
    await store.carry_out(GENERATION, [said, change(said, "a")])
    await database.fetch("update settled_wishes set at = at - interval '9 days'")
    await store.carry_out(GENERATION, [change(said, "a")])
    assert await database.fetch("select count(*), min(code) from settled_wishes") == [(1, None)]


async def test_a_resent_message_is_a_repeat_whatever_became_of_it(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner, "first")
    await store.carry_out(GENERATION, [said, change(said, "second")])
    [again] = await store.carry_out(GENERATION, [said])
    other = say(room_id, owner, "second", said.message_id)
    [reused] = await store.carry_out(GENERATION, [other])
    await store.carry_out(GENERATION, [change(said, None)])
    [late] = await store.carry_out(GENERATION, [said])
    assert isinstance(again, MessageOutcome)
    assert isinstance(late, MessageOutcome)
    assert (again.repeated, reused.code, late.repeated) == (True, "MESSAGE_ID_REUSED", True)


async def test_only_the_author_who_is_a_member_changes_a_message_that_is_there(chat: Chat) -> None:
    friend, stranger = person(), person()
    room_id, owner = await chat.make_room(friend)
    store = chat.messages(room_id)
    said = say(room_id, owner)
    gone = say(room_id, owner)
    await store.carry_out(GENERATION, [said, gone, change(gone, None)])
    wishes = [
        change(said, "no", by=friend.account_id),
        change(said, None, by=friend.account_id),
        change(said, "no", by=stranger.account_id),
        change(said, "no", message_id=str(uuid.uuid4())),
        change(gone, "no"),
    ]
    outcomes = {each.wish: each.code for each in await store.carry_out(GENERATION, wishes)}
    assert outcomes == {
        0: "ACCESS_DENIED",
        1: "ACCESS_DENIED",
        2: "NOT_A_MEMBER",
        3: "MESSAGE_NOT_FOUND",
        4: "MESSAGE_NOT_FOUND",
    }
    assert (await shown(chat, room_id, owner))[1].message == "hi"


async def test_a_message_of_yesterday_stays_as_it_is(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner)
    await store.carry_out(GENERATION, [said])
    database = chat.database(room_id)
    await database.fetch(
        "update messages set created_at = created_at - interval '24 hours 1 second'"
        " where room_id = %s",
        (room_id,),
    )
    [late] = await store.carry_out(GENERATION, [change(said, "late")])
    assert late.code == "ACCESS_DENIED"


async def test_an_older_worker_changes_nothing(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    older, newer = chat.messages(room_id), chat.messages(room_id)
    said = say(room_id, owner)
    await older.carry_out(GENERATION, [said])
    await newer.carry_out(GENERATION, [say(room_id, owner)])
    with pytest.raises(Fenced):
        await older.carry_out(GENERATION, [change(said, "no")])


async def test_a_reply_shows_what_it_quotes_as_that_is_now(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    quoted = say(room_id, owner, "q" * 150)
    reply = MessageWish(*_ids(quoted), "answer", quoted.message_id)
    [_, told] = await store.carry_out(GENERATION, [quoted, reply])
    quote = QuotedMessage(quoted.message_id, 1, owner.user_id, owner.name, "q" * 100)
    assert told.reply_to == quote
    assert (await shown(chat, room_id, owner))[2].reply_to == quote
    await store.carry_out(GENERATION, [change(quoted, "short")])
    now = (await shown(chat, room_id, owner))[2].reply_to
    assert now is not None
    assert now.message == "short"
    await store.carry_out(GENERATION, [change(quoted, None)])
    now = (await shown(chat, room_id, owner))[2].reply_to
    assert now is not None
    assert now.message is None


async def test_a_reply_to_nothing_of_this_room_is_refused(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    elsewhere, other = await chat.make_room()
    away = say(elsewhere, other)
    await chat.messages(elsewhere).carry_out(GENERATION, [away])
    wish = MessageWish(*_ids(say(room_id, owner)), "answer", away.message_id)
    [refused] = await chat.messages(room_id).carry_out(GENERATION, [wish])
    assert refused.code == "INVALID_INPUT"


async def test_mentions_are_the_members_among_the_named(chat: Chat) -> None:
    friend, stranger = person(), person()
    room_id, owner = await chat.make_room(friend)
    await chat.make_room(stranger)
    handles = (friend.user_id, stranger.user_id, "nobody.at.all", owner.user_id)
    wish = MessageWish(*_ids(say(room_id, owner)), "look", None, names(*handles))
    [told] = await chat.messages(room_id).carry_out(GENERATION, [wish])
    expected = (
        MentionedMember(friend.user_id, friend.name),
        MentionedMember(owner.user_id, owner.name),
    )
    assert told.mentions == expected
    assert (await shown(chat, room_id, owner))[1].mentions == expected
    [again] = await chat.messages(room_id).carry_out(GENERATION, [wish])
    assert again.mentions == expected


async def test_a_name_is_the_first_of_its_handles_that_a_member_has(chat: Chat) -> None:
    friend = person()
    old = Person(str(uuid.uuid4()), f"{friend.user_id}.", "Old")
    room_id, owner = await chat.make_room(friend, old)
    other_id, _ = await chat.make_room(old, owner)
    for room, expected in ((room_id, friend), (other_id, old)):
        name = (friend.user_id, old.user_id, f"{old.user_id}.")
        wish = MessageWish(*_ids(say(room, owner)), "look", None, (name, (expected.user_id,)))
        [told] = await chat.messages(room).carry_out(GENERATION, [wish])
        assert told.mentions == (MentionedMember(expected.user_id, expected.name),)


async def test_more_than_twenty_are_not_mentioned(chat: Chat) -> None:
    others = [person() for _ in range(22)]
    room_id, owner = await chat.make_room(*others)
    everybody = names(*(each.user_id for each in others))
    wish = MessageWish(*_ids(say(room_id, owner)), "all", None, everybody)
    [told] = await chat.messages(room_id).carry_out(GENERATION, [wish])
    assert [each.user_id for each in told.mentions] == [each.user_id for each in others[:20]]


async def test_mentions_follow_an_edit_both_ways(chat: Chat) -> None:
    friend, guest = person(), person()
    room_id, owner = await chat.make_room(friend, guest)
    store = chat.messages(room_id)
    said = say(room_id, owner, "nobody")
    await store.carry_out(GENERATION, [said])

    async def edit(text: str, *handles: str, request_id: str = "") -> tuple[str | None, ...]:
        wish = replace(change(said, text, request_id=request_id), mentions=names(*handles))
        [told] = changes(await store.carry_out(GENERATION, [wish]))
        stored = (await shown(chat, room_id, owner))[1]
        assert (told.code, told.mentions) == (None, stored.mentions)
        return tuple(each.user_id for each in stored.mentions)

    request_id = str(uuid.uuid4())
    assert await edit("one", friend.user_id, "nobody.at.all") == (friend.user_id,)
    both = (guest.user_id, friend.user_id)
    assert await edit("both", *both, request_id=request_id) == both
    assert await edit("both", *both, request_id=request_id) == both  # a repeat tells what is
    leave = wish(records.RemoveMember, room_id, guest, member_user_id=guest.user_id)
    await chat.rooms(room_id).carry_out(GENERATION, [leave])
    assert await edit("still", *both) == both  # who has left stays mentioned
    assert await edit("less", friend.user_id) == (friend.user_id,)
    assert await edit("again", guest.user_id) == ()  # and is no member to name anew
    assert await edit("friend", friend.user_id) == (friend.user_id,)
    assert await edit("none") == ()


async def test_of_two_edits_in_one_batch_each_tells_whom_it_mentions(chat: Chat) -> None:
    friend = person()
    room_id, owner = await chat.make_room(friend)
    said = say(room_id, owner, "old")
    first = replace(change(said, "@"), mentions=names(friend.user_id))
    told = await chat.messages(room_id).carry_out(GENERATION, [said, first, change(said, "x")])
    assert [len(each.mentions) for each in told] == [0, 1, 0]
    assert (await shown(chat, room_id, owner))[1].mentions == ()


async def test_a_subscriber_learns_of_the_changes_after_its_rev(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = [say(room_id, owner, f"m{number}") for number in range(4)]
    stored = await store.carry_out(GENERATION, said)
    early = change(said[0], "early")
    [edited] = await store.carry_out(GENERATION, [early])
    await store.carry_out(GENERATION, [change(said[3], "new"), change(said[1], None)])
    reader, account = chat.reader, owner.account_id
    access = await reader.subscribe(room_id, account, 3, edited.fact_no)
    assert [message.seq for message in access.changed.messages] == [2]
    assert [message.message for message in access.missing.messages] == ["new"]
    access = await reader.subscribe(room_id, account, None, stored[-1].fact_no)
    assert [message.seq for message in access.changed.messages] == [1, 4, 2]
    assert (await reader.subscribe(room_id, account, 4)).changed.messages == ()
    head = access.room.rev
    found = await reader.changed(room_id, edited.fact_no, head, 10)
    assert [each.seq for each in found if isinstance(each, StoredMessage)] == [4, 2]
    assert await reader.changed(room_id, edited.fact_no, head, 1) == found[:1]


async def test_facts_read_back_give_the_same_texts_as_told(chat: Chat) -> None:
    """Whatever part of the line was heard before, the sum of the rest is right."""
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    chance = random.Random(7)
    said = [say(room_id, owner, f"m{number}") for number in range(5)]
    told: list[tuple[str, str]] = []  # (former, now)
    outcomes = await store.carry_out(GENERATION, said)
    told += [("", wish.message) for wish in said]
    for number in range(12):
        text = None if chance.random() < 0.3 else f"t{number}"
        for each in changes(await store.carry_out(GENERATION, [change(chance.choice(said), text)])):
            if each.fact_no:
                told.append((each.former, each.text or ""))
    first = outcomes[0].fact_no
    rows = await chat.facts.facts(
        MESSAGE.response.name, partition_of(room_id, 8), first - 1, first + len(told) - 1
    )
    assert [number for number, _ in rows] == list(range(first, first + len(told)))
    assert [_texts(codec.decode(MESSAGE.response.name, body)) for _, body in rows] == told


async def test_texts_are_forgotten_when_kafka_has_forgotten_them(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store, database = chat.messages(room_id), chat.database(room_id)
    said = say(room_id, owner, "old")
    [stored] = await store.carry_out(GENERATION, [said])
    await store.carry_out(GENERATION, [change(said, "new"), change(said, None)])
    await database.fetch(
        "update message_changes set at = at - interval '9 days' where room_id = %s", (room_id,)
    )
    other = say(room_id, owner)
    await store.carry_out(GENERATION, [other, change(other, "x")])
    rows = await database.fetch(
        "select former, body from message_changes where room_id = %s and seq = 1", (room_id,)
    )
    assert rows == [(None, None), (None, None)]
    line = await chat.facts.facts(
        MESSAGE.response.name,
        partition_of(room_id, 8),
        stored.fact_no - 1,
        stored.fact_no + 2,
    )
    assert [_texts(codec.decode(MESSAGE.response.name, body)) for _, body in line] == [("", "")] * 3


def _ids(wish: MessageWish) -> tuple[int, str, str, str]:
    return wish.partition, wish.room_id, wish.account_id, str(uuid.uuid4())


def _texts(record: object) -> tuple[str, str]:
    if isinstance(record, records.MessageStored):
        return "", record.message
    if isinstance(record, records.MessageEdited):
        return record.former, record.message
    assert isinstance(record, records.MessageDeleted)
    return record.former, ""
