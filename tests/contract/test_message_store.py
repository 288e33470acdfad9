"""The write side of messages on real Postgres alone: fencing, poison, facts read back."""

from __future__ import annotations

import asyncio

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.errors import Fenced, PoisonMessage
from schemas import codec
from schemas.contexts.messages import MESSAGE
from tests.contract.chat_rig import GENERATION, Chat, say


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
