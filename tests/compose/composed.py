"""The containers of the compose files as tests use them: where they are, what is done to them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from infra.embedded.postgres import SERVERS
from infra.embedded.waiting import wait_until
from tests.compose.engine import Engine, ran
from tests.compose.images import ROOT

FILES = ("docker-compose.yml", "docker-compose.local.yml", "tests/compose/reach.yml")
PROJECT = "chatstream-test"
OF_PROJECT = f"label=com.docker.compose.project={PROJECT}"
BROKERS = ("kafka-1", "kafka-2", "kafka-3")
EXTERNAL = "127.0.0.1:19092,127.0.0.1:29092,127.0.0.1:39092"
HEALTHY_SECONDS = 240.0
MEASURING = {"prometheus": "prometheus.yml", "alertmanager": "alertmanager.yml"}
"""Each with the file of `infra/…` without which it does not start."""


@dataclass
class Composed:
    """The containers of one project; named by their services, of which each has one.

    It has of `Stack` what tests of a running one ask for: `base_url`, `bootstrap`, `dsns`,
    `elastic_url`, `command`.
    """

    engine: Engine
    port: int = field(default_factory=lambda: int(os.environ.get("GATEWAY_PORT", "8080")))
    elastic_url: str = "http://127.0.0.1:9200"
    bootstrap: str = EXTERNAL

    @property
    def base_url(self) -> str:
        """The public address, through the gateway."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def dsns(self) -> dict[str, str]:
        """The libpq strings by name of the database, on this machine's loopback."""
        reached = yaml.safe_load((ROOT / FILES[-1]).read_text())["services"]
        secret = "/run/secrets/chatstream_postgres__password"
        password = self.inside("postgres-auth", "cat", secret).strip()
        return {
            server.removeprefix("postgres-"): "host=127.0.0.1"
            f" port={reached[server]['ports'][0].split(':')[1]} user=chatstream"
            f" password={password} dbname={database}"
            for server, database in SERVERS.items()
        }

    def compose(self, *arguments: str) -> str:
        """What a command of compose prints; AssertionError with its words when it fails."""
        files = [word for file in FILES for word in ("-f", str(ROOT / file))]
        program = ["docker-compose", "--project-directory", str(ROOT), "-p", PROJECT]
        environment = {**self.engine.environment, "GATEWAY_PORT": str(self.port)}
        return ran([*program, *files, *arguments], environment)

    def up(self) -> None:
        """Everything, in its order; returns when all that others wait for is ready."""
        without = [
            word
            for name, file in MEASURING.items()
            if not (ROOT / "infra" / name / file).exists()
            for word in ("--scale", f"{name}=0")
        ]
        try:
            self.compose("up", "-d", "--no-build", *without)
        except AssertionError as error:
            for name in self.troubled():
                error.add_note(self.compose("logs", "--no-color", "--tail=40", name))
            raise

    def troubled(self) -> list[str]:
        """Services whose container ended otherwise than well, or says that it does not serve."""
        found = []
        for container in self.engine.docker("ps", "-aq", "--filter", OF_PROJECT).split():
            told = json.loads(self.engine.docker("inspect", container))[0]
            state, name = told["State"], told["Config"]["Labels"]["com.docker.compose.service"]
            health = state.get("Health", {}).get("Status", "healthy")
            if state["ExitCode"] != 0 or health == "unhealthy" or told["RestartCount"]:
                found.append(str(name))
        return found

    def down(self) -> None:
        """No container, network or volume is left of it."""
        self.compose("down", "-v", "--remove-orphans", "-t", "20")
        for kind in (("ps", "-aq"), ("network", "ls", "-q"), ("volume", "ls", "-q")):
            found = self.engine.docker(*kind, "--filter", OF_PROJECT)
            assert not found, f"{kind[0]} left: {found}"

    def command(self, *arguments: str) -> str:
        """A command of the program in a container of its own, with databases and keys."""
        return self.compose("run", "--rm", "--no-deps", "-T", "databases", *arguments)

    def inside(self, name: str, *command: str) -> str:
        """What a command in a service's container prints; AssertionError when it fails."""
        return self.engine.docker("exec", self.container(name), *command)

    def container(self, name: str) -> str:
        """The id of a service's container."""
        labels = (OF_PROJECT, f"label=com.docker.compose.service={name}")
        filters = [word for label in labels for word in ("--filter", label)]
        found = self.engine.docker("ps", "-aq", *filters).split()
        assert len(found) == 1, f"{name} has {len(found)} containers"
        return found[0]

    def state(self, name: str) -> Any:
        """What the engine says of a container."""
        return json.loads(self.engine.docker("inspect", self.container(name)))[0]

    def wait_healthy(self, name: str, since: str = "") -> float:
        """Wait until a check that began after `since` (of the engine) says that it serves."""

        def ready() -> bool:
            state = self.state(name)["State"]
            begun = [each["Start"] for each in state["Health"]["Log"] if each["ExitCode"] == 0]
            return bool(state["Running"] and begun and max(begun) > since)

        try:
            return wait_until(ready, HEALTHY_SECONDS, name)
        except Exception as error:
            error.add_note(self.compose("logs", "--tail=40", name))
            raise

    def ended(self, job: str) -> int:
        """The exit code of a job, once it has ended."""

        def over() -> bool:
            return bool(self.state(job)["State"]["Status"] == "exited")

        wait_until(over, HEALTHY_SECONDS, f"the end of {job}")
        return int(self.state(job)["State"]["ExitCode"])

    def kill(self, name: str) -> None:
        """End the process with SIGKILL, as a lack of memory does: the engine starts it again."""
        state = self.state(name)["State"]
        os.kill(int(state["Pid"]), signal.SIGKILL)
        wait_until(
            lambda: self.state(name)["State"]["StartedAt"] > state["StartedAt"],
            60,
            f"the next start of {name}",
        )

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """All its processes stand still."""
        container = self.container(name)
        self.engine.docker("pause", container)
        try:
            yield
        finally:
            self.engine.docker("unpause", container)

    @contextmanager
    def cut_off(self, name: str) -> Iterator[None]:
        """It runs, and reaches nobody; afterwards it has its name in the network again."""
        container, network = self.container(name), f"{PROJECT}_inner"
        self.engine.docker("network", "disconnect", network, container)
        try:
            yield
        finally:
            self.engine.docker("network", "connect", "--alias", name, network, container)

    def services(self) -> list[str]:
        """Those that have a container which is to run on."""
        wanted = ("--filter", OF_PROJECT, "--filter", "status=running")
        service = '{{.Label "com.docker.compose.service"}}'
        return sorted(self.engine.docker("ps", *wanted, "--format", service).split())


def now() -> str:
    """This moment, as the engine writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
