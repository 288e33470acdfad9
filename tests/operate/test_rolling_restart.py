"""Every process is replaced while people chat through TLS: nothing is lost, and hardly noticed.

A stack of its own, as `make run TLS=1 FRONT=2 CHAT=2 STATS=2` starts it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from chatstream.domain.log_lines import read
from chatstream.domain.log_lines.datasets import ELASTICSEARCH
from infra.embedded import gateway
from infra.embedded.command import CLONE
from infra.embedded.rolling import taking
from infra.embedded.services import ProcessCounts
from infra.embedded.serving import other_place
from infra.embedded.shape import StackShape
from infra.embedded.shipping import logs
from infra.embedded.stack import Stack
from tests.client.known import chat_dsns, rows
from tests.client.waiting import eventually
from tests.e2e.readers import sign_up_by_page, stranger
from tests.e2e.secured import make_room_there, trusting_browser
from tests.folders import server_folder
from tests.operate.rolling_load import Load, under_load
from tests.servers import TEST_ENVIRONMENT, claimed_port

pytestmark = [pytest.mark.operate, pytest.mark.timeout(1800)]

log = logging.getLogger(__name__)

SLOW_MACHINE = ("keepalive is not responding", "Heartbeat")
"""What Faust and aiokafka say as an error when they are not given the processor in time."""


@pytest.fixture(scope="module")
def rolled(request: pytest.FixtureRequest) -> Iterator[Stack]:
    counts = ProcessCounts(front=2, chat=2, stats=2)
    shape = StackShape(counts, TEST_ENVIRONMENT, tls=True)
    with (
        server_folder(request, "rolling") as root,
        claimed_port() as port,
        Stack(root, port, shape) as stack,
    ):
        stack.start_servers()
        stack.start_services()
        yield stack


def errors(stack: Stack) -> list[str]:
    """What logs say as an error, as the overview counts it.

    Not those of Kafka and Elasticsearch, which are errors only when the machine is too slow.
    """
    found = []
    for each in logs(stack.layout, [worker.process for worker in stack.places], ()):
        file = Path(each.path)
        if each.dataset == ELASTICSEARCH:
            continue
        lines = file.read_text().splitlines() if file.exists() else []
        for line in lines:
            told = read(each.dataset, line)
            is_error = told.get("log", {}).get("level") in ("error", "critical")
            if is_error and not any(slow in told["message"] for slow in SLOW_MACHINE):
                found.append(f"{file.name}: {line}")
    return found


@pytest.fixture
async def load(rolled: Stack) -> AsyncIterator[Load]:
    trusting = rolled.gateway().certificate.trusting()
    async with under_load(rolled.base_url, trusting) as found:
        await said_more(found, 60)
        yield found


async def said_more(load: Load, count: int) -> None:
    """Wait until so many more messages were acknowledged."""
    goal = len(load.said) + count

    async def said() -> bool:
        return len(load.said) >= goal

    await eventually(said, 120)


async def restart(stack: Stack, *names: str) -> str:
    """The command, as an operator gives it; what it says."""
    command = [sys.executable, "-m", "chatstream", "restart", *names]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--root",
        str(stack.layout.root),
        cwd=CLONE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    text = told.decode()
    log.info("restart %s:\n%s", " ".join(names), text)
    assert process.returncode == 0, text
    return text


def processes(stack: Stack) -> dict[str, int]:
    return {worker.name: stack.pid(worker.name) for worker in stack.workers}


def stored(stack: Stack, load: Load) -> dict[str, list[tuple[int, str, str]]]:
    """Seq, id and text of each message of each room, in the order of seq."""
    sql = (
        "select room_id::text, seq, message_id::text, body from messages"
        " where room_id = any (%s::uuid[])"
    )
    found: dict[str, list[tuple[int, str, str]]] = {room_id: [] for room_id in load.rooms}
    for dsn in chat_dsns(stack):
        for room_id, *rest in rows(dsn, sql, load.rooms):
            found[room_id].append(tuple(rest))
    return {room_id: sorted(each) for room_id, each in found.items()}


async def nothing_is_lost(stack: Stack, load: Load) -> None:
    """What was acknowledged is there once, and everybody was shown each message once, in order."""
    await load.finish()
    found = stored(stack, load)
    for room_id, messages in found.items():
        said = {each.message_id: each.text for each in load.said if each.room_id == room_id}
        kept = {message_id: text for _, message_id, text in messages}
        assert len(kept) == len(messages)
        assert said.items() <= kept.items()
        assert [seq for seq, *_ in messages] == list(range(1, len(messages) + 1))
    await load.until_all_is_seen({room: messages[-1][0] for room, messages in found.items()})
    for listener in load.listeners:
        for room_id, messages in found.items():
            assert listener.seqs[room_id] == [seq for seq, *_ in messages]
    assert load.poller.seqs == [seq for seq, *_ in found[load.poller.room_id]]


def silence(load: Load) -> float:
    """The longest time in which nothing was acknowledged in a room, in seconds."""
    return max(
        later - earlier
        for times in load.acknowledged.values()
        for earlier, later in pairwise(times)
    )


def tell(what: str, load: Load) -> None:
    log.info(
        "%s: %d acknowledged, %d reads and sends by HTTP (%s), longest silence of a room %.1f s,"
        " reconnects %s, sessions of SockJS %d",
        what,
        len(load.said),
        sum(count for status, count in load.answers.items() if status.isdigit()),
        dict(load.answers),
        silence(load),
        [each.reconnects for each in load.listeners],
        load.poller.sessions,
    )


async def test_a_fresh_stack_tells_no_error(rolled: Stack) -> None:
    """Else the overview asks for a look in the first hour after every start."""
    assert errors(rolled) == []


async def test_all_services_are_replaced_and_nobody_loses_a_message_or_a_call(
    rolled: Stack, load: Load
) -> None:
    before = processes(rolled)
    await restart(rolled)
    await said_more(load, 60)
    after = processes(rolled)
    tell("all services", load)
    assert not {*before.values()} & {*after.values()}
    assert load.failures == []
    for listener in load.listeners:
        assert listener.reconnects <= 1
        assert set(listener.closes) <= {1001}
    assert load.poller.sessions <= 2
    assert load.poller.faults == []
    await nothing_is_lost(rolled, load)
    left = {pid for pid in before.values() if psutil.pid_exists(pid)}
    assert left == set()


async def test_a_second_replacement_brings_the_fronts_back_to_their_first_places(
    rolled: Stack, load: Load
) -> None:
    fronts = ("front-1", "front-2", "front-auth")
    places = [rolled.serving.process_of(name) for name in fronts]
    await restart(rolled, "front", "front-auth")
    await said_more(load, 60)
    tell("fronts", load)
    assert [other_place(place) for place in places] == [
        rolled.serving.process_of(name) for name in fronts
    ]
    assert load.failures == []
    assert all(listener.reconnects <= 1 for listener in load.listeners)
    assert all(set(listener.closes) <= {1001} for listener in load.listeners)
    await nothing_is_lost(rolled, load)


async def test_the_gateway_is_reloaded_and_nobody_notices(rolled: Stack, load: Load) -> None:
    master = rolled.pid(gateway.NAME)
    before = taking(master)
    await restart(rolled, "nginx")
    await said_more(load, 60)
    tell("nginx", load)
    assert rolled.pid(gateway.NAME) == master
    assert not taking(master) & before
    assert load.failures == []
    assert [listener.reconnects for listener in load.listeners] == [0] * len(load.listeners)
    assert load.poller.sessions == 1
    await nothing_is_lost(rolled, load)


async def test_an_open_page_comes_back_once_and_says_what_it_was_told_to(rolled: Stack) -> None:
    sockets: list[str] = []
    async with (
        trusting_browser(rolled.gateway().certificate) as chromium,
        stranger(chromium, rolled.base_url) as reader,
    ):
        await sign_up_by_page(reader)
        room_id = await make_room_there(reader, "rolling")
        reader.page.on("websocket", lambda socket: sockets.append(socket.url))
        await reader.enter(room_id)
        await reader.write("before")
        await reader.sees("before")
        await restart(rolled, "front", "front-auth")
        await reader.write("after")
        await reader.sees("after")
        assert await reader.shown() == ["before", "after"]
        assert len(sockets) == 2
        assert reader.faults == []


async def test_two_restarts_at_once_are_one(rolled: Stack) -> None:
    async def ask() -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "chatstream", "restart", "log"],
            "--root",
            str(rolled.layout.root),
            cwd=CLONE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
        return process.returncode or 0, told.decode()

    answers = await asyncio.gather(ask(), ask())
    assert sorted(code for code, _ in answers) == [0, 1]
    assert any("another restart is under way" in text for _, text in answers)
