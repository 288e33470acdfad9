"""A container engine of the tests' own: Debian's, started where there is none, gone without trace.

It keeps images between runs, in `docker` of the cache; no container, network or volume.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.cache import cache_folder, exclusive
from infra.embedded.waiting import wait_until

PACKAGES = ("docker.io", "docker-compose", "debootstrap", "iptables")
NEEDED = ("dockerd", "docker-compose", "debootstrap", "iptables")
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
BRIDGE = "10.88.7.1/24"
# Networks that get no range of their own take one of these, and no other part of this machine does.
POOL = "base=10.88.128.0/17,size=24"


class NoEngineError(Exception):
    """There is none and none can be started; the text says why."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers; `address` is for DOCKER_HOST, empty: the one of this machine."""

    address: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What its clients are told."""
        own = {"DOCKER_HOST": self.address} if self.address else {}
        builds = {"DOCKER_BUILDKIT": "1", "COMPOSE_DOCKER_CLI_BUILD": "1"}
        return {**os.environ, **own, **builds, "COMPOSE_HTTP_TIMEOUT": "600"}

    def docker(self, *arguments: str, stdin: int | None = None) -> str:
        """What a command of the client prints; AssertionError with its words when it fails."""
        return ran([_client(), *arguments], self.environment, stdin=stdin)


def ran(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    stdin: int | None = None,
    folder: Path | None = None,
) -> str:
    """What a command prints; AssertionError with the end of its words when it fails."""
    done = subprocess.run(
        command,
        env=environment,
        stdin=stdin,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-40:])
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{words}"
    return done.stdout


def _client() -> str:
    """Debian's client first: another one may be there without the part that builds."""
    return next((path for path in ("/usr/bin/docker",) if Path(path).exists()), "docker")


@contextmanager
def engine() -> Iterator[Engine]:
    """The engine of this machine where one answers, else one of our own until the end of the block.

    Raises NoEngineError where there is none and this user may not start one.
    """
    here = Engine()
    if _answers(here):
        yield here
        return
    _require()
    with exclusive(cache_folder(os.environ) / "docker.lock", print), _own() as own:
        yield own


def _require() -> None:
    if os.geteuid() != 0:
        raise NoEngineError("no container engine answers, and only root can start one")
    if all(map(shutil.which, NEEDED)):
        return
    if shutil.which("apt-get") is None:
        raise NoEngineError(f"no container engine answers; on Debian: {' '.join(PACKAGES)}")
    _install()


def _install() -> None:
    """Without starting the service that Debian's package brings."""
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    try:
        ran([*apt, "update"], quiet)
        ran([*apt, "install", "-y", "--no-install-recommends", *PACKAGES], quiet)
    except AssertionError as error:
        raise NoEngineError(f"Debian's engine could not be installed: {error}") from error
    finally:
        if ours:
            policy.unlink()


@contextmanager
def _own() -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="chatstream-docker-"))
    before, forwarding = left(), FORWARDING.read_text()
    own = Engine(f"unix://{folder}/sock")
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(
            [
                "dockerd",
                *("--data-root", str(cache_folder(os.environ) / "docker"), "--bip", BRIDGE),
                *("--exec-root", str(folder / "exec"), "-p", str(folder / "pid")),
                # No CAP_SYS_RESOURCE where this runs: more is refused to a container.
                *("-H", own.address, "--default-ulimit", "nofile=4096:20000"),
                *("--default-address-pool", POOL),
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        told = f"; see {folder / 'log'}"
        wait_until(lambda: daemon.poll() is not None or _answers(own), 60, "the engine", told)
        if daemon.poll() is not None:
            raise NoEngineError(f"the engine ended: {(folder / 'log').read_text()[-2000:]}")
        yield own
    finally:
        daemon.terminate()
        daemon.wait(60)
        _clean(before)
        FORWARDING.write_text(forwarding)
        shutil.rmtree(folder, ignore_errors=True)
    assert left() == before, f"the engine left {left() - before}"


def _answers(found: Engine) -> bool:
    asked = [_client(), "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(asked, env=found.environment, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


OWN_LINK = re.compile(r"\d+: (docker0|br-[0-9a-f]{12})[:@]")
OWN_RULE = re.compile(r"DOCKER|docker0|br-[0-9a-f]{12}|-P FORWARD|10\.88\.")


def left() -> frozenset[str]:
    """What is of an engine on this machine now: bridges, rules, chains, and FORWARD's policy."""
    links = filter(None, map(OWN_LINK.match, ran(["ip", "-o", "link"]).splitlines()))
    found = {f"link {link[1]}" for link in links}
    for table in ("filter", "nat"):
        rules = ran(["iptables", "-w", "-t", table, "-S"]).splitlines()
        found |= {f"{table} {rule}" for rule in rules if OWN_RULE.search(rule)}
    return frozenset(found)


def _clean(before: frozenset[str]) -> None:
    """Take away what is new: rules first, then chains, then links; the policy as it was."""
    new = left() - before
    for kind, undo in (("-A", "-D"), ("-N", "-X")):
        for table, rule in sorted(each.split(" ", 1) for each in new):
            if rule.startswith(kind):
                ran(["iptables", "-w", "-t", table, undo, *shlex.split(rule)[1:]])
    for each in before:
        if " -P " in each:
            table, rule = each.split(" ", 1)
            ran(["iptables", "-w", "-t", table, *shlex.split(rule)])
    for each in new:
        if each.startswith("link "):
            ran(["ip", "link", "delete", each.removeprefix("link ")])
