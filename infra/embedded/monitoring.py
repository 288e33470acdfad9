"""Prometheus and Alertmanager beside a stack, on loopback: `make run MONITOR=1`.

Both are Debian's. They scrape the processes of this stack and nothing else.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from chatstream.errors import ConfigurationError
from infra.embedded import debian
from infra.embedded.layout import LOOPBACK, Layout
from infra.embedded.programs import Program, require_program
from infra.prometheus import config
from infra.prometheus.config import Cadence, ScrapeTarget

PROMETHEUS = "prometheus"
ALERTMANAGER = "alertmanager"
NAMES = (PROMETHEUS, ALERTMANAGER)
WEBHOOK = "CHATSTREAM_ALERT_WEBHOOK"
"""Environment variable: the address that alerts are posted to; empty: they are only shown."""
KEPT = "15d"
_DATA_MODE = 0o700


def require() -> None:
    """Raise ConfigurationError with the apt-get line when one of the two is not installed."""
    lacking = debian.missing(debian.MONITOR)
    if lacking:
        line = " ".join(debian.apt_line(lacking))
        raise ConfigurationError(f"MONITOR=1 needs Prometheus and Alertmanager: {line}")


def webhooks(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where alerts of each severity go; none where nothing is said."""
    url = environment.get(WEBHOOK, "")
    return dict.fromkeys(config.SEVERITIES, url) if url else {}


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The two of one stack; `rules` is the file of the alerts, `webhooks` as of `config`."""

    layout: Layout
    ports: Mapping[str, int]
    targets: Sequence[ScrapeTarget]
    webhooks: Mapping[str, str] = field(default_factory=dict)
    rules: Path = config.RULES
    cadence: Cadence = Cadence()  # noqa: RUF009 (frozen)

    def url(self, name: str) -> str:
        """The address of one of the two."""
        return f"http://{self._address(name)}"

    def _address(self, name: str) -> str:
        return f"{LOOPBACK}:{self.ports[name]}"

    def _file(self, name: str) -> Path:
        return self.layout.run.resolve() / name / f"{name}.yml"

    def prepare(self) -> None:
        """Write both configurations and let their own tools check them.

        Raises ConfigurationError with the tool's words.
        """
        prometheus = config.prometheus(
            self.targets,
            own=self._address(PROMETHEUS),
            alertmanager=self._address(ALERTMANAGER),
            rules=str(self.rules.resolve()),
            cadence=self.cadence,
        )
        contents = {
            PROMETHEUS: (prometheus, ["promtool", "check", "config"]),
            ALERTMANAGER: (
                config.alertmanager(self.webhooks, self.cadence),
                ["amtool", "check-config"],
            ),
        }
        for name, (content, check) in contents.items():
            file = self._file(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(content, sort_keys=False))
            self.layout.data(name).mkdir(parents=True, exist_ok=True, mode=_DATA_MODE)
            _check([*check, str(file)])

    def programs(self) -> list[Program]:
        """Both, with times and data of their own; neither is waited for by anybody who chats."""
        return [
            self._program(
                PROMETHEUS,
                "prometheus",
                f"--storage.tsdb.path={self.layout.data(PROMETHEUS).resolve()}",
                f"--storage.tsdb.retention.time={KEPT}",
            ),
            self._program(
                ALERTMANAGER,
                "prometheus-alertmanager",
                f"--storage.path={self.layout.data(ALERTMANAGER).resolve()}",
                "--cluster.listen-address=",
            ),
        ]

    def _program(self, name: str, binary: str, *options: str) -> Program:
        command = [
            require_program(binary, binary),
            f"--config.file={self._file(name)}",
            f"--web.listen-address={self._address(name)}",
            f"--web.external-url={self.url(name)}",
            *options,
        ]
        return Program(name, command, self.layout.run, niceness=10)


def _check(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ConfigurationError(f"{' '.join(command)}:\n{(done.stdout + done.stderr).strip()}")
