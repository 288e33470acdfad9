"""The processes of a run: each writes into a file, has its time, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from infra.embedded.programs import tied
from tests.run.summary import Counted, Outcome

ASKED_SECONDS = 60.0
"""How long a process that was asked to end may take: fixtures end servers and browsers."""


@dataclass
class Job:
    """A command in a process group of its own; its output goes to `folder/NAME.txt`.

    It is ended when it takes longer than `seconds`, and when this process ends.
    """

    name: str
    command: Sequence[str]
    folder: Path
    seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.output = self.folder / f"{self.name}.txt"
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._is_late = False
        self._is_swept = False

    def start(self) -> None:
        """Start it; its file is there from now on."""
        self._began = time.monotonic()
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                # A shell gives what it runs in the background a deaf ear to Ctrl-C; not these.
                ["env", "--default-signal=INT", *tied(self.command, "INT", os.getpid())],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_over(self) -> bool:
        """Whether it has ended; ends it when its time is up."""
        process = self._process
        if process is None:
            return False
        if process.poll() is None and time.monotonic() - self._began > self.seconds:
            self._is_late = True
            self.end()
        if process.poll() is None:
            return False
        self._sweep()
        return True

    def end(self) -> None:
        """Ask it to end as Ctrl-C does, then kill what is left of it. Idempotent."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        # Found before: those of a process that has ended have another parent.
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(ASKED_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _, left = psutil.wait_procs(family, timeout=1)
        for member in left:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(left)
        self._sweep()

    def _sweep(self) -> None:
        """End what it left in its group; once, since its number is another's after a while."""
        if self._process is not None and not self._is_swept:
            self._is_swept = True
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def outcome(self) -> Outcome:
        """How it ended."""
        return Outcome(self.name, fault=self._fault())

    def _fault(self) -> str:
        if self._is_late:
            return f"did not end within {self.seconds:.0f} s"
        status = None if self._process is None else self._process.returncode
        return "" if status == 0 else f"exit status {status}"


class Session(Job):
    """pytest with these arguments, and with caches of its own."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        folder: Path,
        seconds: float,
        environment: Mapping[str, str],
    ) -> None:
        self._counted = folder / f"{name}.json"
        command = [
            *(sys.executable, "-m", "pytest", *arguments),
            *("-p", "tests.run.counted", "--counted", str(self._counted)),
            *("--basetemp", str(folder / f"{name}-tmp")),
            *("-o", f"cache_dir=.pytest_cache/{name}"),
            f"--color={'yes' if sys.stdout.isatty() else 'no'}",
        ]
        super().__init__(name, command, folder, seconds, environment)

    def outcome(self) -> Outcome:
        """How it ended, with what it counted; one that ran no test is at fault."""
        found, fault = Counted.read(self._counted), self._fault()
        if found is None:
            return Outcome(self.name, fault=f"no end of the tests: {fault or 'it stopped early'}")
        # 1: some tests failed, which `failed` says already.
        fault = "" if found.failed and fault == "exit status 1" else fault
        return Outcome(self.name, found.counts, found.failed, fault, found.ends)
