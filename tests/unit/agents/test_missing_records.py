"""The shared write loop where offsets do not follow one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from faust.types import TP

from agents.loop.batching import EXIT_MISSING
from agents.loop.recall import LOST, PlacedMessage, RecalledEvent
from chatstream.domain.offsets import Hole
from chatstream.errors import TransientFailure
from tests.fakes.batching import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    yield made
    await made.close()


async def test_a_record_missing_between_two_ends_the_process_unacknowledged(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1), (0, 2), (0, 4))
    with pytest.raises(asyncio.CancelledError):
        await rig.task
    assert rig.exits == [EXIT_MISSING]
    assert rig.app.acked == []
    gate.set()
    rig.task = asyncio.create_task(rig.loop.run(rig.stream))


async def test_a_repeat_within_a_generation_is_processed_again(rig: Rig) -> None:
    rig.put((0, 1), (0, 2), (0, 1), (0, 2), (0, 3))
    assert await rig.acked(5) == [(0, 1), (0, 2), (0, 1), (0, 2), (0, 3)]
    assert rig.exits == []


async def test_what_was_fetched_before_a_rebalance_makes_no_hole(rig: Rig) -> None:
    rig.put((0, 1))
    rig.put((0, 9), generation=0)
    rig.put((0, 2))
    assert await rig.acked(2) == [(0, 1), (0, 2)]
    assert rig.exits == []


async def test_wishes_that_the_broker_deleted_are_counted_and_the_rest_goes_on(rig: Rig) -> None:
    rig.app.consumer.begins[TP("t", 0)] = 5
    before = LOST.labels("t")._value.get()
    rig.put((0, 8), (0, 9))
    assert await rig.acked(2) == [(0, 8), (0, 9)]
    assert rig.exits == []
    assert LOST.labels("t")._value.get() - before == 3


class Recalling:
    """Recalls facts of the hole, a slice at a time; the first tries fail as told."""

    def __init__(self, slices: int, failures: int = 0) -> None:
        self.slices = slices
        self.failures = failures
        self.holes: list[Hole] = []
        self.began = asyncio.Event()

    async def events(self, hole: Hole, generation: int) -> AsyncIterator[Sequence[RecalledEvent]]:
        self.holes.append(hole)
        self.began.set()
        if len(self.holes) <= self.failures:
            raise TransientFailure("away")
        for number in range(self.slices):
            yield [
                RecalledEvent(
                    PlacedMessage(
                        hole.topic, hole.partition, b"", generation, offset=-10 * number - 1
                    )
                )
            ]


async def test_facts_that_the_broker_deleted_go_through_the_sink_before_what_follows(
    rig: Rig,
) -> None:
    recall = Recalling(slices=3, failures=2)
    rig.loop.recall = recall  # type: ignore[assignment]  # what the loop uses of it
    rig.app.consumer.begins[TP("t", 0)] = 5
    rig.put((0, 8), (0, 9))
    assert await rig.acked(2) == [(0, 8), (0, 9)]
    assert [o for _, offsets in rig.sink.batches for o in offsets] == [-1, -11, -21, 8, 9]
    assert recall.holes == [Hole("t", 0, 5, 8, is_first=True)] * 3


async def test_facts_before_a_groups_first_commit_are_recalled_wishes_are_not_missed(
    rig: Rig,
) -> None:
    rig.put((0, 3))
    assert await rig.acked(1) == [(0, 3)]
    recall = Recalling(slices=1)
    rig.loop.recall = recall  # type: ignore[assignment]
    rig.put((2, 3))
    assert await rig.acked(2) == [(0, 3), (2, 3)]
    assert recall.holes == [Hole("t", 2, 0, 3, is_first=True)]


async def test_a_recall_that_a_rebalance_cuts_off_takes_nothing_after_it() -> None:
    rig = Rig(retry_first=3600, retry_most=3600)
    recall = Recalling(slices=1, failures=1)
    rig.loop.recall = recall  # type: ignore[assignment]
    rig.app.consumer.begins[TP("t", 0)] = 5
    rig.put((0, 8))
    await recall.began.wait()
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    rig.app.rebalancing, rig.app.consumer_generation_id = False, 2
    rig.put((0, 8), generation=2)
    assert await rig.acked(1) == [(0, 8)]
    assert len(recall.holes) == 2
    await rig.close()
