"""A program as the supervisor runs it, and how a server is kept from being root."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatstream.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Program:
    """One process: `directory` is its working folder, `stop_signal` asks it to end cleanly.

    `niceness` keeps what nobody waits for from slowing down, on a machine that carries all of it,
    what somebody waits for: 10 gets a tenth of the share of 0 when both want the processor.
    `output` names the log of standard output where it is another than that of errors.
    """

    name: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    unprivileged: bool = False
    niceness: int = 0
    output: str | None = None

    def command_line(self) -> list[str]:
        """The whole command: it ends with its supervisor, and is not root where it must not be."""
        prefix = unprivileged_prefix() if self.unprivileged else []
        variables = [f"{name}={value}" for name, value in sorted(self.environment.items())]
        tied = ["setpriv", "--pdeathsig", self.stop_signal, "--"]
        yielding = ["nice", "-n", str(self.niceness)] if self.niceness else []
        return [*prefix, *yielding, *tied, "env", *variables, *self.command]


def unprivileged_prefix() -> list[str]:
    """Run what follows as an ordinary user inside a user namespace if we are root.

    Elasticsearch and Postgres refuse root. The namespace needs no user of its own, and the files
    stay ours. Postgres looks its user up, therefore one that exists is named.
    """
    if os.geteuid() != 0:
        return []
    user = next((entry for entry in pwd.getpwall() if entry.pw_uid > 0), None)
    if user is None:
        raise ConfigurationError("/etc/passwd names no user but root; servers cannot run as root")
    mapping = [f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid or user.pw_uid}"]
    return ["unshare", "--user", *mapping, "--"]


def require_program(name: str, package: str) -> str:
    """The path of a program; raises ConfigurationError that names the Debian package."""
    found = shutil.which(name)
    if found is None:
        raise ConfigurationError(f"{name} is missing: apt-get install -y {package}")
    return found
