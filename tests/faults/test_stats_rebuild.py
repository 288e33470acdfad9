"""A rebuild of the live tables while people talk and read, after one that was killed."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from infra.embedded.command import CLONE
from infra.embedded.stack import Stack
from tables.stats import changelogs_of
from tests.client.api import Refused, User, open_room, sign_up
from tests.client.waiting import eventually, pause
from tests.faults.counting import DEADLINE, Talk
from tests.faults.verify import check_tables

pytestmark = [pytest.mark.faults, pytest.mark.stack]

MARK = "zr"
OWN, STOPPED, ANCHOR = f"{MARK}ock-{MARK}oll", f"{MARK}stop", f"{MARK}anchor"
BUILDER = re.compile(rb"counted by process (\d+)")
SERVED = re.compile(r"generation (\d+) is served by")


async def topics_of(stack: Stack) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    try:
        await admin.start()
        return list(await admin.list_topics())
    finally:
        await admin.close()


@asynccontextmanager
async def rebuilding(stack: Stack) -> AsyncIterator[asyncio.subprocess.Process]:
    """`chatstream stats rebuild`; what is left of it at the end is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "chatstream", "stats", "rebuild"),
        cwd=CLONE,
        env={**os.environ, **stack.command_environment()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def builder_of(process: asyncio.subprocess.Process) -> psutil.Process:
    """The builder's process, once the command has told it."""
    assert process.stdout is not None
    async for line in process.stdout:
        if found := BUILDER.search(line):
            return psutil.Process(int(found[1]))
    raise AssertionError("the command ended before its builder began")


async def dictionary(stack: Stack, *words: str) -> None:
    await asyncio.to_thread(stack.command, "stats", "dictionary", *words)


class Watcher:
    """Reads two words all the time; the counts of all complete answers."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.complete: dict[str, set[int]] = {ANCHOR: set(), STOPPED: set()}

    async def read(self) -> None:
        while True:
            for word, counts in self.complete.items():
                try:
                    found = await self.user.call("GET", f"/stats/words/{word}")
                except Refused as error:
                    if error.status != HTTPStatus.SERVICE_UNAVAILABLE:
                        raise
                    continue
                if found["complete"]:
                    counts.add(found["count"])
            await pause(0.1)


@pytest.mark.timeout(600)
async def test_a_rebuild_counts_by_the_new_dictionary_beside_the_tables_that_serve(
    stack: Stack,
) -> None:
    people = [await sign_up(stack.base_url, "rebuilt", f"127.0.{n}.1") for n in (3, 4)]
    rooms = [await open_room(people[0], people[1], name=f"anew {n}") for n in range(2)]
    talk = Talk(people, rooms, MARK)
    for room in rooms:
        for text in (f"{OWN} {ANCHOR}", f"{OWN}, {STOPPED}"):
            await people[0].insist(
                "POST", f"/chat/{room}", {"message": text, "messageId": str(uuid.uuid4())}
            )

    async def count(word: str) -> int | None:
        found = await people[0].insist("GET", f"/stats/words/{word}")
        return int(found["count"]) if found["complete"] else None

    async def is_counted() -> bool:
        return [await count(word) for word in (ANCHOR, STOPPED, OWN)] == [2, 2, 0]

    await eventually(is_counted, DEADLINE)
    await dictionary(stack, "add", OWN)
    await dictionary(stack, "stop", STOPPED)

    async with rebuilding(stack) as killed:
        builder = await builder_of(killed)
        killed.kill()
        await killed.wait()
        await asyncio.to_thread(builder.wait, DEADLINE)
    await eventually(is_counted, DEADLINE)

    watcher = Watcher(people[1])
    reading = asyncio.create_task(watcher.read())
    async with rebuilding(stack) as process:
        await builder_of(process)
        speaking = asyncio.create_task(talk.speak(40))
        assert process.stdout is not None
        said = (await process.stdout.read()).decode()
        assert await process.wait() == 0, said
        await speaking
    reading.cancel()
    await asyncio.wait([reading])
    assert reading.cancelled(), reading.exception()
    [generation] = {int(number) for number in SERVED.findall(said)}
    assert generation >= 2, "the number of the killed one is not used again"
    assert (watcher.complete[ANCHOR], watcher.complete[STOPPED]) == ({2}, {0, 2})

    async def all_are_counted() -> bool:
        mine = {word: n for word, n in talk.words().items() if word.startswith(MARK)}
        mine |= {ANCHOR: 2, STOPPED: 0, OWN: 4}
        return {word: await count(word) for word in mine} == mine

    await eventually(all_are_counted, DEADLINE)
    await check_tables(stack)
    assert not changelogs_of(await topics_of(stack), range(generation)), "topics are left"
    for user in people:
        await user.close()
