"""On what and with what was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import psutil
import psycopg2

from infra.embedded.command import CLONE
from infra.embedded.stack import Stack
from tests.bench.report import Table

PACKAGES = ("faust-streaming", "aiokafka", "aiohttp", "uvloop", "aiopg", "msgspec", "elasticsearch")


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _postgres(stack: Stack) -> str:
    connection = psycopg2.connect(stack.dsns["chat-0"])
    try:
        return str(connection.get_parameter_status("server_version"))
    finally:
        connection.close()


def _kafka() -> str:
    pom = ElementTree.parse(CLONE / "infra/embedded/maven/pom.xml")  # noqa: S314 (our own file)
    spaces = {"m": "http://maven.apache.org/POM/4.0.0"}
    for dependency in pom.iterfind(".//m:dependency", spaces):
        if (dependency.findtext("m:groupId", "", spaces)) == "org.apache.kafka":
            return dependency.findtext("m:version", "", spaces)
    return ""


def machine(stack: Stack) -> Table:
    """The machine, the date, the versions, and how busy the machine was before."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    rows = [
        ["date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")],
        ["CPU", f"{_cpu()}, {os.cpu_count()} cores"],
        ["memory", f"{memory:.0f} GiB"],
        ["kernel", f"{platform.system()} {platform.release()}"],
        ["Python", platform.python_version()],
        ["packages", packages],
        ["Postgres, Kafka", f"{_postgres(stack)}, {_kafka()}"],
        ["processes", ", ".join(worker.name for worker in stack.workers)],
    ]
    return Table(("", ""), rows)
