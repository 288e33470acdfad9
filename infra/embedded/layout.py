"""Where a stack keeps its files, and which ports it uses."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from chatstream.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
FIRST_SERVICE_OFFSET = 10
"""Services listen from the public port plus this on; the servers use the ports before."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one stack below `root`; nothing is written anywhere else but the sockets."""

    root: Path

    @property
    def var(self) -> Path:
        """Everything that `clean-data` forgets."""
        return self.root / "var"

    @property
    def run(self) -> Path:
        """Written anew by each start: configuration files, the lock."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        """One log file for each process."""
        return self.var / "log"

    @property
    def keys(self) -> Path:
        """The signing keys of tokens."""
        return self.var / "keys"

    @property
    def lock(self) -> Path:
        """Held (flock) by the launcher and the supervisor of a running stack."""
        return self.run / "lock"

    @property
    def sockets(self) -> Path:
        """A short private folder: a unix socket's path may have 107 bytes at most."""
        digest = hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"chatstream-{os.getuid()}-{digest}"

    @property
    def web_sockets(self) -> Path:
        """A short folder for sockets that the gateway's worker, another user, connects to."""
        return self.sockets.with_name(self.sockets.name + "-web")

    def web_socket(self, process: str) -> Path:
        """Where a front listens for the gateway."""
        return self.web_sockets / process

    def data(self, name: str) -> Path:
        """The data folder of one server or service."""
        return self.var / "data" / name

    def log_file(self, name: str) -> Path:
        """Standard output and error of one process."""
        return self.log / f"{name}.log"

    def create(self) -> None:
        """Make the folders; private ones are for this user only. Idempotent."""
        for folder in (self.run, self.log, self.var / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.keys, self.sockets, self.web_sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.stat().st_uid != os.getuid():
                raise ConfigurationError(f"{folder} belongs to another user; remove it first")
            folder.chmod(0o700)
        self.web_sockets.chmod(0o711)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now, on whatever address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True


def accepts(port: int) -> bool:
    """Whether somebody takes connections on this port of the loopback address."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def holder(port: int) -> str:
    """Name the process that listens on a port, as far as this user may know it."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        if connection.laddr.port == port and connection.pid is not None:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                break
    return "another process"


def require_free(port: int) -> None:
    """Raise ConfigurationError, naming the holder, if the public port is taken."""
    if not is_free(port):
        raise ConfigurationError(
            f"port {port} is taken by {holder(port)}; choose another: make run PORT={port + 1000}"
        )


def choose_ports(public: int, servers: Iterable[str], services: Iterable[str]) -> dict[str, int]:
    """Give each name a free port near `public`: servers from +1, services from +10.

    The order of the names decides, so that the same stack gets the same ports while they are free.
    """
    chosen: dict[str, int] = {}
    used = {public}

    def take(names: Iterable[str], start: int) -> None:
        candidate = start
        for name in names:
            while candidate in used or not is_free(candidate):
                candidate += 1
            if candidate > 65535:
                raise ConfigurationError(f"no free ports above {public}; choose a lower PORT")
            chosen[name] = candidate
            used.add(candidate)

    take(servers, public + 1)
    take(services, public + FIRST_SERVICE_OFFSET)
    return chosen
