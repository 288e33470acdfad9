"""Blocks (ports.copies.CopyStore): one suite for the fake and for real Postgres."""

from __future__ import annotations

import random
from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.ports.blocks import BlockNews
from chatstream.ports.copies import CopyStore
from infra.postgres.blocks import PostgresBlocks
from tests.contract.chat_rig import Chat
from tests.fakes.people import FakeBlocks


class World(Protocol):
    """A store and what it holds of the accounts of a test."""

    store: CopyStore[BlockNews]

    async def held(self, accounts: list[str]) -> set[tuple[str, str]]: ...


class FakeWorld:
    def __init__(self) -> None:
        self.blocks = FakeBlocks()
        self.store: CopyStore[BlockNews] = self.blocks

    async def held(self, accounts: list[str]) -> set[tuple[str, str]]:
        return {pair for pair in self.blocks.held if pair[0] in accounts}


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        self.database = next(iter(chat.databases.chat.values()))
        self.store: CopyStore[BlockNews] = PostgresBlocks(self.database)

    async def held(self, accounts: list[str]) -> set[tuple[str, str]]:
        rows = await self.database.fetch(
            "select blocker_id::text, blocked_id::text from blocks"
            " where blocker_id = any (%s::uuid[])",
            (accounts,),
        )
        return set(rows)


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


async def test_a_block_holds_until_its_end(world: World) -> None:
    one, other = str(uuid4()), str(uuid4())
    await world.store.keep([BlockNews(one, other, 1, holds=True)])
    assert await world.held([one, other]) == {(one, other)}
    await world.store.keep([BlockNews(one, other, 2, holds=False)])
    assert await world.held([one, other]) == set()


async def test_an_old_block_that_comes_again_stays_ended(world: World) -> None:
    one, other = str(uuid4()), str(uuid4())
    facts = [BlockNews(one, other, 1, holds=True), BlockNews(one, other, 2, holds=False)]
    await world.store.keep(facts)
    await world.store.keep(facts[:1])
    assert await world.held([one]) == set()


async def test_any_order_and_repetition_of_facts_ends_in_the_same_rows(world: World) -> None:
    shuffler = random.Random(20261121)
    for _ in range(30):
        one, left, right = (str(uuid4()) for _ in range(3))
        facts = [
            BlockNews(one, shuffler.choice((left, right)), number, shuffler.random() < 0.5)
            for number in range(1, 7)
        ]
        newest = {fact.blocked_id: fact for fact in facts}
        told = facts + shuffler.choices(facts, k=4)
        shuffler.shuffle(told)
        cut = shuffler.randrange(1, len(told))
        await world.store.keep(told[:cut])
        await world.store.keep(told[cut:])
        held = {(one, blocked) for blocked, fact in newest.items() if fact.holds}
        assert await world.held([one]) == held
