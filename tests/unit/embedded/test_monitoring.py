"""What watches a stack: what it is told, and what is said where it is not installed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from chatstream.errors import ConfigurationError
from infra.embedded import debian, monitored, monitoring
from infra.embedded.debian import Need
from infra.embedded.layout import Layout
from infra.embedded.monitored import MonitoredStack
from infra.embedded.monitoring import Monitoring
from infra.embedded.stack import Stack
from infra.prometheus.config import RULES, ScrapeTarget

PORTS = {"prometheus": 18_101, "alertmanager": 18_102}
TARGET = ScrapeTarget("chat-1", "chat", "127.0.0.1:18097")


@pytest.fixture
def watching(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Monitoring:
    monkeypatch.setattr(monitoring, "require_program", lambda name, _package: f"/usr/bin/{name}")
    return Monitoring(layout, PORTS, [TARGET], {"page": "http://127.0.0.1:9/"})


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The commands that were run; each succeeds."""
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str], **_: object) -> Any:
        commands.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_both_files_are_written_and_checked(
    watching: Monitoring, checked: list[Sequence[str]]
) -> None:
    watching.prepare()
    run = watching.layout.run.resolve()
    prometheus = yaml.safe_load((run / "prometheus/prometheus.yml").read_text())
    assert prometheus["rule_files"] == [str(RULES.resolve())]
    (process,) = prometheus["scrape_configs"][0]["static_configs"]
    assert process["labels"] == {"service": "chat", "instance": "chat-1"}
    receivers = yaml.safe_load((run / "alertmanager/alertmanager.yml").read_text())["receivers"]
    assert [each["name"] for each in receivers if "webhook_configs" in each] == ["page"]
    assert [command[0] for command in checked] == ["promtool", "amtool"]


def test_what_their_tools_refuse_is_told_in_their_words(
    watching: Monitoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = SimpleNamespace(returncode=1, stdout="", stderr="no such rule")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(ConfigurationError, match=r"promtool check config .*\n*no such rule"):
        watching.prepare()


def test_both_listen_on_loopback_alone_and_keep_their_data_in_the_stack(
    watching: Monitoring,
) -> None:
    for program in watching.programs():
        options = dict(part.partition("=")[::2] for part in program.command[1:])
        assert options["--web.listen-address"] == f"127.0.0.1:{PORTS[program.name]}"
        data = options.get("--storage.tsdb.path") or options["--storage.path"]
        assert Path(data) == watching.layout.data(program.name).resolve()
        assert program.niceness > 0
    assert "--cluster.listen-address=" in watching.programs()[1].command


def test_alerts_are_posted_where_the_environment_says() -> None:
    assert monitoring.webhooks({}) == {}
    found = monitoring.webhooks({"CHATSTREAM_ALERT_WEBHOOK": "http://127.0.0.1:9/"})
    assert found == dict.fromkeys(("page", "ticket", "none"), "http://127.0.0.1:9/")


def test_a_machine_without_them_is_told_how_to_get_them(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = [Need("promtool", "prometheus", lambda: False)]
    monkeypatch.setattr(debian, "MONITOR", lacking)
    with pytest.raises(ConfigurationError, match=r"apt-get install .* prometheus$"):
        MonitoredStack(layout.root, 18_100)


@pytest.mark.parametrize(
    ("arguments", "variable", "watched"),
    [("run", "", False), ("run", "0", False), ("run", "1", True), ("test", "", False)],
)
def test_the_packages_are_asked_for_by_whom_they_are_for(
    arguments: str, variable: str, watched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR", variable)
    needs = debian.needs_of(arguments)
    assert needs is not None
    assert {*debian.MONITOR} <= {*needs} or not watched
    assert {*debian.MONITOR} & {*needs} == (({*debian.MONITOR}) if watched else set())


def test_the_tests_of_operation_need_them_and_nothing_else_is_known() -> None:
    needs = debian.needs_of("operate")
    assert needs is not None
    assert {*debian.MONITOR, *debian.TEST} <= {*needs}
    assert debian.needs_of("walk") is debian.needs_of() is None


def test_they_start_behind_the_stack_and_are_ended_before_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring, "require", lambda: None)
    monkeypatch.setattr(monitoring, "require_program", lambda name, _: f"/usr/bin/{name}")
    monkeypatch.setattr(monitored, "choose_ports", lambda *_: PORTS)
    stack = MonitoredStack(layout.root, 18_100)
    ports = {worker.name: 18_110 + number for number, worker in enumerate(stack.workers)}
    stack._endpoints = SimpleNamespace(ports=ports)  # type: ignore[assignment]
    monkeypatch.setattr(Stack, "_groups", lambda _: [])
    (group,) = stack._groups()
    assert [program.name for program in group.programs] == list(monitoring.NAMES)
    assert group.priority > 900
    assert {target.name for target in stack.monitoring.targets} == {*ports}
    told = "Prometheus is at http://127.0.0.1:18101, Alertmanager at http://127.0.0.1:18102"
    assert stack.told() == told
