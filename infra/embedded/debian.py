"""What must be on the machine before the set-up can begin, and the Debian package that brings it.

Run by path with the system's own Python, before there is a virtual environment: standard library
only. `debian.py run` checks what `make run` needs, with MONITOR=1 in the environment also what
watches a stack; `debian.py test` what the tests need beside it, `debian.py operate` what those of
`make test-operate` need, `debian.py bench` what `make bench` measures beside. As root it installs
what is missing; otherwise it prints the one apt-get line and ends with 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
KOREAN_FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
JAVA_VERSION = 17


@dataclass(frozen=True)
class Need:
    """One thing that has to be there, the Debian package that brings it, and how to tell."""

    name: str
    package: str
    present: Callable[[], bool]


def command(name: str) -> Callable[[], bool]:
    """A check that a command is on the PATH."""
    return lambda: shutil.which(name) is not None


def java_version(program: str) -> int | None:
    """The major version that `java` or `javac` tells; None when it is missing or does not run."""
    try:
        answer = subprocess.run(  # noqa: S603 (constant names)
            [program, "-version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_java_version(answer.stdout + answer.stderr)


def parse_java_version(text: str) -> int | None:
    """The major version in the output of `java -version` or `javac -version`."""
    match = re.search(r'(?:version "|javac )(\d+)', text)
    return int(match[1]) if match else None


def java(program: str) -> Callable[[], bool]:
    """A check that `java` or `javac` is there and new enough."""
    return lambda: (java_version(program) or 0) >= JAVA_VERSION


def _is_module(name: str) -> bool:
    return any(Path("/usr/lib").glob(f"*/rsyslog/{name}"))


def can_make_venv() -> bool:
    """Whether this Python can make a virtual environment with pip (Debian splits it off)."""
    check = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0  # noqa: S603


RUN: Sequence[Need] = (
    Need("Python's venv", "python3-venv", can_make_venv),
    Need(f"java {JAVA_VERSION} or newer", "openjdk-17-jdk-headless", java("java")),
    Need(f"javac {JAVA_VERSION} or newer", "openjdk-17-jdk-headless", java("javac")),
    Need("jar", "openjdk-17-jdk-headless", command("jar")),
    Need("mvn", "maven", command("mvn")),
    Need("node", "nodejs", command("node")),
    Need("npm", "npm", command("npm")),
    Need("unshare", "util-linux", command("unshare")),
    Need("setpriv", "util-linux", command("setpriv")),
)
WANTED: Sequence[Need] = (
    Need("rsyslog", "rsyslog", Path("/usr/sbin/rsyslogd").is_file),
    Need("rsyslog's way to Kafka", "rsyslog-kafka", lambda: _is_module("omkafka.so")),
)
"""What `make run` does without, in a way of its own, where it cannot be installed."""
MONITOR: Sequence[Need] = (
    Need("prometheus", "prometheus", command("prometheus")),
    Need("promtool", "prometheus", command("promtool")),
    Need("alertmanager", "prometheus-alertmanager", command("prometheus-alertmanager")),
    Need("amtool", "prometheus-alertmanager", command("amtool")),
)
"""What `make run MONITOR=1` and `make test-operate` need beside; nothing else does."""
REDIS: Sequence[Need] = (Need("redis-server", "redis-server", command("redis-server")),)
"""What `make test-operate` has the copy of posts in, and a limit that `make bench` shows."""
BENCH: Sequence[Need] = (*REDIS, Need("strace", "strace", command("strace")))
"""What `make bench` shows beside, and counts with."""
TEST: Sequence[Need] = (
    Need("chromium", "chromium", Path(CHROMIUM).is_file),
    Need("Korean fonts", "fonts-noto-cjk", Path(KOREAN_FONT).is_file),
    Need("git", "git", command("git")),
)


def missing(needs: Sequence[Need]) -> list[Need]:
    """The needs that are not met now, in the given order."""
    return [need for need in needs if not need.present()]


def apt_line(needs: Sequence[Need]) -> list[str]:
    """The apt-get command that installs the packages of these needs, each once."""
    packages = list(dict.fromkeys(need.package for need in needs))
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def install(needs: Sequence[Need]) -> None:
    """Install as root; waits up to five minutes for another apt. Raises CalledProcessError."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=300", "-q"]
    line = apt_line(needs)
    for arguments in (["apt-get", *wait, "update"], [line[0], *wait, *line[1:]]):
        subprocess.run(arguments, check=True, env=environment)  # noqa: S603 (names from above)


def ensure(needs: Sequence[Need], *, root: bool) -> str | None:
    """Meet the needs; the message to stop with, or None when all are met."""
    lacking = missing(needs)
    if not lacking:
        return None
    names = ", ".join(need.name for need in lacking)
    line = " ".join(apt_line(lacking))
    if not root or shutil.which("apt-get") is None:
        return f"missing: {names}. Install with:\n  sudo {line}"
    print(f"missing: {names}; running {line}", flush=True)
    try:
        install(lacking)
    except subprocess.CalledProcessError as error:
        return f"apt-get ended with {error.returncode}, see its lines above"
    still = missing(lacking)
    return f"still missing: {', '.join(need.name for need in still)}" if still else None


def needs_of(*arguments: str) -> Sequence[Need] | None:
    """What is needed for `run`, `test`, `operate` or `bench`; None for anything else."""
    watching = MONITOR if os.environ.get("MONITOR") in ("1", "true", "yes", "on") else ()
    return {
        "run": [*RUN, *watching],
        "test": [*RUN, *TEST],
        "operate": [*RUN, *TEST, *MONITOR, *REDIS],
        "bench": [*RUN, *TEST, *BENCH],
    }.get(" ".join(arguments))


def ask_for(needs: Sequence[Need], *, root: bool) -> str | None:
    """Install as root what is wanted; a note for people where it stays away, which is no fault."""
    message = ensure(needs, root=root)
    return f"going on without what is only wanted: {message}" if message else None


def main(arguments: Sequence[str]) -> int:
    """Command line; the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 (run by whatever Python the machine has)
        print(f"Python 3.11 or newer is needed, {sys.executable} is older; set PYTHON=…")
        return 1
    needs = needs_of(*arguments)
    if needs is None:
        print("usage: debian.py run|test|operate|bench")
        return 2
    message = ensure(needs, root=os.geteuid() == 0)
    if message:
        print(message, file=sys.stderr)
        return 1
    note = ask_for(WANTED, root=os.geteuid() == 0)
    if note:
        print(note)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
