"""A stack that is watched: Prometheus and Alertmanager start behind it and end before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from infra.embedded import monitoring
from infra.embedded.answering import answers
from infra.embedded.cache import Say
from infra.embedded.layout import LOOPBACK, choose_ports
from infra.embedded.monitoring import NAMES, Monitoring
from infra.embedded.shape import PLAIN, StackShape
from infra.embedded.stack import Stack, silent
from infra.embedded.supervision import ProgramGroup
from infra.prometheus import config
from infra.prometheus.config import Cadence, ScrapeTarget


@dataclass(frozen=True, slots=True)
class Watching:
    """How the two watch; all three as those of Monitoring."""

    webhooks: Mapping[str, str] = field(default_factory=dict)
    rules: Path = config.RULES
    cadence: Cadence = field(default_factory=Cadence)


class MonitoredStack(Stack):
    """As its base, and it is watched.

    Raises ConfigurationError where Prometheus or Alertmanager is not installed.
    """

    def __init__(
        self,
        root: Path,
        port: int,
        shape: StackShape = PLAIN,
        say: Say = silent,
        watching: Watching = Watching(),
    ) -> None:
        monitoring.require()
        # Prometheus finds each service by the process that it is.
        super().__init__(root, port, replace(shape, is_together=False), say)
        self._watching = watching
        self._monitoring: Monitoring | None = None

    @property
    def monitoring(self) -> Monitoring:
        """The two that watch; their ports follow those of the services."""
        if self._monitoring is None:
            ports = self.endpoints.ports
            targets = [
                ScrapeTarget(worker.name, worker.service, f"{LOOPBACK}:{ports[worker.name]}")
                for worker in self.workers
            ]
            own = choose_ports(max(ports.values()), NAMES, ())
            how = self._watching
            self._monitoring = Monitoring(
                self.layout, own, targets, how.webhooks, how.rules, how.cadence
            )
        return self._monitoring

    def _groups(self) -> list[ProgramGroup]:
        own = ProgramGroup("monitoring", 950, self.monitoring.programs())
        return [*super()._groups(), own]

    def _check(self, name: str) -> Callable[[], bool]:
        if name in NAMES:
            return partial(answers, self.monitoring.ports[name], "/-/ready")
        return super()._check(name)

    def start_services(self) -> None:
        """As its base, then the two that watch."""
        super().start_services()
        self.start_monitoring()

    def start_monitoring(self) -> None:
        """Start the two that watch, and wait until each answers."""
        try:
            self.monitoring.prepare()
            self._start(NAMES)
        except BaseException:
            self.stop()
            raise

    def told(self) -> str:
        """Where the two are, for people."""
        prometheus, alertmanager = map(self.monitoring.url, NAMES)
        return f"Prometheus is at {prometheus}, Alertmanager at {alertmanager}"
