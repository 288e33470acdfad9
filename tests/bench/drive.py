"""Starts the bench's own processes, and reads the meter when they say that it begins and ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import msgspec

from chatstream.errors import ConfigurationError
from infra.embedded.command import CLONE
from infra.embedded.stack import Stack
from tests.bench.processes import Cpu, Meter, spent
from tests.bench.wire import Event, Job, Result, told

DEADLINE = 300.0


@dataclass(frozen=True)
class Run:
    """A finished load: what it saw, and the CPU seconds of everybody meanwhile."""

    result: Result
    cpu: Cpu


class Process:
    """One of the bench's own processes; its first line of input is `job`.

    It is killed when it has not ended within so many seconds.
    """

    def __init__(self, module: str, job: object = None, within: float = DEADLINE) -> None:
        self.module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{module}"],
            cwd=CLONE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._guard = threading.Timer(within, self._process.kill)
        self._guard.daemon = True
        self._guard.start()
        if job is not None:
            self._input.write(msgspec.json.encode(job) + b"\n")
            self._input.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def _input(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise TypeError("the process has no input")
        return self._process.stdin

    def say(self, line: str) -> None:
        """A further line of input."""
        self._input.write(line.encode() + b"\n")
        self._input.flush()

    def wait_for(self, name: str) -> Event:
        """The next line; ConfigurationError when it is another one, or none comes any more."""
        if self._process.stdout is None:
            raise TypeError("the process has no output")
        line = self._process.stdout.readline()
        event = told(line) if line else Event("nothing")
        if event.name != name:
            raise ConfigurationError(f"{self.module}: waited for {name}, got {event.name}")
        return event

    def go_on(self) -> None:
        """Give it an empty line, for which it waits."""
        self._input.write(b"\n")
        self._input.flush()

    def stop(self) -> None:
        """End it and wait until it has ended."""
        self._guard.cancel()
        self._input.close()
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def process(module: str, job: object = None, within: float = DEADLINE) -> Iterator[Process]:
    """A process that ends with the block."""
    started = Process(module, job, within)
    try:
        yield started
    finally:
        started.stop()


def measured(
    stack: Stack,
    load: Process,
    others: Mapping[str, int] | None = None,
    *,
    at_begin: Callable[[], None] | None = None,
) -> Run:
    """Follow a load from `ready` to its result; `others` are metered with the stack."""
    load.wait_for("ready")
    meter = Meter(stack, {"load": load.pid, **(others or {})})
    load.wait_for("begin")
    if at_begin is not None:
        at_begin()
    before = meter.read()
    load.wait_for("end")
    after = meter.read()
    result = load.wait_for("result").result
    if result is None:
        raise ConfigurationError(f"{load.module}: the result is empty")
    return Run(result, spent(before, after))


def run_load(stack: Stack, job: Job, others: Mapping[str, int] | None = None) -> Run:
    """Run one load against a stack, or against what stands beside it."""
    with process("load", job) as load:
        return measured(stack, load, others)
