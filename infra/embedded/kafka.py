"""A Kafka process that is broker and controller (KRaft), alone or of three; on loopback only."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from infra.embedded.laid import Laid
from infra.embedded.layout import LOOPBACK, Layout, accepts
from infra.embedded.programs import Program, require_program

NAME = "kafka"
"""The process of the only broker; of three each has a number behind it."""

# A broker that was killed comes back under a name that its own controller still takes for alive,
# and is refused until that session ends: 9 s by default, in which nobody is served. Reading the
# logs takes about this long anyway. Beats six times as often: one that is late fences nobody.
SESSION_MS = 3000
BEAT_MS = 500

# Of three, the one that is killed may lead the quorum. The others then notice after FETCH_MS that
# it is away, and choose; only after that does the session of the killed broker begin to run out.
FETCH_MS = 1000
ELECTION_MS = 500

# Fields of the Elastic Common Schema in one line, without a jar for its layout: what is quoted is
# escaped (https://logging.apache.org/log4j/2.x/manual/pattern-layout.html#converter-encode).
PATTERN = (
    r"""{"@timestamp":"%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z","log.level":"%p","""
    r'"message":"%enc{%m}{JSON}","log.logger":"%enc{%c}{JSON}",'
    r'"process.thread.name":"%enc{%t}{JSON}"'
    r'%notEmpty{,"error.stack_trace":"%enc{%xEx}{JSON}"}}%n'
)

# Four times HotSpot's own numbers of calls and turns: little of a start comes to them, and what
# serves requests does within a minute or two.
# (https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html, -XX:+PrintFlagsFinal)
SECOND_COMPILER_LATER = (
    "-XX:Tier4InvocationThreshold=20000",
    "-XX:Tier4MinInvocationThreshold=2400",
    "-XX:Tier4CompileThreshold=60000",
    "-XX:Tier4BackEdgeThreshold=160000",
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
class Node:
    """Where one broker is: its id in the cluster, the name of its process, its two ports."""

    number: int
    name: str
    port: int
    controller_port: int

    @property
    def address(self) -> str:
        """Where clients reach it, as `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def controller(self) -> str:
        """Where the other controllers reach it."""
        return f"{LOOPBACK}:{self.controller_port}"


@dataclass(frozen=True, slots=True)
class Kafka:
    """One broker of a stack.

    `nodes` are all brokers of its cluster, with its own `node`; `jars` is the folder of the
    classes.
    """

    layout: Layout
    jars: Path
    node: Node
    nodes: Sequence[Node]

    @property
    def _run(self) -> Path:
        return self.layout.run / self.node.name

    @property
    def _properties(self) -> Path:
        return self._run / "server.properties"

    @property
    def _logging(self) -> Path:
        return self._run / "log4j2.properties"

    @property
    def folder(self) -> Path:
        """Where its log is."""
        return self.layout.data(self.node.name)

    def properties(self) -> dict[str, str]:
        """The broker's configuration."""
        node = self.node
        voters = ",".join(f"{each.number}@{each.controller}" for each in self.nodes)
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.number),
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://{node.address},CONTROLLER://{node.controller}",
            "advertised.listeners": f"PLAINTEXT://{node.address}",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder),
            "auto.create.topics.enable": "false",
            **self._copies(),
            # Records of nothing, by which others who follow its controller see that they are late.
            **({"metadata.max.idle.interval.ms": "0"} if len(self.nodes) == 1 else {}),
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.num.partitions": "1",
            "broker.session.timeout.ms": str(SESSION_MS),
            "broker.heartbeat.interval.ms": str(BEAT_MS),
            "controller.quorum.fetch.timeout.ms": str(FETCH_MS),
            "controller.quorum.election.timeout.ms": str(ELECTION_MS),
            "controller.quorum.election.backoff.max.ms": str(ELECTION_MS),
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
            "num.network.threads": "2",
            "num.io.threads": "4",
        }

    def _copies(self) -> dict[str, str]:
        """Every topic, those of the brokers' own as well, lies on all of them.

        What a producer was told is on all but one: none is lost with a broker.
        """
        count = len(self.nodes)
        copies, told = str(count), str(max(1, count - 1))
        return {
            "default.replication.factor": copies,
            "min.insync.replicas": told,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": told,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": told,
        }

    def prepare(self) -> None:
        """Write the configuration, and format the folder where it is empty. Idempotent.

        It is formatted for the cluster that `laid` names, under the broker's own id: so also a
        broker that has lost its folder is the same one, and gets everything from the others.
        """
        self._run.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self.properties().items()]
        self._properties.write_text("".join(lines))
        self._logging.write_text(LOGGING)
        if self.is_formatted():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        cluster = Laid.read(self.layout).cluster
        self._tool("format", f"--cluster-id={cluster}", "-c", str(self._properties))

    def is_formatted(self) -> bool:
        """Whether its folder is there."""
        return (self.folder / "meta.properties").exists()

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
            *self._memory(),
            "-XX:+UseSerialGC",
            *self._compilers(),
            *rest,
            "kafka.Kafka",
            str(self._properties),
        ]
        return Program(self.node.name, command, self.folder)

    def _compilers(self) -> Sequence[str]:
        """The second compiler makes requests a quarter cheaper; at a start others need the time.

        Three that share one machine do without it.
        """
        return SECOND_COMPILER_LATER if len(self.nodes) == 1 else ("-XX:TieredStopAtLevel=1",)

    def _memory(self) -> Sequence[str]:
        """Of three each leads a third of the partitions, and all share one machine."""
        return ("-Xms256m", "-Xmx512m") if len(self.nodes) == 1 else ("-Xms128m", "-Xmx384m")

    def is_ready(self) -> bool:
        """Whether the broker answers a metadata request and knows itself as usable."""
        if not accepts(self.node.port):
            return False
        with ThreadPoolExecutor(1) as executor:
            # A thread of its own: the caller may have a running event loop.
            return executor.submit(asyncio.run, self._answers()).result()

    async def _answers(self) -> bool:
        client = AIOKafkaClient(bootstrap_servers=self.node.address, request_timeout_ms=3000)
        try:
            await client.bootstrap()
            return client.cluster.broker_metadata(self.node.number) is not None
        except KafkaError:
            return False
        finally:
            await client.close()
