"""Proofs of the copy: of what has come to its head, by the claim, on the server of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from agents.contents.copy_proving import CopyProving, Holding
from chatstream.domain.content.freshness import WINDOW, LineState, Proofs
from tests.client.waiting import eventually
from tests.fakes.post_copies import Copied, FakePostCopy


class World:
    """One partition that is held by claim 1; its line and its copy have come to fact 5."""

    def __init__(self, every: float = 0.0) -> None:
        self.now = 100.0
        self.head = 5
        self.claim_of_line = 1
        self.held = {0}
        self.doubted: list[int] = []
        self.proofs = Proofs(lambda: self.now)
        self.proofs.claimed({0: 1})
        self.copy = FakePostCopy()
        self.part = self.copy.parts[0] = Copied(cursor=5)
        holding = Holding(self.proofs, lambda: self.held, self.doubted.append)
        self.proving = CopyProving(holding, self, self.copy, every)

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        raise AssertionError("the copy is proved by the claims of the table")

    async def lines(self, partitions: Sequence[int]) -> Mapping[int, LineState]:
        self.copy.micros += 10  # whatever is read is read after the moment
        return {each: LineState(self.head, self.claim_of_line) for each in partitions}

    async def prove(self, after: float = 0.0) -> None:
        self.now += after
        await self.proving.prove()


async def test_what_has_come_to_the_head_is_proved_as_of_before_the_head_was_read() -> None:
    world = World()
    await world.prove()
    assert world.part.proof == ("h1", 0)
    world.head = 6
    await world.prove()
    assert world.part.proof == ("h1", 0)
    world.part.cursor = 6
    await world.prove()
    assert world.part.proof == ("h1", 20)


async def test_nothing_is_proved_by_a_claim_that_somebody_else_has_replaced() -> None:
    world = World()
    world.claim_of_line = 2
    await world.prove()
    assert world.part.proof is None
    assert world.proofs.unclaimed([0]) == [0], "it is claimed anew"


async def test_it_is_settled_when_the_claim_is_a_window_old() -> None:
    world = World()
    await world.prove()
    await world.prove(after=WINDOW / 2)
    assert world.part.settled == 0
    await world.prove(after=WINDOW / 2)
    assert world.part.settled == 5


async def test_on_another_server_it_is_settled_a_window_after_the_first_look_at_it() -> None:
    world = World()
    await world.prove()
    world.now += 5
    world.copy.history = "h2"
    await world.prove()
    assert (world.part.proof, world.part.settled) == (("h2", 10), 0)
    await world.prove(after=WINDOW)
    assert world.part.settled == 5


async def test_a_server_that_changes_while_heads_are_read_is_proved_the_next_time() -> None:
    world = World()
    told = world.lines

    async def changing(partitions: Sequence[int]) -> Mapping[int, LineState]:
        world.copy.history = "h2"
        return await told(partitions)

    world.lines = changing  # type: ignore[method-assign]
    await world.prove()
    assert world.part.proof is None
    await world.prove()
    assert world.part.proof == ("h2", 10)


async def test_a_copy_that_is_ahead_of_its_line_is_doubted_and_not_proved() -> None:
    world = World()
    world.part.cursor = 6
    await world.prove()
    assert (world.doubted, world.part.proof) == ([0], None)


async def test_an_outage_is_told_and_proofs_go_on_behind_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(every=0.01)
    world.copy.is_away = True

    async def is_told() -> bool:
        return "the copy of posts is not proved: redis: ConnectionError" in caplog.text

    async def is_proved() -> bool:
        return world.part.proof is not None

    async with world.proving:
        await eventually(is_told)
        assert world.part.proof is None
        world.copy.is_away = False
        await eventually(is_proved)


async def test_what_is_read_elsewhere_is_proved_there() -> None:
    world = World()
    world.held = set()
    await world.prove()
    assert world.copy.asked == []
