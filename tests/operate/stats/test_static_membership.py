"""Workers that come back under their names: their partitions wait, and nobody else stands still."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import AsyncIterator

import pytest

from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.operate.stats.rig import DEADLINE, WORKERS, Rig, rig_of, stats_stack

pytestmark = pytest.mark.operate

log = logging.getLogger(__name__)

FIRST, SECOND, THIRD = WORKERS
STATIC = {"CHATSTREAM_KAFKA__STATIC_MEMBERSHIP": "true"}
# The longest that Faust takes, but for its request timeout of 90 s.
SESSION = 80.0
LONG = STATIC | {"CHATSTREAM_KAFKA__SESSION_TIMEOUT": str(SESSION)}
SHORT = STATIC | {"CHATSTREAM_KAFKA__SESSION_TIMEOUT": "10"}
# How often a machine that is too busy to tell anything is given another chance.
TRIES = 3
_UUID = 36
JOINED = re.compile(r"Joined group '[\w-]+' \(generation (\d+)\) with member_id (\S+)")


@pytest.fixture(scope="module")
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    varied = {FIRST: LONG, SECOND: LONG, THIRD: SHORT}
    with stats_stack(request, "static", varied) as stack:
        async with rig_of(stack) as rig:
            yield rig


def joins(stack: Stack, worker: str) -> list[tuple[str, str]]:
    """The generations that a worker has joined, and as whom, from its log."""
    lines = stack.layout.log_file(worker).read_text().splitlines()
    found = (JOINED.search(json.loads(line)["message"]) for line in lines if line.startswith("{"))
    return [(each[1], each[2]) for each in found if each]


async def settled(rig: Rig, *workers: str) -> tuple[str, str]:
    """The generation in which they all are, when each partition is held, and who the first is."""

    async def are_in_one() -> bool:
        last = [joins(rig.stack, each)[-1:] for each in workers]
        return all(last) and len({generation for [(generation, _)] in last}) == 1

    await rig.until_exact()
    await eventually(are_in_one, DEADLINE)
    return joins(rig.stack, workers[0])[-1]


async def away_and_back(rig: Rig, end: str) -> float:
    """The first is ended and comes back, while more is said; the seconds until it was ready."""
    began = time.monotonic()
    if end == "stop":
        rig.stack.stop_process(FIRST)
        await rig.say(200)
        rig.stack.start_process(FIRST)
    else:
        rig.stack.kill(FIRST)
        await rig.say(200)
    rig.stack.wait_ready(FIRST, DEADLINE)
    return time.monotonic() - began


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_who_comes_back_has_its_partitions_and_nobody_joins_anew(rig: Rig, end: str) -> None:
    for _ in range(TRIES):
        await rig.say(200)
        generation, member = await settled(rig, FIRST, SECOND)
        others = len(joins(rig.stack, SECOND))
        took = await away_and_back(rig, end)
        log.info("%s: ready %.1f s after it was told", end, took)
        again, came_back = await settled(rig, FIRST, SECOND)
        if took < SESSION / 2:
            break  # else it may have been missed, and that would be right
    assert (again, len(joins(rig.stack, SECOND))) == (generation, others)
    # The broker puts a UUID behind the name: the same member, in another life.
    assert came_back != member
    assert came_back[:-_UUID] == member[:-_UUID]
    assert re.fullmatch(rf"{FIRST}\.[0-9a-f]{{8}}-", came_back[:-_UUID])


async def test_who_stays_away_is_missed_after_a_session(rig: Rig) -> None:
    """Of its own session, which is short; the others would be waited for longer than this test."""
    rig.stack.start_process(THIRD)
    rig.stack.wait_ready(THIRD, DEADLINE)
    await rig.say(100)
    await settled(rig, *WORKERS)
    before = len(joins(rig.stack, SECOND))
    rig.stack.stop_process(THIRD)
    await rig.say(100)

    async def took_over() -> bool:
        return len(joins(rig.stack, SECOND)) > before

    await eventually(took_over, DEADLINE)
    await rig.until_exact()
