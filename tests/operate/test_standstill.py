"""A log worker whose agent hangs, whose event loop hangs, and whose store is away.

A real process under the real supervisor. It hangs by a module that Python loads before anything
else (`sitecustomize`), and that the product knows nothing of.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.restarts import FILE
from tests.client.metrics import samples, total
from tests.client.waiting import eventually, pause
from tests.folders import server_folder
from tests.operate.test_log_service import WORKER, Rig, facts_of
from tests.servers import claimed_port

pytestmark = pytest.mark.operate

PATIENCE = 6.0
WITHIN = 120.0

SITECUSTOMIZE = '''
"""Makes the log's sink hang as long as a file is there: `await`, or the whole event loop."""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


class Hanging:
    def find_spec(self, name, path=None, target=None):
        if name != "agents.log":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            wrap(module.LogSink)

        spec.loader.exec_module = exec_module
        return spec


def wrap(sink):
    import asyncio
    import time

    process = sink.process

    async def hanging(self, lane, batch):
        while (FOLDER / "await").exists():
            await asyncio.sleep(0.1)
        while (FOLDER / "block").exists():
            time.sleep(0.1)
        await process(self, lane, batch)

    sink.process = hanging


sys.meta_path.insert(0, Hanging())
'''


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a file says that the worker hangs."""
    folder = tmp_path_factory.mktemp("hanging")
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
    return folder


@pytest.fixture(scope="module")
def hung(request: pytest.FixtureRequest, hanging: Path) -> Iterator[Stack]:
    env = {"PYTHONPATH": str(hanging), "CHATSTREAM_BATCH__STANDSTILL_AFTER": str(PATIENCE)}
    shape = StackShape(extra_env=env)
    with (
        server_folder(request, "standstill") as root,
        claimed_port() as port,
        Stack(root, port, shape) as stack,
    ):
        stack.start_servers()
        stack.command("migrate")
        stack.command("topics", "create")
        stack.start_process(WORKER)
        stack.wait_ready(WORKER)
        yield stack


@pytest.fixture
async def rig(hung: Stack) -> AsyncIterator[Rig]:
    rig = Rig(hung)
    await rig.producer.start()
    yield rig
    await rig.producer.stop()
    await rig.elastic.close()


async def another_process(stack: Stack, pid: int) -> int:
    """The worker's pid once it is another one, and it is ready."""

    async def found() -> int | None:
        now = stack.pid(WORKER)
        return now if now not in {0, pid} else None

    again: int = await eventually(found, WITHIN)
    await asyncio.to_thread(stack.wait_ready, WORKER)
    return again


async def restarts(stack: Stack) -> float:
    return total(await samples(stack, WORKER), "standstill_restarts_total")


async def test_a_worker_whose_agent_hangs_is_started_anew_once(
    hung: Stack, rig: Rig, hanging: Path
) -> None:
    facts, pid = facts_of(str(uuid4()), 5), hung.pid(WORKER)
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
        assert hung.pid(WORKER) == again
        assert await restarts(hung) == 1
    finally:
        (hanging / "await").unlink()
    await rig.until_searchable(facts)
    await rig.events_are(facts)
    log = hung.layout.log_file(WORKER).read_text()
    assert "partitions stand still: kakao.chat.chatMessage.RESPONSE" in log
    assert "so it goes on" in log


async def test_a_worker_whose_store_is_away_is_not_started_anew(hung: Stack, rig: Rig) -> None:
    # So that nothing but the reason holds it back.
    (hung.layout.data(WORKER) / FILE).unlink(missing_ok=True)
    facts, pid = facts_of(str(uuid4()), 5), hung.pid(WORKER)
    await asyncio.to_thread(hung.stop_process, "elasticsearch")
    try:
        await rig.say(facts)
        await pause(4 * PATIENCE)
        assert hung.pid(WORKER) == pid
        assert await rig.tries() > 0
    finally:
        await asyncio.to_thread(hung.start_process, "elasticsearch")
        await asyncio.to_thread(hung.wait_ready, "elasticsearch")
    await rig.until_searchable(facts)
    assert hung.pid(WORKER) == pid


async def test_a_worker_whose_event_loop_hangs_is_started_anew(
    hung: Stack, rig: Rig, hanging: Path
) -> None:
    facts, pid = facts_of(str(uuid4()), 5), hung.pid(WORKER)
    (hanging / "block").touch()
    try:
        await rig.say(facts)

        async def is_another() -> bool:
            return hung.pid(WORKER) not in {0, pid}

        await eventually(is_another, WITHIN)
    finally:
        (hanging / "block").unlink()
    await rig.until_searchable(facts)
    assert "the event loop does not turn, ending" in hung.layout.log_file(WORKER).read_text()
