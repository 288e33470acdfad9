"""One stack at a time in a folder: the lock, and what a second start and `stop` are told of it."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path

import psutil

from chatstream.errors import ConfigurationError
from infra.embedded.layout import Layout


@dataclass(frozen=True, slots=True)
class Instance:
    """A running stack: its address and the process that started it."""

    url: str
    pid: int
    created: float

    def launcher(self) -> psutil.Process | None:
        """The launcher, if it still is that process."""
        try:
            process = psutil.Process(self.pid)
            return process if abs(process.create_time() - self.created) < 1 else None
        except psutil.NoSuchProcess:
            return None


class InstanceLock:
    """The right to run a stack in a folder.

    The kernel frees it when the launcher and the supervisor, which inherits it, have ended: it
    cannot be stale.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._file: TextIOWrapper | None = None

    def acquire(self, url: str) -> int:
        """Take the lock; returns its descriptor.

        Raises ConfigurationError that names the running stack's URL if it is taken.
        """
        self._layout.lock.parent.mkdir(parents=True, exist_ok=True)
        file = self._layout.lock.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise ConfigurationError(_taken(self._layout)) from error
        self._file = file
        own = Instance(url, os.getpid(), psutil.Process().create_time())
        _instance_file(self._layout).write_text(json.dumps(asdict(own)))
        return file.fileno()

    def release(self) -> None:
        """Give the lock back. Idempotent."""
        if self._file is not None:
            _instance_file(self._layout).unlink(missing_ok=True)
            self._file.close()
            self._file = None


def is_running(layout: Layout) -> bool:
    """Whether a stack runs in this folder now."""
    try:
        with layout.lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def running_instance(layout: Layout) -> Instance | None:
    """The stack that runs in this folder; None if there is none, or it has not said its name."""
    if not is_running(layout):
        return None
    try:
        return Instance(**json.loads(_instance_file(layout).read_text()))
    except (FileNotFoundError, ValueError):
        return None


def _instance_file(layout: Layout) -> Path:
    return layout.run / "instance.json"


def _taken(layout: Layout) -> str:
    instance = running_instance(layout)
    where = f" at {instance.url}" if instance else ""
    return f"a stack already runs in {layout.root}{where}; end it with: make stop"
