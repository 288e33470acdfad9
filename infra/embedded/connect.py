"""Kafka Connect with Debezium's connector beside a stack, on loopback: `make run CDC=1`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded import cache
from infra.embedded.answering import answers
from infra.embedded.cache import Say
from infra.embedded.downloads import DEPENDENCY_PLUGIN, HERE, local_repository, recipe, run_maven
from infra.embedded.kafka import LOGGING
from infra.embedded.layout import LOOPBACK, Layout
from infra.embedded.programs import Program, require_program

NAME = "connect"
DEBEZIUM_VERSION = "3.6.1"
_POM = "maven/debezium.xml"
_CHECKSUMS = f"checksums/debezium-{DEBEZIUM_VERSION}.sha256"


def debezium_folder(root: Path) -> Path:
    """Where the cache `root` keeps Debezium's jars."""
    return root / f"debezium-{DEBEZIUM_VERSION}-{recipe(_POM, _CHECKSUMS)}"


def ensure_debezium(say: Say) -> Path:
    """The folder with Debezium's jars; the first call fetches them (11 MB)."""
    folder = debezium_folder(cache.cache_folder(os.environ))
    return cache.ensure(folder, lambda fresh: _install(fresh, say), say)


def _install(folder: Path, say: Say) -> None:
    say(f"fetching Debezium {DEBEZIUM_VERSION} (about 11 MB)")
    goal = f"{DEPENDENCY_PLUGIN}:copy-dependencies"
    jars = folder / "debezium"
    run_maven(["-f", str(HERE / _POM), goal, f"-DoutputDirectory={jars}", "-DincludeScope=runtime"])
    if wrong := cache.differences(jars, cache.read_checksums(HERE / _CHECKSUMS)):
        raise ConfigurationError(
            f"Debezium's jars: {'; '.join(wrong)}; remove {local_repository()}/io/debezium"
            " and start again"
        )


@dataclass(frozen=True, slots=True)
class Connect:
    """One worker of Connect in distributed mode: what it knows is in Kafka, so it has no data.

    `jars` are Kafka's, `plugins` the folder of connectors.
    """

    layout: Layout
    jars: Path
    plugins: Path
    bootstrap: str
    replication: int
    port: int

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def _run(self) -> Path:
        return self.layout.run / NAME

    def properties(self) -> Mapping[str, str]:
        """The worker's configuration."""
        copies = str(self.replication)
        return {
            "bootstrap.servers": self.bootstrap,
            "group.id": "chatstream-connect",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "key.converter.schemas.enable": "false",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "false",
            "config.storage.topic": "kakao.cdc.connect.configs",
            "config.storage.replication.factor": copies,
            "offset.storage.topic": "kakao.cdc.connect.offsets",
            "offset.storage.partitions": "4",
            "offset.storage.replication.factor": copies,
            "status.storage.topic": "kakao.cdc.connect.status",
            "status.storage.partitions": "1",
            "status.storage.replication.factor": copies,
            "offset.flush.interval.ms": "2000",
            "listeners": self.url,
            "rest.advertised.host.name": LOOPBACK,
            "plugin.path": str(self.plugins),
            "plugin.discovery": "service_load",
            # The one worker that was killed is back before its session has ended: its connectors
            # are to run as soon as it has.
            "session.timeout.ms": "6000",
            "heartbeat.interval.ms": "1500",
            "scheduled.rebalance.max.delay.ms": "0",
        }

    def prepare(self) -> None:
        """Write the configuration; idempotent."""
        self._run.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self.properties().items()]
        (self._run / "connect.properties").write_text("".join(lines))
        (self._run / "log4j2.properties").write_text(LOGGING)

    def program(self) -> Program:
        """The worker; nobody who chats waits for it."""
        command = [
            require_program("java", "openjdk-17-jre-headless"),
            *("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            f"-Dlog4j2.configurationFile={self._run / 'log4j2.properties'}",
            *("-cp", f"{self.jars}/*"),
            "org.apache.kafka.connect.cli.ConnectDistributed",
            str(self._run / "connect.properties"),
        ]
        return Program(NAME, command, self.layout.run, niceness=10)

    def is_ready(self) -> bool:
        """Whether it knows its connectors, and takes orders."""
        return answers(self.port, "/connectors")
