"""One Kafka process that is broker and controller (KRaft), on loopback only."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from infra.embedded.layout import LOOPBACK, Layout, accepts
from infra.embedded.programs import Program, require_program

NAME = "kafka"

# A broker that was killed comes back under a name that its own controller still takes for alive,
# and is refused until that session ends: 9 s by default, in which nobody is served. Reading the
# logs takes about this long anyway. Beats six times as often: one that is late fences nobody.
SESSION_MS = 3000
BEAT_MS = 500

# Fields of the Elastic Common Schema in one line, without a jar for its layout: what is quoted is
# escaped (https://logging.apache.org/log4j/2.x/manual/pattern-layout.html#converter-encode).
PATTERN = (
    r"""{"@timestamp":"%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z","log.level":"%p","""
    r'"message":"%enc{%m}{JSON}","log.logger":"%enc{%c}{JSON}",'
    r'"process.thread.name":"%enc{%t}{JSON}"'
    r'%notEmpty{,"error.stack_trace":"%enc{%xEx}{JSON}"}}%n'
)

LOGGING = f"""\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.charset = UTF-8
appender.console.layout.alwaysWriteExceptions = false
appender.console.layout.pattern = {PATTERN}
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
"""


@dataclass(frozen=True, slots=True)
class Kafka:
    """The one broker of a stack; `jars` is the folder of its classes."""

    layout: Layout
    jars: Path
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """Where clients connect first."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def _properties(self) -> Path:
        return self.layout.run / "kafka" / "server.properties"

    @property
    def _logging(self) -> Path:
        return self.layout.run / "kafka" / "log4j2.properties"

    def properties(self) -> dict[str, str]:
        """The broker's configuration; one broker, so everything internal has one replica."""
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "listeners": f"PLAINTEXT://{self.bootstrap},"
            f"CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.layout.data(NAME)),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "broker.session.timeout.ms": str(SESSION_MS),
            "broker.heartbeat.interval.ms": str(BEAT_MS),
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
            "num.network.threads": "2",
            "num.io.threads": "4",
        }

    def prepare(self) -> None:
        """Write the configuration, and format the log folder once. Idempotent."""
        self._properties.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self.properties().items()]
        self._properties.write_text("".join(lines))
        self._logging.write_text(LOGGING)
        if (self.layout.data(NAME) / "meta.properties").exists():
            return
        self.layout.data(NAME).mkdir(parents=True, exist_ok=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._tool("format", f"--cluster-id={cluster}", "-c", str(self._properties))

    def _java(self) -> list[str]:
        java = require_program("java", "openjdk-17-jre-headless")
        return [java, f"-Dlog4j2.configurationFile={self._logging}", "-cp", f"{self.jars}/*"]

    def _tool(self, *arguments: str) -> str:
        java, *rest = self._java()
        command = [java, "-XX:TieredStopAtLevel=1", *rest, "kafka.tools.StorageTool", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603

    def program(self) -> Program:
        """The broker."""
        java, *rest = self._java()
        command = [
            java,
            "-Xms256m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            # The second compiler takes as long again as all of the start, from whoever waits for
            # its end.
            "-XX:TieredStopAtLevel=1",
            *rest,
            "kafka.Kafka",
            str(self._properties),
        ]
        return Program(NAME, command, self.layout.data(NAME))

    def is_ready(self) -> bool:
        """Whether the broker answers a metadata request and knows itself as usable."""
        if not accepts(self.port):
            return False
        with ThreadPoolExecutor(1) as executor:
            # A thread of its own: the caller may have a running event loop.
            return executor.submit(asyncio.run, self._answers()).result()

    async def _answers(self) -> bool:
        client = AIOKafkaClient(bootstrap_servers=self.bootstrap, request_timeout_ms=3000)
        try:
            await client.bootstrap()
            return bool(client.cluster.brokers())
        except KafkaError:
            return False
        finally:
            await client.close()
