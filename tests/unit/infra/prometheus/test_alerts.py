"""The alerts: each has a runbook, says what it is about, and fires when it should, by promtool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.embedded import debian
from infra.prometheus.config import FOLDER, RULES, SEVERITIES
from tests.alerts import alerts, quicker

ROOT = Path(__file__).resolve().parents[4]
TESTS = sorted(FOLDER.glob("*.test.yml"))
BY_NAME = {alert["alert"]: alert for alert in alerts()}
LACKING = debian.missing(debian.MONITOR)
needs_tools = pytest.mark.skipif(
    bool(LACKING), reason=f"not here: {' '.join(debian.apt_line(LACKING))}"
)


def sections() -> dict[str, str]:
    """The runbooks by the name of their alert."""
    parts = (ROOT / "docs/runbooks.md").read_text().split("\n## ")[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


def promtool(*arguments: str) -> str:
    done = subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_names_are_there_once() -> None:
    assert len(BY_NAME) == len(alerts())


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert list(sections()) == [*dict.fromkeys(sections())]
    assert set(sections()) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_it_names_its_runbook_and_how_much_it_matters(name: str) -> None:
    alert = BY_NAME[name]
    assert alert["annotations"]["runbook"] == f"docs/runbooks.md#{name.lower()}"
    assert alert["annotations"]["summary"]
    allowed = re.findall(r"\b(?:" + "|".join(SEVERITIES) + r")\b", alert["labels"]["severity"])
    assert allowed
    told = sections()[name].lstrip().split(".")[0]
    assert name == "Watchdog" or set(re.findall("page|ticket", told)) == set(allowed)


def test_a_runbook_names_only_metrics_that_are_told() -> None:
    table = (ROOT / "docs/operations.md").read_text()
    named = set(re.findall(r"chatstream_\w+", (ROOT / "docs/runbooks.md").read_text()))
    assert {name for name in named if f"`{name}`" not in table} == set()


@needs_tools
def test_promtool_takes_the_rules() -> None:
    assert f"{len(BY_NAME)} rules found" in promtool("check", "rules", RULES.name)


@needs_tools
def test_each_alert_fires_when_it_should_and_is_silent_when_not() -> None:
    promtool("test", "rules", *(path.name for path in TESTS))


def test_each_alert_is_shown_to_fire_and_to_be_silent() -> None:
    shown: dict[str, set[bool]] = {}
    for case in [case for path in TESTS for case in yaml.safe_load(path.read_text())["tests"]]:
        for asked in case["alert_rule_test"]:
            shown.setdefault(asked["alertname"], set()).add(bool(asked["exp_alerts"]))
    assert set(shown) == set(BY_NAME)
    both = {name for name, seen in shown.items() if seen == {True, False}}
    assert set(BY_NAME) - both == {"Watchdog"}  # it is never silent


def test_times_are_made_shorter_and_thresholds_replaced_where_they_stand() -> None:
    text = quicker(lambda seconds: seconds / 60, {"LogLinesStand": ("> 300", "> 20")})
    quick: dict[str, Any] = {
        rule["alert"]: rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]
    }
    assert quick["ServiceDown"]["for"] == "1s"
    assert quick["WorkStands"]["for"] == "120s"
    assert "offset 10s" in quick["SocketsLost"]["expr"]
    assert "[5s]" in quick["HttpErrors"]["expr"]
    assert quick["LogLinesStand"]["expr"].endswith("> 20")
    assert quick["ErasureStuck"]["expr"] == BY_NAME["ErasureStuck"]["expr"]
    with pytest.raises(AssertionError, match="has no > 7"):
        quicker(float, {"LogLinesStand": ("> 7", "> 20")})
