"""The scripts inside containers: health, the broker's health, and secrets that are made once."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.unit.compose.declared import ROOT

DOCKER = ROOT / "infra" / "docker"
HEAD_END = b"\r\n\r\n"
VERSIONS = b"\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x01\xff\xff"
ANSWER = b"\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x23\x00\x00\x00\x00"


@asynccontextmanager
async def peer(answer: bytes, asked: list[bytes], end: bytes = HEAD_END) -> AsyncIterator[str]:
    """A server that takes a request up to its `end`, answers so, and hangs up; its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(end))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield str(server.sockets[0].getsockname()[1])


async def status(script: Path, *words: str) -> int:
    process = await asyncio.create_subprocess_exec("bash", str(script), *words)
    return await process.wait()


@pytest.mark.parametrize(
    ("line", "is_well"), [("200 OK", True), ("503 Service Unavailable", False), ("", False)]
)
async def test_a_process_is_well_when_it_answers_200(line: str, is_well: bool) -> None:
    asked: list[bytes] = []
    answer = f"HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n".encode() if line else b""
    async with peer(answer, asked) as port:
        assert (await status(DOCKER / "healthy.sh", port, "/readyz") == 0) is is_well
    assert asked[0].startswith(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n")


@pytest.mark.parametrize(("answer", "is_well"), [(ANSWER, True), (b"", False)])
async def test_a_broker_is_well_when_it_tells_its_versions(answer: bytes, is_well: bool) -> None:
    asked: list[bytes] = []
    async with peer(answer, asked, VERSIONS[-2:]) as port:
        assert (await status(DOCKER / "kafka" / "healthy.sh", port) == 0) is is_well
    assert asked == [VERSIONS]


async def test_where_nobody_listens_nothing_is_well() -> None:
    async with peer(b"", []) as port:
        pass
    assert await status(DOCKER / "healthy.sh", port, "/readyz") != 0
    assert await status(DOCKER / "kafka" / "healthy.sh", port) != 0


def make_secrets(*files: Path) -> str:
    command = ["bash", str(DOCKER / "make-secrets.sh"), *map(str, files)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_secret_is_made_at_random_and_only_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.touch()  # of a start that was cut short
    told = make_secrets(first, second)
    texts = [file.read_text() for file in (first, second)]
    assert texts[0] != texts[1]
    assert [len(text) for text in texts] == [32, 32]
    assert [file.stat().st_mode & 0o777 for file in (first, second)] == [0o444, 0o444]
    assert not any(text in told for text in texts)
    make_secrets(first, second)
    assert [file.read_text() for file in (first, second)] == texts
    assert {file.name for file in tmp_path.iterdir()} == {"first", "second"}
