"""Workers that come back under their names: their partitions wait, and nobody else stands still."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from infra.embedded import kafka, postgres
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.folders import server_folder
from tests.operate.test_stats_service import DEADLINE, WORKERS, Rig
from tests.servers import claimed_port

pytestmark = pytest.mark.operate

log = logging.getLogger(__name__)

FIRST, SECOND, _ = WORKERS
SESSION = 20.0
STATIC = {
    "CHATSTREAM_KAFKA__STATIC_MEMBERSHIP": "true",
    "CHATSTREAM_KAFKA__SESSION_TIMEOUT": str(SESSION),
}
_UUID = 36
JOINED = re.compile(r"Joined group '[\w-]+' \(generation (\d+)\) with member_id (\S+)")


@pytest.fixture(scope="module")
def static_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with (
        server_folder(request, "static") as root,
        claimed_port() as port,
        Stack(root, port, StackShape(ProcessCounts(stats=len(WORKERS)), STATIC)) as stack,
    ):
        stack.start_servers([kafka.NAME, *postgres.SERVERS])
        stack.command("migrate", "--only", "databases")
        stack.command("topics", "create")
        for worker in (FIRST, SECOND):
            stack.start_process(worker)
        for worker in (FIRST, SECOND):
            stack.wait_ready(worker, DEADLINE)
        yield stack


@pytest.fixture(scope="module")
async def rig(static_stack: Stack) -> AsyncIterator[Rig]:
    rig = Rig(static_stack)
    await rig.producer.start()
    yield rig
    await rig.producer.stop()
    await rig.http.close()


def joins(stack: Stack, worker: str) -> list[tuple[str, str]]:
    """The generations that a worker has joined, and as whom, from its log."""
    lines = stack.layout.log_file(worker).read_text().splitlines()
    found = (JOINED.search(json.loads(line)["message"]) for line in lines if line.startswith("{"))
    return [(each[1], each[2]) for each in found if each]


async def settled(rig: Rig) -> tuple[str, str]:
    """The generation in which both are, when each partition is held, and who the first is."""
    await rig.until_exact()
    (generation, member), (other, _) = (joins(rig.stack, each)[-1] for each in (FIRST, SECOND))
    assert generation == other
    return generation, member


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_who_comes_back_has_its_partitions_and_nobody_joins_anew(rig: Rig, end: str) -> None:
    await rig.say(200)
    generation, member = await settled(rig)
    others = len(joins(rig.stack, SECOND))
    began = time.monotonic()
    if end == "stop":
        rig.stack.stop_process(FIRST)
        await rig.say(200)
        rig.stack.start_process(FIRST)
    else:
        rig.stack.kill(FIRST)
        await rig.say(200)
    rig.stack.wait_ready(FIRST, DEADLINE)
    took = time.monotonic() - began
    log.info("%s: ready %.1f s after it was told", end, took)
    assert took < SESSION, "the machine is too busy to tell anything"
    again, came_back = await settled(rig)
    assert (again, len(joins(rig.stack, SECOND))) == (generation, others)
    # The broker puts a UUID behind the name: the same member, in another life.
    assert came_back != member
    assert came_back[:-_UUID] == member[:-_UUID]
    assert re.fullmatch(rf"{FIRST}\.[0-9a-f]{{8}}-", came_back[:-_UUID])


async def test_who_stays_away_is_missed_after_a_session(rig: Rig) -> None:
    await rig.say(100)
    await settled(rig)
    before = len(joins(rig.stack, SECOND))
    rig.stack.stop_process(FIRST)
    await rig.say(100)

    async def took_over() -> bool:
        return len(joins(rig.stack, SECOND)) > before

    began = time.monotonic()
    await eventually(took_over, DEADLINE)
    assert time.monotonic() - began > SESSION / 2
    await rig.until_exact()
