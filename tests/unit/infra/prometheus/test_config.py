"""The configurations that are made of one source."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from infra.prometheus import config
from infra.prometheus.config import Cadence, ScrapeTarget
from schemas.catalogue import SERVICES
from tests.monitoring.files import monitoring_files
from tests.unit.infra.prometheus.test_alerts import needs_tools

CHAT = ScrapeTarget("chat-1", "chat", "127.0.0.1:8097")


@pytest.mark.parametrize("path", sorted(monitoring_files()), ids=lambda path: path.name)
def test_a_file_is_what_its_source_gives(path: Path) -> None:
    assert path.read_bytes() == monitoring_files()[path], "run python -m tests.monitoring"


def test_every_service_is_scraped_under_its_name() -> None:
    content = yaml.safe_load((config.FOLDER / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job["static_configs"] for job in content["scrape_configs"]}
    labels = [each["labels"] for each in jobs["chatstream"]]
    assert {each["service"] for each in labels} == {
        service.name for service in SERVICES if not service.is_optional
    }
    assert {each["instance"] for each in labels} >= {"chat-1", "chat-2", "front-1", "front-2"}
    assert set(jobs) == {"chatstream", "prometheus", "alertmanager"}


def test_a_local_one_names_its_processes_and_rules() -> None:
    found = config.prometheus(
        [CHAT],
        own="127.0.0.1:1",
        alertmanager="127.0.0.1:2",
        rules="/there/alerts.yml",
        cadence=Cadence(scrape="1s"),
    )
    assert found["global"]["scrape_interval"] == "1s"
    assert found["rule_files"] == ["/there/alerts.yml"]
    (static,) = found["scrape_configs"][0]["static_configs"]
    assert static == {
        "targets": ["127.0.0.1:8097"],
        "labels": {"service": "chat", "instance": "chat-1"},
    }


def test_alerts_go_where_they_are_wanted_and_nowhere_else() -> None:
    found = config.alertmanager({"page": "http://127.0.0.1:9/page"})
    receivers = {each["name"]: each.get("webhook_configs") for each in found["receivers"]}
    assert set(receivers) == set(config.SEVERITIES)
    assert receivers["ticket"] is receivers["none"] is None
    assert receivers["page"] == [{"url": "http://127.0.0.1:9/page", "send_resolved": True}]


@needs_tools
def test_both_tools_take_the_files(tmp_path: Path) -> None:
    own = tmp_path / "alertmanager.yml"
    own.write_text(yaml.safe_dump(config.alertmanager({"page": "http://127.0.0.1:9/page"})))
    for command in (
        ["promtool", "check", "config", str(config.FOLDER / "prometheus.yml")],
        ["amtool", "check-config", str(config.FOLDER.parent / "alertmanager/alertmanager.yml")],
        ["amtool", "check-config", str(own)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
