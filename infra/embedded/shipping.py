"""The shipper of a stack: the lines of every process' log, to Kafka."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatstream.domain.log_lines.datasets import (
    APP,
    ELASTICSEARCH,
    KAFKA,
    NGINX_ACCESS,
    NGINX_ERROR,
    POSTGRES,
    SUPERVISOR,
)
from infra.embedded import elasticsearch, gateway, kafka, postgres
from infra.embedded.layout import Layout
from infra.embedded.programs import Program
from infra.shipping import rsyslog
from infra.shipping.followed import FollowedLog, ShippingPlan

NAME = "shipper"
CHOICE = "CHATSTREAM_SHIPPER"
"""Environment variable: `own` or `rsyslog`; rsyslog where nothing is said and it is installed."""


def logs(
    layout: Layout,
    workers: Sequence[str],
    brokers: Sequence[str] = (kafka.NAME,),
    databases: Sequence[str] = tuple(postgres.SERVERS),
) -> list[FollowedLog]:
    """The log of every process; of the shipper only when it is ours, whose lines are few."""
    servers = {**dict.fromkeys(brokers, KAFKA), elasticsearch.NAME: ELASTICSEARCH}
    servers |= dict.fromkeys(databases, POSTGRES)
    servers |= {gateway.NAME: NGINX_ERROR, gateway.ACCESS: NGINX_ACCESS, "supervisord": SUPERVISOR}
    found = dict.fromkeys([*workers, *([NAME] if not uses_rsyslog() else [])], APP) | servers
    return [
        FollowedLog(
            str(layout.log_file(process).resolve()),
            dataset,
            "chatstream" if dataset == APP else dataset.partition(".")[0],
        )
        for process, dataset in found.items()
    ]


def uses_rsyslog() -> bool:
    """Whether rsyslog carries the lines, and not our own shipper."""
    return os.environ.get(CHOICE, "rsyslog") == "rsyslog" and rsyslog.binary() is not None


@dataclass(frozen=True, slots=True)
class Shipping:
    """The one shipper of a stack.

    `clone` is where our programs run; `workers`, `brokers` and `databases` are processes with a
    log each.
    """

    layout: Layout
    bootstrap: str
    workers: Sequence[str]
    clone: Path
    environment: Mapping[str, str]
    brokers: Sequence[str] = (kafka.NAME,)
    databases: Sequence[str] = tuple(postgres.SERVERS)

    @property
    def _run(self) -> Path:
        return self.layout.run.resolve() / NAME

    def prepare(self) -> None:
        """Write the plan, and rsyslog's configuration from it. Idempotent."""
        self._run.mkdir(parents=True, exist_ok=True)
        # What one of them remembers means nothing to the other.
        kind = "rsyslog" if uses_rsyslog() else "own"
        folder = self.layout.data(NAME).resolve() / kind
        folder.mkdir(parents=True, exist_ok=True)
        followed = logs(self.layout, self.workers, self.brokers, self.databases)
        plan = ShippingPlan(self.bootstrap, str(folder), followed)
        plan.write(self._plan)
        if uses_rsyslog():
            (self._run / "rsyslog.conf").write_text(rsyslog.render(plan))

    @property
    def _plan(self) -> Path:
        return self._run / "plan.json"

    def program(self) -> Program:
        """The shipper, behind those whose lines are waited for."""
        own = [sys.executable, "-m", "chatstream", "ship", str(self._plan)]
        command = rsyslog.command(self._plan) if uses_rsyslog() else own
        return Program(NAME, command, self.clone, self.environment, stop_seconds=25, niceness=10)

    def is_ready(self) -> bool:
        """Whether it follows the files."""
        return (self._run / "pid").is_file()


def told() -> str:
    """Which one runs, and how to get the other, for people."""
    if uses_rsyslog():
        return "rsyslog"
    return "our own shipper (rsyslog: apt-get install -y rsyslog rsyslog-kafka)"
