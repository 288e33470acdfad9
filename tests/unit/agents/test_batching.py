"""The shared write loop: batches, order of acknowledgement, retries, poison, draining."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from faust.types import TP

from agents.loop.batching import EXIT_FENCED, EXIT_UNFINISHED
from agents.loop.waiting import stores_away
from chatstream.errors import Fenced, TransientFailure
from infra.pacing import Pace
from tests.client.waiting import eventually
from tests.fakes.batching import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    yield made
    await made.close()


async def test_what_waits_becomes_one_batch_and_is_acknowledged_in_order(rig: Rig) -> None:
    rig.put(*[(0, offset) for offset in range(20)])
    assert await rig.acked(20) == [(0, offset) for offset in range(20)]
    assert len(rig.sink.batches) <= 2


async def test_under_load_what_comes_within_the_interval_becomes_one_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interval_over = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await interval_over.wait()

    monkeypatch.setattr(asyncio, "sleep", sleep)
    rig = Rig()
    rig.loop.pace = Pace(3600.0, 2)
    rig.put((0, 0), (0, 1))
    await rig.acked(2)
    rig.put((0, 2))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 3)
    rig.put((0, 3), (0, 4))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 5)
    interval_over.set()
    await rig.acked(5)
    await rig.close()
    assert [offsets for _, offsets in rig.sink.batches] == [[0, 1], [2, 3, 4]]


@pytest.mark.parametrize(("size", "before"), [(500, 1), (4, 4)])
async def test_after_a_small_or_a_full_batch_the_next_begins_at_once(
    size: int, before: int
) -> None:
    rig = Rig(size=size)
    rig.loop.pace = Pace(3600.0, 2)
    rig.put(*[(0, offset) for offset in range(before)])
    await rig.acked(before)
    rig.put((0, before))
    assert await rig.acked(before + 1)
    await rig.close()


async def test_a_batch_never_exceeds_the_bound() -> None:
    rig = Rig(size=7)
    rig.put(*[(0, offset) for offset in range(30)])
    await rig.acked(30)
    await rig.close()
    assert max(len(offsets) for _, offsets in rig.sink.batches) <= 7


async def test_nothing_is_acknowledged_before_the_effect_and_a_failure_is_tried_again(
    rig: Rig,
) -> None:
    rig.sink.failures = [TransientFailure("away"), TransientFailure("still away")]
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1), (0, 2))
    await rig.sink.began.wait()
    assert rig.app.acked == []
    gate.set()
    assert await rig.acked(2) == [(0, 1), (0, 2)]
    assert [offset for _, offsets in rig.sink.batches for offset in offsets] == [1, 2]


async def test_a_poison_record_is_rejected_alone_and_the_rest_is_processed(rig: Rig) -> None:
    rig.sink.poison = {3}
    rig.put(*[(0, offset) for offset in range(8)])
    assert await rig.acked(8) == [(0, offset) for offset in range(8)]
    assert rig.sink.rejected == [3]
    assert sorted(o for _, offsets in rig.sink.batches for o in offsets) == [0, 1, 2, 4, 5, 6, 7]


async def test_a_lane_that_waits_does_not_delay_another(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1), (1, 2), (1, 3))
    assert await rig.acked(2) == [(1, 2), (1, 3)]
    gate.set()
    assert (0, 1) in await rig.acked(3)


async def test_a_full_lane_pauses_its_partitions_until_it_is_half_empty() -> None:
    rig = Rig(lane_queue=10, size=5)
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put(*[(0, offset) for offset in range(20)])
    await rig.sink.began.wait()
    assert rig.app.consumer.full == {("t", 0)}
    gate.set()
    await rig.acked(20)
    assert rig.app.consumer.full == set()
    await rig.close()


async def test_a_fenced_batch_ends_the_process_unacknowledged(rig: Rig) -> None:
    rig.sink.failures = [Fenced("a newer worker")]
    rig.put((0, 1))
    await rig.exited.wait()
    assert rig.exits[0] == EXIT_FENCED
    assert rig.app.acked == []


async def test_records_of_an_older_generation_are_dropped_unacknowledged(rig: Rig) -> None:
    rig.put((0, 1), generation=0)
    rig.put((0, 2))
    assert await rig.acked(1) == [(0, 2)]
    assert [message.offset for message in rig.app.consumer.tracked] == [2]


async def test_a_rebalance_forgets_what_has_not_begun_and_finishes_what_has(rig: Rig) -> None:
    gate = rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.put((0, 2), (0, 3))
    await rig.until(lambda: len(rig.app.consumer.tracked) == 3)
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    gate.set()
    assert await rig.acked(1) == [(0, 1)]
    assert rig.exits == []
    # Faust waits for every record it has not been told of: also for the last one of a stream.
    assert [message.offset for message in rig.app.consumer.unacked] == [1]


async def test_nothing_is_taken_between_the_drain_and_the_next_generation(rig: Rig) -> None:
    # Taken, it would be acknowledged past what was dropped, and the commit would skip that.
    rig.put((0, 1))
    assert await rig.acked(1) == [(0, 1)]
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    rig.put((0, 3))
    await rig.until(lambda: rig.app.consumer.unacked.let_go == 1)
    rig.app.rebalancing, rig.app.consumer_generation_id = False, 2
    rig.put((0, 2), generation=2)
    assert await rig.acked(2) == [(0, 1), (0, 2)]


async def test_a_batch_that_does_not_finish_in_a_rebalance_ends_the_process() -> None:
    rig = Rig(drain_timeout=0.05)
    rig.loop.die = lambda code: (rig.exits.append(code), rig.exited.set())  # type: ignore[assignment,func-returns-value,return-value]
    rig.sink.gates["lane0"] = asyncio.Event()
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    await rig.exited.wait()
    assert rig.exits == [EXIT_UNFINISHED]
    assert rig.app.acked == []
    rig.sink.gates["lane0"].set()
    await rig.close()


async def test_a_batch_that_waits_for_its_next_try_is_dropped_when_a_drain_begins() -> None:
    rig = Rig(retry_first=3600, retry_most=3600)
    rig.sink.failures = [TransientFailure("away")]
    rig.put((0, 1))
    await rig.sink.began.wait()
    rig.app.rebalancing = True
    rig.loop.begin_drain()
    rig.app.rebalancing, rig.app.consumer_generation_id = False, 2
    rig.put((0, 1), generation=2)
    assert await rig.acked(1) == [(0, 1)]
    assert rig.exits == []
    await rig.close()


async def test_a_lane_says_that_it_waits_from_an_outage_until_its_store_is_back(rig: Rig) -> None:
    app: Any = rig.app
    rig.sink.failures = [TransientFailure("away")] * 100_000

    async def waits() -> bool:
        return list(stores_away(app)) == ["lane0"]

    assert list(stores_away(app)) == []
    rig.put((0, 1))
    await eventually(waits, every=0.001)
    rig.sink.failures = []
    assert await rig.acked(1) == [(0, 1)]
    assert list(stores_away(app)) == []


async def test_what_follows_a_record_is_taken_past_the_stream_and_acknowledged_in_order(
    rig: Rig,
) -> None:
    rig.put((0, 1))
    await rig.acked(1)
    assert [rig.offer(0, offset) for offset in (2, 3)] == [True, True]
    assert [message.refcount for message in rig.app.consumer.tracked] == [0, 1, 1]
    assert await rig.acked(3) == [(0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize(("offset", "generation"), [(1, 1), (3, 1), (2, 0), (2, 2)])
async def test_a_record_that_is_not_the_next_goes_by_the_stream(
    rig: Rig, offset: int, generation: int
) -> None:
    rig.put((0, 1))
    await rig.acked(1)
    assert not rig.offer(0, offset, generation)
    assert not rig.offer(1, 2)  # the first of its partition
    assert rig.offer(0, 2)


async def test_nothing_passes_a_record_that_waits_in_the_stream(rig: Rig) -> None:
    rig.put((0, 1))
    await rig.acked(1)
    rig.put((1, 1))
    assert not rig.offer(0, 2)
    await rig.acked(2)
    assert rig.offer(0, 2)


async def test_nothing_passes_a_record_that_the_stream_has_given_and_that_waits(rig: Rig) -> None:
    rig.put((0, 1))
    await rig.acked(1)
    begun, filled = asyncio.Event(), asyncio.Event()

    async def pass_over(*_: object) -> None:
        begun.set()
        await filled.wait()

    rig.loop._pass_over = pass_over  # type: ignore[method-assign,assignment]
    rig.app.consumer.begins[TP("t", 1)] = 4
    rig.put((1, 7))
    await begun.wait()
    assert not rig.offer(0, 2)
    filled.set()
    await rig.acked(2)
    assert rig.offer(0, 2)


async def test_a_topic_that_two_agents_read_is_offered_to_none(rig: Rig) -> None:
    rig.put((0, 1))
    await rig.acked(1)
    rig.app.offers.add(["t"], lambda _: True)
    assert not rig.offer(0, 2)


async def test_of_a_topic_that_two_agents_read_nothing_is_offered_while_one_starts_anew(
    rig: Rig,
) -> None:
    rig.app.offers.expect(["t"])
    rig.put((0, 1))
    await rig.acked(1)
    assert rig.offer(0, 2)
    rig.app.offers.expect(["t"])
    assert not rig.offer(0, 3)


async def test_what_a_drain_has_ended_is_not_taken_past_the_stream(rig: Rig) -> None:
    rig.put((0, 1))
    await rig.acked(1)
    rig.loop.begin_drain()
    assert not rig.offer(0, 2)
