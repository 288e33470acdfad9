"""A program as the supervisor runs it, and how a server is kept from being root."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatstream.errors import ConfigurationError

# Its arguments are the parent's id and the command. The shell asks for its parent after setpriv.
_IF_PARENT_LIVES = 'test "$PPID" = "$0" && exec "$@"'


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

    def command_line(self, parent: int | None = None) -> list[str]:
        """The whole command: it ends with its supervisor, and is not root where it must not be.

        `parent` is the process id of who starts it, where that may end at any moment.
        """
        prefix = unprivileged_prefix() if self.unprivileged else []
        variables = [f"{name}={value}" for name, value in sorted(self.environment.items())]
        yielding = ["nice", "-n", str(self.niceness)] if self.niceness else []
        command = ["env", *variables, *self.command]
        return [*prefix, *yielding, *tied(command, self.stop_signal, parent)]


def tied(command: Sequence[str], stop_signal: str, parent: int | None = None) -> list[str]:
    """The command, which gets the signal when the process that starts it ends.

    The kernel tells nobody of a parent that had ended before the signal was asked for (prctl(2),
    PR_SET_PDEATHSIG). With `parent`, the id of that process, the command does not begin then.
    """
    asking = ["setpriv", "--pdeathsig", stop_signal, "--"]
    looking = [] if parent is None else ["sh", "-c", _IF_PARENT_LIVES, str(parent)]
    return [*asking, *looking, *command]


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
