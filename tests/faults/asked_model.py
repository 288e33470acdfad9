"""A content worker that asks a language model, in the place of the one that asks none."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from infra.embedded.command import CLONE
from infra.embedded.stack import Stack
from tests.fakes.model_endpoint import ModelEndpoint
from tests.faults.posting_blows import WORKER


class ModelWorker:
    """The process; it has the place, the port and the membership of the stack's own."""

    def __init__(self, stack: Stack, endpoint: ModelEndpoint, log: Path) -> None:
        self._stack = stack
        self._log = log
        self._environment = {
            **os.environ,
            **stack.env(WORKER),
            "CHATSTREAM_CONTENT__MODEL_URL": endpoint.url,
            "CHATSTREAM_CONTENT__MODEL": "stub",
            "CHATSTREAM_CONTENT__MODEL_TIMEOUT": "2",
            "CHATSTREAM_CONTENT__MODEL_INTERVAL": "0.1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, and wait until it is ready."""
        command = [sys.executable, "-m", "chatstream", "worker", "content"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=CLONE, env=self._environment, stdout=log, stderr=log
            )
        self._stack.wait_ready(WORKER)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        """End it cleanly; nothing where it has ended."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)


@asynccontextmanager
async def asking(stack: Stack, endpoint: ModelEndpoint, log: Path) -> AsyncIterator[ModelWorker]:
    """It asks this endpoint until the end of the block."""
    worker = ModelWorker(stack, endpoint, log)
    await asyncio.to_thread(stack.stop_process, WORKER)
    try:
        await asyncio.to_thread(worker.start)
        yield worker
    finally:
        await asyncio.to_thread(worker.end)
        await asyncio.to_thread(stack.start_process, WORKER)
        await asyncio.to_thread(stack.wait_ready, WORKER)
