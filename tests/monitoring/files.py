"""What each file of Prometheus, Alertmanager and Grafana has in it, made of the sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from chatstream.settings import WebSettings
from infra.embedded.services import ProcessCounts, workers
from infra.grafana.boards import boards
from infra.prometheus import config
from infra.prometheus.config import ScrapeTarget
from tests.monitoring.dashboards import dashboard

ROOT = Path(__file__).resolve().parents[2]
COUNTS = ProcessCounts(chat=2, front=2)
"""The processes that run in containers."""
_MADE = "# Made of infra/prometheus/config.py by `python -m tests.monitoring`; change it there.\n"
_RECEIVERS = """\
# The receivers hold no address: who is to hear of `page` and `ticket` is written into the file that
# is mounted, as `webhook_configs`, `email_configs` or whatever Alertmanager has.
"""


@cache
def monitoring_files() -> dict[Path, bytes]:
    """Path -> content of every file that is made."""
    prometheus = config.prometheus(
        [
            ScrapeTarget(worker.name, worker.service, f"{worker.name}:{WebSettings().port}")
            for worker in workers(COUNTS)
        ],
        own="localhost:9090",
        alertmanager="alertmanager:9093",
    )
    files = {
        "infra/prometheus/prometheus.yml": _MADE + _yaml(prometheus),
        "infra/alertmanager/alertmanager.yml": _MADE + _RECEIVERS + _yaml(config.alertmanager()),
    }
    for board in boards():
        files[f"infra/grafana/dashboards/{board.uid}.json"] = dashboard(board)
    return {ROOT / name: content.encode() for name, content in files.items()}


def _yaml(content: object) -> str:
    return yaml.safe_dump(content, sort_keys=False, width=100)
