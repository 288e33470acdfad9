"""One Elasticsearch node on loopback, from a trimmed installation in the cache."""

from __future__ import annotations

import http.client
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.layout import LOOPBACK, Layout
from infra.embedded.programs import Program, require_program

NAME = "elasticsearch"

CONFIGURATION = """\
cluster.name: chatstream
node.name: chatstream-0
discovery.type: single-node
network.host: 127.0.0.1
http.port: {port}
transport.port: {transport_port}
path.data: {data}
path.logs: {logs}
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: "chatstream-*,.*"
"""


# These quote a request's body or a document's source: failed requests, slow ones, deprecations.
UNLOGGED = (
    "rest.suppressed",
    "index.search.slowlog",
    "index.indexing.slowlog",
    "org.elasticsearch.deprecation",
)


# All else goes to standard output, whose file the supervisor rotates: its own files would be packed
# (`.gz`) when they are full, and nobody follows them.
CONSOLE = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = ECSJsonLayout
appender.console.layout.dataset = elasticsearch.server
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""
_OF_APPENDERS = ("appender.", "rootLogger.", "#")


def logging_of(home: Path) -> str:
    """log4j2.properties: the installation's levels, one appender, and nothing that people write."""
    shipped = (home / "config" / "log4j2.properties").read_text()
    lines = re.sub(r"\\\n", "", shipped).splitlines()  # a line that goes on in the next
    named = (re.match(r"logger\.(\w+)\.name\s*=\s*(\S+)", line) for line in lines)
    to_files = {
        found[1] for line in lines if (found := re.match(r"logger\.(\w+)\.appenderRef\.", line))
    }
    dropped = to_files | {name[1] for name in named if name and name[2].startswith(UNLOGGED)}
    ends = (*_OF_APPENDERS, *(f"logger.{name}." for name in sorted(dropped)))
    kept = [line for line in lines if line and not line.startswith(ends)]
    for number, name in enumerate(UNLOGGED):
        # Loggers below set their own level; what they say ends here, where no appender is.
        values = {"name": name, "level": "off", "additivity": "false"}
        kept += [f"logger.unlogged_{number}.{key} = {value}" for key, value in values.items()]
    return "\n".join([CONSOLE.strip(), *kept, ""])


def options_of(home: Path, *own: str) -> str:
    """jvm.options: the installation's but for those that write files of their own, and `own`."""
    shipped = (home / "config" / "jvm.options").read_text().splitlines()
    kept = [line for line in shipped if "-Xlog" not in line and "ErrorFile" not in line]
    return "\n".join([*kept, *own, ""])


@dataclass(frozen=True, slots=True)
class Elasticsearch:
    """The one node of a stack; `home` is the installation."""

    layout: Layout
    home: Path
    port: int
    transport_port: int

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def _conf(self) -> Path:
        return self.layout.run / NAME

    @property
    def _temporary(self) -> Path:
        return self.layout.run / "elasticsearch-tmp"

    def prepare(self) -> None:
        """Write the configuration. Idempotent."""
        for folder in (self._conf, self._temporary, self.layout.data(NAME)):
            folder.mkdir(parents=True, exist_ok=True)
        (self._conf / "log4j2.properties").write_text(logging_of(self.home))
        options = options_of(self.home, "-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1")
        (self._conf / "jvm.options").write_text(options)
        (self._conf / "elasticsearch.yml").write_text(
            CONFIGURATION.format(
                port=self.port,
                transport_port=self.transport_port,
                data=self.layout.data(NAME).resolve(),
                logs=self._temporary.resolve(),
            )
        )

    def program(self) -> Program:
        """The launcher, which keeps the node as its child and hands its end on."""
        java = Path(require_program("java", "openjdk-17-jre-headless")).resolve()
        command = [
            str(java),
            *("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *("-Dcli.name=server", "-Dcli.script=bin/elasticsearch"),
            *("-Dcli.libs=lib/tools/server-cli", f"-Des.path.home={self.home}"),
            *(f"-Des.path.conf={self._conf.resolve()}", "-Des.distribution.type=tar"),
            *("-Des.java.type=ES_JAVA_HOME", "-cp", "lib/*:lib/cli-launcher/*"),
            "org.elasticsearch.launcher.CliToolLauncher",
        ]
        environment = {
            "ES_HOME": str(self.home),
            "ES_PATH_CONF": str(self._conf.resolve()),
            "ES_TMPDIR": str(self._temporary.resolve()),
            "LIBFFI_TMPDIR": str(self._temporary.resolve()),
            "ES_JAVA_HOME": str(java.parent.parent),
            "HOSTNAME": socket.gethostname(),
        }
        return Program(
            NAME,
            command,
            self.home,
            environment,
            stop_seconds=30,
            unprivileged=True,
            niceness=5,
        )

    def is_ready(self) -> bool:
        """Whether the cluster is yellow or better: all primary shards can be used."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=3)
        try:
            connection.request("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
