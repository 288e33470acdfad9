"""`chatstream run` with the switches of the README: it comes up, answers, and ends cleanly."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from infra.embedded.certificate import CertificateFiles
from infra.embedded.layout import Layout
from tests.folders import server_folder
from tests.servers import claimed_port

pytestmark = pytest.mark.operate

WITHIN = 600.0
"""Seconds for a whole stack to come up, on a machine that starts another beside it."""
READY = re.compile(r"ChatStream is at (https?://\S+)")


@dataclass
class Typed:
    """A command that runs in a terminal, and the lines that it has printed."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def url(self) -> str:
        """The address that it says when all is up."""
        assert self.process.stdout is not None
        async with asyncio.timeout(WITHIN):
            async for line in self.process.stdout:
                self.lines.append(line.decode().rstrip())
                if found := READY.search(self.lines[-1]):
                    return found[1]
        raise AssertionError("it ended:\n" + "\n".join(self.lines[-20:]))

    async def end(self) -> int:
        """Type Ctrl-C; the status it ends with."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(WITHIN):
            rest, _ = await self.process.communicate()
        self.lines += rest.decode().splitlines()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def typed(root: Path, port: int, **switches: str) -> AsyncIterator[Typed]:
    """The command that `make run` ends with; ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chatstream", "run", "--root", str(root)),
        env={**os.environ, "PORT": str(port), **switches},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    command = Typed(process)
    try:
        yield command
    finally:
        if process.returncode is None:
            await command.end()


@pytest.mark.parametrize(
    ("switches", "says"),
    [
        pytest.param(
            {"TLS": "1", "MONITOR": "1"},
            ["Its certificate is signed by", "Prometheus is at http"],
            id="TLS=1 MONITOR=1",
        ),
        pytest.param(
            {"BROKERS": "3", "CDC": "1"},
            ["kafka-3 is ready", "reporting is ready", "connect is ready"],
            id="BROKERS=3 CDC=1",
        ),
    ],
)
async def test_a_stack_comes_up_as_it_is_asked_for_and_ends_by_one_key(
    request: pytest.FixtureRequest, switches: dict[str, str], says: list[str]
) -> None:
    with server_folder(request, "typed") as root, claimed_port() as port:
        async with typed(root, port, **switches) as command:
            url = await command.url()
            told = "\n".join(command.lines)
            assert [each for each in says if each not in told] == [], told
            trusted = CertificateFiles.of(Layout(root)).trusting() if "TLS" in switches else True
            async with aiohttp.ClientSession() as http, http.get(url, ssl=trusted) as page:
                assert page.status == 200
            assert await command.end() == 0
        assert "stopped; the data stays" in command.lines
