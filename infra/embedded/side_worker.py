"""One worker beside those of a stack, as a child of a command, and gone with it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

from chatstream.domain.log_lines.readable import readable
from chatstream.errors import ConfigurationError
from infra.embedded.programs import Program, require_program
from infra.embedded.waiting import NotReadyError, wait_until

_STOP_SECONDS = 30.0
_LOCK_SECONDS = 40.0
_LOG_LINES = 15
_NICENESS = 10


class SideWorker:
    """`chatstream worker SERVICE` with a free port, and `folder` for its tables and its log.

    One at a time in a folder; leaving the `with` block ends it and removes the folder. It ends
    with the command also when that is killed.
    """

    def __init__(self, service: str, folder: Path, host: str) -> None:
        self._service = service
        self._folder = folder.resolve()
        self._host = host
        self._lock: TextIOWrapper | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        """Take the folder; ConfigurationError when another command has it."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        lock = self._folder.with_suffix(".lock").open("a")
        try:
            # The worker of a command that was killed holds it until it has ended.
            wait_until(partial(_is_taken, lock), _LOCK_SECONDS, f"the lock of {self._folder}")
        except NotReadyError as error:
            lock.close()
            raise ConfigurationError(f"another command uses {self._folder}") from error
        self._lock = lock
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()

    @property
    def pid(self) -> int:
        """Of the process; 0 before its start."""
        return 0 if self._process is None else self._process.pid

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it with this process's environment and more; does not wait until it is ready."""
        for name, package in (("setpriv", "util-linux"), ("nice", "coreutils")):
            require_program(name, package)
        port = _free_port(self._host)
        self.url = f"http://{self._host}:{port}"
        own = {
            "CHATSTREAM_WORKER": self._folder.name,
            "CHATSTREAM_DATA_DIR": str(self._folder / "data"),
            "CHATSTREAM_WEB__PORT": str(port),
            # It never comes back: its partitions must not wait for it.
            "CHATSTREAM_KAFKA__STATIC_MEMBERSHIP": "false",
        }
        program = Program(
            self._folder.name,
            [sys.executable, "-m", "chatstream", "worker", self._service],
            Path.cwd(),
            {**environment, **own},
            niceness=_NICENESS,
        )
        lock = [] if self._lock is None else [self._lock.fileno()]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                program.command_line(os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=lock,
            )

    def check(self) -> None:
        """Raise ConfigurationError with the end of its log when it does not run any more."""
        if self._process is None or self._process.poll() is not None:
            lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            told = [readable(line) for line in lines]
            raise ConfigurationError("\n".join(["the worker ended by itself:", *told]))

    def stop(self) -> None:
        """End it, cleanly if it lets itself; returns when it has ended. Idempotent."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def _log(self) -> Path:
        return self._folder / "worker.log"


def _is_taken(lock: TextIOWrapper) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
