"""Every line of every log exactly once in Elasticsearch, by each shipper, whatever is hurt.

A stack of its own for each: real servers, the log service, the shipper. `chat-1` and `nginx` do not
run: their logs are written here, and rotated as the supervisor does it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, connect
from infra.embedded import shipping
from infra.embedded.shipping import CHOICE, NAME
from infra.embedded.stack import Stack
from infra.shipping import rsyslog
from infra.shipping.cutting import cut
from tests.client.waiting import eventually
from tests.operate.laid import laid_stack

pytestmark = pytest.mark.operate

INDEX = "chatstream-logs-*"
AT = "2026-11-29T03:00:00.000Z"
BACKUPS = 3
DEADLINE = 300.0
"""Long: both servers come back at once, on a machine that may have more to do."""


class Lines:
    """The log of a process that does not run, and what it should be in Elasticsearch."""

    def __init__(self, stack: Stack) -> None:
        self.log = stack.layout.log_file("chat-1")
        self.mark = f"scene.{uuid4()}"
        self.written = 0

    def write(self, count: int, text: str = "줄") -> None:
        numbers = range(self.written, self.written + count)
        self.written += count
        with self.log.open("ab") as file:
            file.writelines(self.line(number, text) for number in numbers)

    def line(self, number: int, text: str) -> bytes:
        body = {
            "@timestamp": AT,
            "message": f'{text} "{number}" \\ é',
            "log": {"logger": self.mark, "level": "info"},
            "event": {"id": f"{self.mark}-{number}", "dataset": "chatstream.app"},
        }
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"

    def rotate(self) -> None:
        for number in range(BACKUPS, 0, -1):
            former = self.log if number == 1 else Path(f"{self.log}.{number - 1}")
            if former.exists():
                former.replace(f"{self.log}.{number}")


class Rig:
    """A stack with a shipper, and what is found of its lines."""

    def __init__(self, stack: Stack, elastic: AsyncElasticsearch) -> None:
        self.stack = stack
        self.elastic = elastic

    async def found(self, field: str, value: str) -> list[dict[str, Any]]:
        """The documents with this value, as far as they can be found at this moment."""
        try:
            await self.elastic.indices.refresh(index=INDEX, allow_no_indices=True)
            answer = await self.elastic.search(
                index=INDEX,
                query={"term": {field: value}},
                size=10_000,
                version=True,
                source_includes=["message"],
                allow_no_indices=True,
            )
        except ELASTIC_ERRORS:
            return []
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits

    async def count(self, field: str, value: str) -> int:
        try:
            await self.elastic.indices.refresh(index=INDEX, allow_no_indices=True)
            answer = await self.elastic.count(
                index=INDEX, query={"term": {field: value}}, allow_no_indices=True
            )
        except ELASTIC_ERRORS:
            return -1
        return int(answer["count"])

    async def kill_shipper(self) -> None:
        """SIGKILL to it and its children; the supervisor starts it again."""

        async def runs() -> bool:
            return self.stack.pid(NAME) != 0

        await eventually(runs, DEADLINE)
        self.stack.kill(NAME)

    async def all_there(self, lines: Lines) -> None:
        """Every line once. `create` by id: what is there is there once, so a count says it all."""

        async def complete() -> bool:
            return await self.count("log.logger", lines.mark) == lines.written

        try:
            await eventually(complete, DEADLINE)
        except AssertionError as error:
            there = await self.count("log.logger", lines.mark)
            raise AssertionError(f"{there} of {lines.written} lines are there") from error


@pytest.fixture(scope="module", params=["rsyslog", "own"])
def shipped(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Servers, the log service and the shipper."""
    if request.param == "rsyslog" and rsyslog.binary() is None:
        pytest.skip("rsyslog is not tried: apt-get install -y rsyslog rsyslog-kafka")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHOICE, request.param)
        assert shipping.uses_rsyslog() == (request.param == "rsyslog")
        with laid_stack(request, f"shipping-{request.param}") as stack:
            stack.start_workers(NAME, "log-1")
            yield stack


@pytest.fixture
async def rig(shipped: Stack) -> AsyncIterator[Rig]:
    async with connect(ElasticSettings(url=shipped.elastic_url)) as elastic:
        yield Rig(shipped, elastic)


async def test_whatever_stands_in_a_line_it_is_kept_once(rig: Rig) -> None:
    log, lines = rig.stack.layout.log_file("nginx"), Lines(rig.stack)
    head = b"2026/11/29 03:00:00 [crit] 12#12: *1 "
    odd = {
        '한글 "q" \\ /x\t.'.encode(): '한글 "q" \\ /x\t.',
        b"bad \xff\xfe end": "bad \ufffd\ufffd end",
        b"nul \0 end": "nul \0 end",
        b"esc \033[31m \x7f": "esc \033[31m \x7f",
        b"return\r": "return",
        b"\tat second": "unreadable line",
    }
    with log.open("ab") as file:
        for line in odd:
            file.write((line if line.startswith(b"\t") else head + line) + b"\n\n")
        file.write(head + b"y" * 300_000 + b"\n")
        file.write(head + b"the end of it ")
    lines.write(3, text="x" * 70_000)
    with log.open("ab") as file:
        file.write(b"came later\n")
    await rig.all_there(lines)

    async def complete() -> bool:
        return await rig.count("log.file.path", log.name) >= len(odd) + 2

    await eventually(complete, DEADLINE)
    hits = await rig.found("log.file.path", log.name)
    found = Counter(hit["_source"]["message"] for hit in hits)
    (long,) = [message for message in found if message.startswith("yyy")]
    assert 100_000 < len(long) < 131_072
    assert found == Counter([*odd.values(), long, "the end of it came later"])


async def test_rotations_lose_nothing(rig: Rig) -> None:
    lines = Lines(rig.stack)
    for count in (1, 2000, 1, 3000, 500):
        lines.write(count)
        lines.rotate()
        lines.write(200)
        await rig.all_there(lines)
    for _ in range(BACKUPS):  # faster than anybody looks
        lines.write(1500)
        lines.rotate()
    lines.write(10)
    await rig.all_there(lines)


async def test_a_killed_shipper_loses_nothing_and_repeats_nothing(rig: Rig) -> None:
    lines = Lines(rig.stack)
    # What was said before this end does not come again.
    rig.stack.stop_process(NAME)
    rig.stack.start_process(NAME)
    for _ in range(BACKUPS - 1):  # nobody may have looked before the supervisor removes a file
        lines.write(2000)
        await rig.kill_shipper()
        lines.write(500)
        lines.rotate()
        lines.write(500)
    rig.stack.stop_process(NAME)
    lines.write(100)
    lines.rotate()
    lines.write(100)
    rig.stack.start_process(NAME)
    await rig.all_there(lines)


async def test_an_outage_of_kafka_and_one_of_elasticsearch_lose_nothing(rig: Rig) -> None:
    lines = Lines(rig.stack)
    rig.stack.stop_process("elasticsearch")
    lines.write(1000)
    rig.stack.stop_process("kafka")
    lines.write(3000)
    lines.rotate()
    lines.write(1000)
    rig.stack.stop_process(NAME)  # ends with all of it undelivered
    lines.write(500)
    rig.stack.start_process(NAME)
    lines.write(500)
    await rig.kill_shipper()
    lines.rotate()
    lines.write(500)
    for name in ("kafka", "elasticsearch"):
        rig.stack.start_process(name)
    for name in ("kafka", "elasticsearch"):
        await asyncio.to_thread(rig.stack.wait_ready, name)
    await rig.all_there(lines)


async def test_the_lines_of_the_processes_themselves_are_there_once(rig: Rig) -> None:
    """After all of the above: what they said of it."""
    names = {"kafka", "elasticsearch", "postgres-auth", "supervisord", "log-1"}
    if not shipping.uses_rsyslog():
        names.add(NAME)

    async def wrong() -> dict[str, tuple[int, int]]:
        told = {name: lines_of(rig.stack.layout.log_file(name)) for name in names}
        there = {name: await rig.count("service.node.name", name) for name in names}
        return {name: (told[name], there[name]) for name in names if told[name] != there[name]}

    async def complete() -> bool:
        return not await wrong()

    try:
        await eventually(complete, DEADLINE)
    except AssertionError as error:
        raise AssertionError(f"lines and documents: {await wrong()}") from error


def lines_of(log: Path) -> int:
    """How many documents a log has become."""
    lines, _ = cut(log.read_bytes())
    return len(lines)
