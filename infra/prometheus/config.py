"""Prometheus' and Alertmanager's configuration, of one source for every environment.

`infra/prometheus/prometheus.yml` and `infra/alertmanager/alertmanager.yml` are made of it for
containers; a stack on one machine makes its own at its start (`infra.embedded.monitoring`). What
alerts there are is in `alerts.yml`, the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RULES = FOLDER / "alerts.yml"
JOB = "chatstream"
SEVERITIES = ("page", "ticket", "none")
"""Somebody is woken; somebody looks on a working day; nobody but the dead man's switch."""


@dataclass(frozen=True, slots=True)
class ScrapeTarget:
    """A process to be scraped: its name (`chat-1`), its service, and `host:port`."""

    name: str
    service: str
    address: str


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often is looked, and how long alerts are gathered into one message; Prometheus' times."""

    scrape: str = "15s"
    gather: str = "30s"
    again: str = "5m"


def prometheus(
    targets: Sequence[ScrapeTarget],
    *,
    own: str,
    alertmanager: str,
    rules: str = RULES.name,
    cadence: Cadence = Cadence(),
) -> dict[str, Any]:
    """The configuration: every process under its name and service, and the two that watch.

    `own` and `alertmanager` are `host:port`; `rules` is a path, from the file's folder on.
    """
    return {
        "global": {"scrape_interval": cadence.scrape, "evaluation_interval": cadence.scrape},
        "rule_files": [rules],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [
            {"job_name": JOB, "static_configs": [_static(target) for target in targets]},
            {"job_name": "prometheus", "static_configs": [{"targets": [own]}]},
            {"job_name": "alertmanager", "static_configs": [{"targets": [alertmanager]}]},
        ],
    }


def _static(target: ScrapeTarget) -> dict[str, Any]:
    labels = {"service": target.service, "instance": target.name}
    return {"targets": [target.address], "labels": labels}


def alertmanager(
    webhooks: Mapping[str, str] | None = None,
    cadence: Cadence = Cadence(),
) -> dict[str, Any]:
    """The configuration: a receiver a severity, each with its webhook where `webhooks` names one.

    One message for all that fires of an alert and a service; what follows from another alert is
    not told beside it.
    """
    return {
        "route": {
            "receiver": "ticket",
            "group_by": ["alertname", "service"],
            "group_wait": cadence.gather,
            "group_interval": cadence.again,
            "repeat_interval": "24h",
            "routes": [
                _route("page", repeat_interval="4h"),
                _route("none", group_wait="0s", group_interval="1m", repeat_interval="5m"),
            ],
        },
        "inhibit_rules": [
            _inhibits("ServiceDown", "ProcessDown", "service"),
            _inhibits("WishesUnanswered", "WishesSlow", "topic"),
            _inhibits("LaneStalled", "AgentBehind", "agent"),
        ],
        "receivers": [_receiver(severity, webhooks or {}) for severity in SEVERITIES],
    }


def _route(severity: str, **times: str) -> dict[str, Any]:
    return {"receiver": severity, "matchers": [f'severity="{severity}"'], **times}


def _inhibits(source: str, target: str, equal: str) -> dict[str, Any]:
    return {
        "source_matchers": [f'alertname="{source}"'],
        "target_matchers": [f'alertname="{target}"'],
        "equal": [equal],
    }


def _receiver(severity: str, webhooks: Mapping[str, str]) -> dict[str, Any]:
    url = webhooks.get(severity)
    hooks = {"webhook_configs": [{"url": url, "send_resolved": True}]} if url else {}
    return {"name": severity, **hooks}
