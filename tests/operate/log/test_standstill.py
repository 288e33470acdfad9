"""A log worker whose agent hangs, whose event loop hangs, and whose store is away.

A real process under the real supervisor, which hangs by `tests.operate.log.hanging`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.embedded.stack import Stack
from infra.restarts import FILE
from tests.client.metrics import samples, total
from tests.client.waiting import eventually, pause
from tests.operate.laid import VariedStack
from tests.operate.log.hanging import PATIENCE
from tests.operate.log.rig import HANGING, Rig, facts_of, rig_of

pytestmark = pytest.mark.operate

WITHIN = 120.0


@pytest.fixture(scope="module")
def hung(log_stack: VariedStack) -> Iterator[VariedStack]:
    """The stack with a worker that can be made to hang."""
    log_stack.start_workers(HANGING)
    yield log_stack
    log_stack.stop_process(HANGING)


@pytest.fixture
async def rig(hung: Stack) -> AsyncIterator[Rig]:
    async with rig_of(hung, HANGING) as rig:
        yield rig


async def another_process(stack: Stack, pid: int) -> int:
    """The worker's pid once it is another one, and it is ready."""

    async def found() -> int | None:
        now = stack.pid(HANGING)
        return now if now not in {0, pid} else None

    again: int = await eventually(found, WITHIN)
    await asyncio.to_thread(stack.wait_ready, HANGING)
    return again


async def restarts(stack: Stack) -> float:
    return total(await samples(stack, HANGING), "standstill_restarts_total")


async def test_a_worker_whose_agent_hangs_is_started_anew_once(
    hung: Stack, rig: Rig, hanging: Path
) -> None:
    facts, pid = facts_of(str(uuid4()), 5), hung.pid(HANGING)
    assert await restarts(hung) == 0
    (hanging / "await").touch()
    try:
        await rig.say(facts)
        again = await another_process(hung, pid)

        async def is_counted() -> bool:
            return await restarts(hung) == 1

        await eventually(is_counted, WITHIN)  # it is ready before its watch has begun
        # It hangs again, and the pause is not over.
        await pause(3 * PATIENCE)
        assert hung.pid(HANGING) == again
        assert await restarts(hung) == 1
    finally:
        (hanging / "await").unlink()
    await rig.until_searchable(facts)
    await rig.events_are(facts)
    log = hung.layout.log_file(HANGING).read_text()
    assert "partitions stand still: kakao.chat.chatMessage.RESPONSE" in log
    assert "so it goes on" in log


async def test_a_worker_whose_store_is_away_is_not_started_anew(hung: Stack, rig: Rig) -> None:
    facts, pid = facts_of(str(uuid4()), 5), hung.pid(HANGING)
    await asyncio.to_thread(hung.stop_process, "elasticsearch")
    try:
        tried = await rig.tries()
        await rig.say(facts)

        async def is_trying() -> bool:
            return await rig.tries() > tried

        await eventually(is_trying, WITHIN)
        # So that nothing but the reason holds it back from now on.
        (hung.layout.data(HANGING) / FILE).unlink(missing_ok=True)
        await pause(4 * PATIENCE)
        assert hung.pid(HANGING) == pid
    finally:
        await asyncio.to_thread(hung.start_process, "elasticsearch")
        await asyncio.to_thread(hung.wait_ready, "elasticsearch")
    await rig.until_searchable(facts)
    assert hung.pid(HANGING) == pid


async def test_a_worker_whose_event_loop_hangs_is_started_anew(
    hung: Stack, rig: Rig, hanging: Path
) -> None:
    facts, pid = facts_of(str(uuid4()), 5), hung.pid(HANGING)
    (hanging / "block").touch()
    try:
        await rig.say(facts)

        async def is_another() -> bool:
            return hung.pid(HANGING) not in {0, pid}

        await eventually(is_another, WITHIN)
    finally:
        (hanging / "block").unlink()
    await rig.until_searchable(facts)
    assert "the event loop does not turn, ending" in hung.layout.log_file(HANGING).read_text()
