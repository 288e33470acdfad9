"""What the batching loop measures, by agent and lane, in the registry that `/metrics` shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from chatstream.errors import TransientFailure
from tests.fakes.batching import Rig
from tests.samples import sample


@pytest.fixture
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Of an agent of the test's own, so that what it measures begins at nothing."""
    made = Rig(agent=request.node.name)
    yield made
    await made.close()


def of(rig: Rig, name: str, lane: str = "lane0") -> float:
    return sample(name, agent=rig.agent, lane=lane)


async def test_a_batch_tells_its_size_its_time_and_the_age_of_its_oldest_record(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put(*[(0, offset) for offset in range(20)])
    await rig.sink.began.wait()
    began = time.monotonic()
    for message in rig.app.consumer.tracked:
        message.timestamp -= 100
    gate.set()
    await rig.acked(20)
    took = time.monotonic() - began
    batches = len(rig.sink.batches)
    for name in ("batch_records", "batch_seconds", "acknowledged_age_seconds"):
        assert of(rig, f"{name}_count") == batches
    assert of(rig, "batch_records_sum") == 20
    assert 0 < of(rig, "batch_seconds_sum") < took + 5
    assert of(rig, "acknowledged_age_seconds_sum") >= 100 * batches
    assert of(rig, "batch_records_count", "lane1") == 0


async def test_what_waits_in_a_lane_is_told_while_it_waits(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.put((0, 2), (0, 3), (0, 4))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 4)
    rig.app.consumer.tracked[0].timestamp -= 100
    assert of(rig, "lane_waiting_records") == 3
    assert 100 <= of(rig, "lane_oldest_age_seconds") < 200
    gate.set()
    await rig.acked(4)
    await rig.until(lambda: not rig.loop.lanes["lane0"].busy)
    assert (of(rig, "lane_waiting_records"), of(rig, "lane_oldest_age_seconds")) == (0, 0)


async def test_each_try_that_an_outage_ends_is_counted(rig: Rig) -> None:
    rig.sink.failures = [TransientFailure("away"), TransientFailure("still away")]
    rig.put((0, 1))
    await rig.acked(1)
    assert of(rig, "batch_retries_total") == 2
    assert (of(rig, "batch_seconds_count"), of(rig, "batch_bisections_total")) == (1, 0)


async def test_halvings_and_dead_letters_are_counted(rig: Rig) -> None:
    before = sample("dead_letters_total", topic="t", reason="invalid")
    rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 9))
    await rig.sink.began.wait()
    rig.sink.poison = {3}
    rig.put(*[(0, offset) for offset in range(8)])
    await rig.until(lambda: len(rig.app.consumer.tracked) == 9)
    rig.sink.gates["lane0"].set()
    await rig.acked(9)
    assert of(rig, "batch_bisections_total") == 3
    assert sample("dead_letters_total", topic="t", reason="invalid") == before + 1
