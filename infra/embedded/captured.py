"""A stack whose changes are captured: Connect starts behind it and ends before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from infra.embedded import connect
from infra.embedded.connect import Connect, ensure_debezium
from infra.embedded.layout import choose_ports
from infra.embedded.monitored import MonitoredStack
from infra.embedded.shipping import Shipping
from infra.embedded.stack import Stack
from infra.embedded.supervision import ProgramGroup
from schemas.services import REPORTING

COUNTS = {REPORTING.name: 1}
"""What such a stack is told of its services: the one that keeps the reporting database."""


class CapturedStack(Stack):
    """As its base, whose counts must have `COUNTS`."""

    _connect: Connect | None = None

    @property
    def connect(self) -> Connect:
        """Connect; raises ConfigurationError before `start_servers`."""
        if self._connect is None:
            self._connect = Connect(
                self.layout,
                self.servers.brokers.jars,
                ensure_debezium(self._say),
                self.bootstrap,
                self.shape.brokers,
                self.endpoints.ports[connect.NAME],
            )
        return self._connect

    def _ports(self) -> dict[str, int]:
        found = super()._ports()
        return found | choose_ports(max(found.values()), [connect.NAME], ())

    def env(self, name: str | None = None) -> dict[str, str]:
        """As its base, and that changes are captured by which Connect."""
        own = {"CHATSTREAM_CDC__IS_RUN": "true", "CHATSTREAM_CDC__CONNECT_URL": self.connect.url}
        return own | super().env(name)

    def _groups(self) -> list[ProgramGroup]:
        own = ProgramGroup("capture", 400, [self.connect.program()])
        return [*super()._groups(), own]

    def _shipping(self) -> Shipping:
        found = super()._shipping()
        return replace(found, brokers=[*found.brokers, connect.NAME])

    def _check(self, name: str) -> Callable[[], bool]:
        return self.connect.is_ready if name == connect.NAME else super()._check(name)

    def start_services(self) -> None:
        """As its base, then Connect with its connectors."""
        super().start_services()
        self.start_capture()

    def start_capture(self) -> None:
        """Start Connect, and give it its connectors."""
        try:
            self.connect.prepare()
            self._start([connect.NAME])
            self.give_connectors()
        except BaseException:
            self.stop()
            raise

    def give_connectors(self) -> None:
        """Give Connect, which runs, its connectors as this version has them. Idempotent."""
        self.command("reporting", "connect")


class CapturedMonitoredStack(CapturedStack, MonitoredStack):
    """Both: changes are captured, and Prometheus and Alertmanager watch."""
