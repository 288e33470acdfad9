"""The write side of messages on real Postgres: dense numbers, identity, fencing."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.errors import Fenced, PoisonMessage
from chatstream.ports.messages import MessageOutcome, Outcome
from schemas import codec
from schemas.contexts.messages import MESSAGE
from tests.contract.chat_rig import GENERATION, Chat, person, say


def seqs(outcomes: Sequence[Outcome]) -> list[int]:
    return [outcome.seq for outcome in outcomes]


async def test_seq_and_fact_numbers_are_dense_over_batches(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    first = await store.carry_out(GENERATION, [say(room_id, owner) for _ in range(3)])
    second = await store.carry_out(GENERATION, [say(room_id, owner) for _ in range(4)])
    assert seqs([*first, *second]) == [1, 2, 3, 4, 5, 6, 7]
    facts = [outcome.fact_no for outcome in [*first, *second]]
    assert facts == list(range(facts[0], facts[0] + 7))


async def test_a_repeat_gets_the_stored_outcome_and_takes_no_number(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner)
    [first] = await store.carry_out(GENERATION, [said])
    again, new = await store.carry_out(GENERATION, [said, say(room_id, owner)])
    assert (again.seq, again.fact_no, again.created_at) == (1, first.fact_no, first.created_at)
    assert isinstance(again, MessageOutcome)
    assert isinstance(first, MessageOutcome)
    assert again.repeated
    assert not first.repeated
    assert new.seq == 2


async def test_the_same_id_twice_in_one_batch_is_stored_once(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    said = say(room_id, owner)
    outcomes = await chat.messages(room_id).carry_out(GENERATION, [said, said])
    assert seqs(outcomes) == [1, 1]
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=10)
    assert len(page.messages) == 1


async def test_the_same_id_with_another_text_is_refused(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    store = chat.messages(room_id)
    said = say(room_id, owner)
    await store.carry_out(GENERATION, [said])
    [reused] = await store.carry_out(GENERATION, [say(room_id, owner, "another", said.message_id)])
    assert reused.code == "MESSAGE_ID_REUSED"


async def test_another_accounts_id_is_another_message(chat: Chat) -> None:
    other = person()
    room_id, owner = await chat.make_room(other)
    store = chat.messages(room_id)
    said = say(room_id, owner)
    await store.carry_out(GENERATION, [said])
    [theirs] = await store.carry_out(GENERATION, [say(room_id, other, "hi", said.message_id)])
    assert (theirs.code, theirs.seq) == (None, 2)


async def test_strangers_and_unknown_rooms_are_refused_and_the_rest_is_stored(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    partition = partition_of(room_id, 8)
    nowhere = next(
        found
        for found in iter(lambda: str(uuid.uuid4()), "")
        if partition_of(found, 8) == partition
    )
    outcomes = await chat.messages(room_id).carry_out(
        GENERATION, [say(room_id, person()), say(nowhere, owner), say(room_id, owner)]
    )
    by_wish = {outcome.wish: outcome.code for outcome in outcomes}
    assert by_wish == {0: "NOT_A_MEMBER", 1: "ROOM_NOT_FOUND", 2: None}


async def test_a_newer_claim_fences_the_older_worker(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    older, newer = chat.messages(room_id), chat.messages(room_id)
    await older.carry_out(GENERATION, [say(room_id, owner)])
    await newer.carry_out(GENERATION, [say(room_id, owner)])
    with pytest.raises(Fenced):
        await older.carry_out(GENERATION, [say(room_id, owner)])
    [after] = await newer.carry_out(GENERATION, [say(room_id, owner)])
    assert after.seq == 3


async def test_two_workers_with_the_same_records_keep_the_numbers_dense(chat: Chat) -> None:
    """The older one holds the line while the newer claims it: one of them stores, once."""
    room_id, owner = await chat.make_room()
    stores = [chat.messages(room_id) for _ in range(2)]
    for _ in range(10):
        wishes = [say(room_id, owner) for _ in range(5)]
        await asyncio.gather(
            *(store.carry_out(GENERATION, wishes) for store in stores), return_exceptions=True
        )
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=200)
    assert [message.seq for message in page.messages] == list(range(1, len(page.messages) + 1))
    head = await chat.reader.room(room_id)
    assert head.head == len(page.messages)


async def test_a_value_the_database_refuses_is_poison_and_stores_nothing(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    wishes = [say(room_id, owner), say(room_id, owner, "hi", "no uuid")]
    with pytest.raises(PoisonMessage):
        await chat.messages(room_id).carry_out(GENERATION, wishes)
    page = await chat.reader.history(room_id, owner.account_id, before=None, after=None, limit=10)
    assert page.messages == ()


async def test_facts_are_read_back_as_they_were_told(chat: Chat) -> None:
    room_id, owner = await chat.make_room()
    outcomes = await chat.messages(room_id).carry_out(
        GENERATION, [say(room_id, owner, text) for text in ("one", "둘")]
    )
    first = outcomes[0].fact_no
    found = await chat.facts.facts(
        MESSAGE.response.name, partition_of(room_id, 8), first - 1, first + 1
    )
    told = [codec.decode(MESSAGE.response.name, body) for _, body in found]
    assert [(fact.fact_no, fact.message) for fact in told] == [(first, "one"), (first + 1, "둘")]
