"""The proofs that held posts are up to date: claims, heads, outages, and who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from agents.contents.hot_posts import ASKED_FOR, Proving
from chatstream.domain.content.freshness import LineState, Proofs
from chatstream.errors import TransientFailure
from tests.client.waiting import eventually


class FakeHolders:
    """Claims as they come; all lines have the head `head`."""

    def __init__(self) -> None:
        self.claims: dict[int, int] = {}
        self.head = 0
        self.is_away = False
        self.proofs = 0

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        self._check()
        self.claims |= {each: self.claims.get(each, 0) + 1 for each in partitions}
        return {each: self.claims[each] for each in partitions}

    async def lines(self, partitions: Sequence[int]) -> Mapping[int, LineState]:
        self._check()
        self.proofs += 1
        return {p: LineState(self.head, self.claims[p]) for p in partitions if p in self.claims}

    def _check(self) -> None:
        if self.is_away:
            raise TransientFailure("content: away")


class World:
    def __init__(self) -> None:
        self.now = 100.0
        self.held = {0, 1}
        self.cursor = 0
        self.holders = FakeHolders()
        self.proving = Proving(
            Proofs(lambda: self.now, 1.0),
            self.holders,
            lambda: self.held,
            lambda _: self.cursor,
            every=0.01,
        )

    async def is_at_rest(self) -> bool:
        return self.proving._rests

    def ages(self) -> list[float | None]:
        return [self.proving.proofs.age(each) for each in (0, 1)]


async def test_what_is_read_here_is_claimed_once_and_proved_while_it_is_at_the_head() -> None:
    world = World()
    await world.proving.prove()
    assert world.ages() == [0.0, 0.0]
    world.now = 100.5
    world.holders.head = 1
    await world.proving.prove()
    assert world.ages() == [0.5, 0.5]
    world.cursor = 1
    world.held = {1}
    await world.proving.prove()
    assert world.ages() == [None, 0.0]
    assert world.holders.claims == {0: 1, 1: 1}


async def test_whom_somebody_else_has_replaced_claims_it_anew_if_it_is_read_here_still() -> None:
    world = World()
    await world.proving.prove()
    await world.holders.claim([0])
    await world.proving.prove()
    assert world.ages() == [None, 0.0]
    await world.proving.prove()
    assert world.ages() == [0.0, 0.0]
    assert world.holders.claims == {0: 3, 1: 1}


async def test_a_fact_is_settled_when_it_is_read_and_the_claim_is_a_window_old() -> None:
    world = World()
    await world.proving.prove()
    world.holders.head = 5
    waiting = asyncio.create_task(world.proving.settled(0, 5, within=60))
    await world.proving.prove()
    world.cursor = 5
    await world.proving.prove()
    assert not await world.proving.settled(0, 5, within=0.01)
    world.now = 101.0
    await world.proving.prove()
    assert await waiting
    assert await world.proving.settled(0, 4, within=0.01)
    assert not await world.proving.settled(0, 6, within=0.01)


async def test_proofs_rest_while_nobody_asks_and_who_asks_then_gets_one() -> None:
    world = World()

    async with world.proving:
        await eventually(world.is_at_rest)
        made = world.holders.proofs
        world.now = 200.0
        assert world.ages() == [None, None]
        await world.proving.asked(within=60)
        assert world.ages() == [0.0, 0.0]

        async def go_on() -> bool:
            return world.holders.proofs > made + 2

        await eventually(go_on)
        world.now += ASKED_FOR
        await eventually(world.is_at_rest)


async def test_who_asks_while_proofs_are_made_or_cannot_be_made_does_not_wait_for_long() -> None:
    world = World()

    async with world.proving:
        await eventually(world.is_at_rest)
        world.holders.is_away = True
        await world.proving.asked(within=0.01)
        world.now = 200.0
        assert world.ages() == [None, None]
    await asyncio.wait_for(World().proving.asked(within=3600), 60)


async def test_what_is_to_be_settled_ends_a_rest() -> None:
    world = World()

    async with world.proving:
        await eventually(world.is_at_rest)
        world.now = 200.0
        world.holders.head = world.cursor = 7
        assert await world.proving.settled(1, 7, within=60)


async def test_partitions_that_come_and_go_are_claimed_though_nobody_asks() -> None:
    world = World()

    async def are_claimed() -> bool:
        return world.holders.claims == {0: 2, 1: 1, 2: 1}

    async def is_forgotten() -> bool:
        return world.proving.proofs.age(0) is None

    async with world.proving:
        await eventually(world.is_at_rest)
        world.held = {1, 2}
        await eventually(is_forgotten)
        world.held = {0, 1, 2}
        await eventually(are_claimed)


async def test_an_outage_is_told_and_proofs_go_on_behind_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.holders.is_away = True

    async def is_told() -> bool:
        return "posts are not proved: content: away" in caplog.text

    async def is_proved() -> bool:
        return world.ages() == [0.0, 0.0]

    async with world.proving:
        await eventually(is_told)
        assert world.ages() == [None, None]
        world.holders.is_away = False
        await eventually(is_proved)
