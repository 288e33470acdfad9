"""The trace that code runs in."""

from __future__ import annotations

import asyncio

from chatstream.domain.tracing import TRACEPARENT, parent_id, trace_id, traceparent
from infra import tracing


def test_each_trace_that_begins_is_a_new_one() -> None:
    begun = {tracing.begin() for _ in range(1000)}
    assert len({trace_id(each) for each in begun}) == 1000
    assert all(traceparent(each) == each for each in begun)


def test_outside_of_a_trace_lines_and_records_say_nothing() -> None:
    assert tracing.current() is None
    assert tracing.current_trace() == {}
    assert tracing.traced() == ()


def test_lines_and_records_of_a_block_have_its_trace() -> None:
    outer, inner = tracing.begin(), tracing.begin()
    with tracing.within(outer):
        with tracing.within(inner):
            told = tracing.current_trace()
            assert told == {"trace.id": trace_id(inner), "span.id": parent_id(inner)}
        assert tracing.traced() == ((TRACEPARENT, outer),)
        with tracing.within(None):
            assert tracing.traced() == ()
    assert tracing.current() is None


async def test_what_runs_at_once_keeps_its_own_trace() -> None:
    both = asyncio.Barrier(2)

    async def one() -> bool:
        mine = tracing.begin()
        with tracing.within(mine):
            await both.wait()
            return tracing.current() is mine

    assert all(await asyncio.gather(one(), one()))
