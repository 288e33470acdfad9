"""FactLine on a real Postgres: what is read under the lock, and what is left of a failed batch."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.lines import REFUSED, Fact, Numbers
from chatstream.domain.times import from_text
from chatstream.errors import ErrorCode, Fenced
from chatstream.ports import messages
from chatstream.ports.messages import ChangeOutcome, ChangeWish, MessageOutcome
from chatstream.settings import PostgresSettings
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable
from infra.postgres.pool import Database
from tests.client.waiting import eventually
from tests.contract.chat_rig import GENERATION, Chat, say

TOPIC, OTHER = "a line of the test", "another line of the test"
# In this database alone: others of the server have services at work.
WAITING = """
select 1 from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like %s
"""
CLOCK = "select clock_timestamp()"
TABLE = FactTable("test_facts", ("account_id", "request_id"), {"text": "text"})


@dataclass(frozen=True)
class Wish:
    partition: int = 0
    identity: tuple[str, str] = field(
        default_factory=lambda: (str(uuid.uuid4()), str(uuid.uuid4()))
    )


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "create table test_facts (partition int, fact_no bigint, account_id uuid, request_id uuid,"
        " text text, primary key (partition, fact_no))"
    )
    yield database
    await database.fetch("drop table test_facts")
    await database.fetch("delete from lines where topic in (%s, %s)", (TOPIC, OTHER))
    await database.fetch("truncate settled_wishes")
    await database.close()


async def write(line: FactLine, *wishes: Wish) -> tuple[Numbers, list[Fact]]:
    async with line.batch(GENERATION, wishes) as batch:
        facts = [
            batch.former[each.identity][0]
            if each.identity in batch.former
            else batch.add(each, text="x")
            for each in wishes
        ]
    return batch, facts


async def settle(
    line: FactLine, wish: Wish, decision: Decision[str], *, fails: bool = False
) -> Decision[str]:
    async with line.batch(GENERATION, [wish]) as batch:
        answer = batch.settled.uphold(wish, decision)
        if fails:
            await batch.write_settled()
            raise ZeroDivisionError
    return answer


async def fail(line: FactLine) -> None:
    async with line.batch(GENERATION, [Wish()]) as batch:
        batch.add(Wish(), text="x")
        await batch.write()
        raise ZeroDivisionError


async def heads(database: Database) -> list[tuple[Any, ...]]:
    return await database.fetch(
        "select partition, head, (select count(*) from test_facts f where f.partition ="
        " lines.partition) from lines where topic = %s order by 1",
        (TOPIC,),
    )


async def test_heads_and_the_clock_are_those_after_the_wait_for_the_lock(
    database: Database,
) -> None:
    line = FactLine(database, LineEpochs(database, TOPIC), TABLE)
    async with line.batch(GENERATION, [Wish()]) as batch:
        waiting = asyncio.create_task(write(line, Wish()))
        await eventually(lambda: database.fetch(WAITING, ("%lock_lines%",)))
        ((before,),) = await database.fetch(CLOCK)
        first = batch.add(Wish(), text="x")
    numbers, (second,) = await waiting
    assert (first.fact_no, second.fact_no) == (1, 2)
    assert batch.now < before <= numbers.now + timedelta(milliseconds=1)
    assert numbers.now.microsecond % 1000 == 0


async def test_a_batch_that_fails_leaves_neither_facts_nor_numbers(database: Database) -> None:
    line = FactLine(database, LineEpochs(database, TOPIC), TABLE)
    await write(line, Wish())
    with pytest.raises(ZeroDivisionError):
        await fail(line)
    assert await heads(database) == [(0, 1, 1)]
    _, (fact,) = await write(line, Wish())
    assert fact.fact_no == 2


@pytest.mark.parametrize("first", [Unchanged(), Refuse(ErrorCode.BLOCKED, "who and why")])
async def test_what_changed_nothing_is_answered_so_again(
    database: Database, first: Refuse | Unchanged
) -> None:
    line = FactLine(database, LineEpochs(database, TOPIC), TABLE)
    wish, other, yes = (
        Wish(),
        FactLine(database, LineEpochs(database, OTHER), TABLE),
        Accept(("x",)),
    )
    with pytest.raises(ZeroDivisionError):
        await settle(line, wish, Unchanged(), fails=True)
    assert await settle(line, wish, first) == first
    kept = Refuse(first.code, REFUSED) if isinstance(first, Refuse) else first
    _, (fact,) = await write(line, carried := Wish())
    async with line.batch(GENERATION, [Wish(), wish, carried]) as batch:
        assert (batch.settled.known, batch.settled.fresh) == ({wish.identity: kept}, {})
        assert batch.former == {carried.identity: [fact]}
    assert await settle(line, wish, yes) == kept
    # Another topic knows nothing of it.
    assert await settle(other, wish, yes) == yes


async def test_each_line_is_numbered_for_itself_and_repeats_take_no_number(
    database: Database,
) -> None:
    line = FactLine(database, LineEpochs(database, TOPIC), TABLE)
    one, two, other = Wish(), Wish(), Wish(partition=1)
    _, first = await write(line, one, other, two, one)
    assert [fact.fact_no for fact in first] == [1, 1, 2, 1]
    _, again = await write(line, two, Wish(), other)
    assert [fact.fact_no for fact in again] == [2, 3, 1]
    assert again[0].values == {"text": "x"}
    assert await heads(database) == [(0, 3, 3), (1, 1, 1)]


async def test_without_a_table_the_lock_and_the_fence_are_left(database: Database) -> None:
    old, new = (FactLine(database, LineEpochs(database, TOPIC)) for _ in range(2))
    for line in (old, new):
        async with line.batch(GENERATION, (), beside=[0]) as batch:
            assert batch.heads == {0: 0}
    with pytest.raises(Fenced):
        async with old.batch(GENERATION, [Wish()]):
            pytest.fail("a fenced worker got in")


async def test_a_change_of_a_message_of_its_batch_is_not_earlier_than_the_message(
    chat: Chat,
) -> None:
    room_id, owner = await chat.make_room()
    said = say(room_id, owner)
    ids = (said.partition, room_id, owner.account_id, said.message_id)
    wishes: list[messages.Wish] = [said, ChangeWish(*ids, str(uuid.uuid4()), "new")]
    database = chat.database(room_id)
    async with database.transaction() as other:
        await other.fetch("select 1 from rooms where room_id = %s for update", (room_id,))
        storing = asyncio.create_task(chat.messages(room_id).carry_out(GENERATION, wishes))
        await eventually(lambda: database.fetch(WAITING, ("%no key update%",)))
    stored, changed = await storing
    assert isinstance(stored, MessageOutcome)
    assert isinstance(changed, ChangeOutcome)
    assert from_text(changed.at) >= from_text(stored.created_at)
