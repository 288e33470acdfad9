"""What fetches have brought is told at once to a reader on another loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import ConsumerStoppedError

from infra.faust.fetched import FetchedRecords
from tests.fakes.changes import step

PLACE, OTHER = ("t", 0), ("t", 1)
LONG = 3600.0


class Fetcher:
    """The parts of aiokafka's fetcher; `polls` counts who reads just now."""

    def __init__(self) -> None:
        self.records: dict[Any, list[int]] = {}
        self.error: Exception | None = None
        self.polls = 0
        self.waiters: list[asyncio.Future[None]] = []
        self.waits = asyncio.Event()
        self._closed = False
        self._subscriptions = SimpleNamespace(
            fetch_context=self._polling, reassignment_in_progress=False
        )

    @contextmanager
    def _polling(self) -> Iterator[None]:
        self.polls += 1
        yield
        self.polls -= 1

    def _create_fetch_waiter(self) -> asyncio.Future[None]:
        self.waiters.append(asyncio.get_running_loop().create_future())
        self.waits.set()
        return self.waiters[-1]

    async def fetched_records(self, wanted: Any, timeout: float, most: int) -> Any:
        assert (timeout, most) == (0, 7)
        if self.error is not None:
            raise self.error
        return {tp: self.records.pop(tp) for tp in list(self.records) if tp in wanted}


class Rig:
    def __init__(self) -> None:
        self.fetcher = Fetcher()
        self.flows = True
        consumer: Any = SimpleNamespace(_fetcher=self.fetcher)
        self.fetched = FetchedRecords(consumer, 7, lambda: self.flows)

    async def waiting(self, within: float = LONG) -> asyncio.Task[Any]:
        """A question that has come, and found nothing."""
        asked = asyncio.create_task(self.fetched.take({PLACE}, within))
        await self.fetcher.waits.wait()
        assert self.fetcher.polls == 1
        return asked

    def put(self) -> None:
        self.fetcher.records = {PLACE: [1, 2]}


async def test_what_is_there_is_told_at_once_and_only_of_what_is_wanted() -> None:
    rig = Rig()
    rig.fetcher.records = {PLACE: [1, 2], OTHER: [3]}
    assert await rig.fetched.take({PLACE}, LONG) == {PLACE: [1, 2]}
    assert rig.fetcher.records == {OTHER: [3]}
    assert rig.fetcher.polls == 0


async def test_who_waits_is_told_by_the_fetch_that_brings_something() -> None:
    rig = Rig()
    asked = await rig.waiting()
    rig.fetched.look()
    assert rig.fetcher.polls == 1
    rig.put()
    rig.fetched.look()
    assert rig.fetcher.polls == 0
    assert rig.fetcher.records == {}
    assert await asked == {PLACE: [1, 2]}
    assert all(waiter.cancelled() for waiter in rig.fetcher.waiters)


async def test_nothing_is_told_when_the_time_is_over() -> None:
    rig = Rig()
    asked = await rig.waiting(within=0.001)
    assert await asked == {}
    assert rig.fetcher.polls == 0
    rig.put()
    rig.fetched.look()
    assert rig.fetcher.records == {PLACE: [1, 2]}  # for the next question


async def test_what_comes_after_who_waited_was_cancelled_is_left_for_the_next() -> None:
    rig = Rig()
    asked = await rig.waiting()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await step()
    assert rig.fetcher.polls == 0
    rig.put()
    rig.fetched.look()
    assert await rig.fetched.take({PLACE}, LONG) == {PLACE: [1, 2]}


async def test_nothing_is_taken_while_the_flow_is_suspended() -> None:
    rig = Rig()
    rig.put()
    rig.flows = False
    assert await rig.fetched.take({PLACE}, LONG) == {}
    assert rig.fetcher.records == {PLACE: [1, 2]}


async def test_nothing_is_taken_while_partitions_are_assigned_anew() -> None:
    rig = Rig()
    asked = await rig.waiting()
    rig.put()
    rig.fetcher._subscriptions.reassignment_in_progress = True
    rig.fetched.look()
    assert rig.fetcher.records == {PLACE: [1, 2]}
    rig.fetcher._subscriptions.reassignment_in_progress = False
    rig.fetched.look()
    assert await asked == {PLACE: [1, 2]}


async def test_what_aiokafka_tells_its_own_readers_is_told_as_well() -> None:
    rig = Rig()
    asked = await rig.waiting()
    rig.fetcher.waiters[0].set_result(None)
    rig.fetcher.waits.clear()
    await rig.fetcher.waits.wait()
    rig.put()
    rig.fetcher.waiters[1].set_result(None)
    assert await asked == {PLACE: [1, 2]}


async def test_an_error_of_the_fetch_or_of_the_group_is_raised_and_the_next_is_answered() -> None:
    rig = Rig()
    asked = await rig.waiting()
    rig.fetcher.waiters[0].set_exception(ValueError("the group's"))
    with pytest.raises(ValueError, match="the group's"):
        await asked
    rig.fetcher.error = ValueError("the fetch's")
    with pytest.raises(ValueError, match="the fetch's"):
        await rig.fetched.take({PLACE}, LONG)
    rig.fetcher.error = None
    rig.put()
    assert await rig.fetched.take({PLACE}, LONG) == {PLACE: [1, 2]}
    assert rig.fetcher.polls == 0


async def test_a_consumer_that_is_closed_answers_who_waits_and_refuses_the_next() -> None:
    rig = Rig()
    asked = await rig.waiting()
    rig.fetcher._closed = True
    rig.fetcher.waiters[0].set_result(None)
    assert await asked == {}
    with pytest.raises(ConsumerStoppedError):
        await rig.fetched.take({PLACE}, LONG)


async def test_a_question_ends_one_that_nobody_waits_for_any_more() -> None:
    rig = Rig()
    asked = await rig.waiting()
    asked.cancel()
    rig.put()
    assert await rig.fetched.take({PLACE}, LONG) == {PLACE: [1, 2]}
    assert rig.fetcher.polls == 0


async def test_records_come_from_the_loop_of_another_thread() -> None:
    other = asyncio.new_event_loop()
    thread = Thread(target=other.run_forever)
    thread.start()
    try:
        rig = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_made(), other))
        other.call_soon_threadsafe(rig.put)
        assert await rig.fetched.take({PLACE}, LONG) == {PLACE: [1, 2]}
    finally:
        other.call_soon_threadsafe(other.stop)
        thread.join()
        other.close()


async def _made() -> Rig:
    return Rig()
