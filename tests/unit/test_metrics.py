"""Every product metric stands once in `docs/operations.md`, with its labels, and the other way."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, Counter
from prometheus_client.metrics import MetricWrapperBase

from infra.metrics import ReadGauge
from tests.alerts import alerts

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agents", "chatstream", "infra", "schemas", "tables", "web")
OURS = "chatstream_"
# What a value is of, as Prometheus writes it; numbers of things are named after the things.
BOUNDED = {"agent", "code", "dataset", "lane", "of", "partition", "reason", "to", "topic", "why"}
BOUNDED |= {"command", "database", "destination", "group", "method", "outcome", "route", "state"}
BOUNDED |= {"table"}
ROW = re.compile(r"^\| `(chatstream_\w+)` \|([^|]*)\| [^|]+ \| [^|]+ \|([^|]+)\|$", re.MULTILINE)


def modules() -> Iterator[str]:
    """The product's that declare metrics."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if re.search("prometheus_client|infra.metrics", path.read_text()):
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def declared() -> Iterator[tuple[str, MetricWrapperBase | ReadGauge]]:
    """(name as it is asked for, metric); one that another module imports comes twice."""
    for module in modules():
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, MetricWrapperBase | ReadGauge):
                (family,) = value.describe()
                yield family.name + ("_total" if isinstance(value, Counter) else ""), value


METRICS = dict(declared())


def labels_of(metric: MetricWrapperBase | ReadGauge) -> tuple[str, ...]:
    return metric.labels if isinstance(metric, ReadGauge) else metric._labelnames


def rows() -> dict[str, tuple[str, str]]:
    """Metric -> the cells of its labels and of its alarms, of the table in the document."""
    text = (ROOT / "docs/operations.md").read_text()
    section = text.split("\n## Metrics\n")[1].split("\n## ")[0]
    found = ROW.findall(section)
    cells = {name: (labels, alarms) for name, labels, alarms in found}
    assert len(cells) == len(found), "a metric has two rows"
    return cells


def asked_by() -> dict[str, set[str]]:
    """Metric -> the alerts whose expression names it, or a series of it."""
    found: dict[str, set[str]] = {name: set() for name in METRICS}
    for alert in alerts():
        for series in re.findall(r"\bchatstream_\w+", alert["expr"]):
            name = series if series in METRICS else re.sub("_(bucket|count|sum)$", "", series)
            found[name].add(alert["alert"])
    return found


def test_each_metric_has_a_row_with_its_labels_and_each_row_a_metric() -> None:
    told = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, (labels, _) in rows().items()}
    assert told == {name: labels_of(metric) for name, metric in METRICS.items()}


def test_each_row_names_the_alerts_that_ask_for_its_metric() -> None:
    told = {name: set(re.findall(r"\[(\w+)\]\(", alarms)) for name, (_, alarms) in rows().items()}
    assert told == asked_by()


def test_no_metric_of_ours_hides_from_the_table() -> None:
    registered = {
        family.name
        for family in REGISTRY.collect()
        if family.name.startswith(OURS) and "_of_a_test" not in family.name
    }
    assert registered == {name.removesuffix("_total") for name in METRICS}


@pytest.mark.parametrize("name", sorted(METRICS))
def test_names_and_labels_follow_the_conventions(name: str) -> None:
    metric = METRICS[name]
    (family,) = metric.describe()
    assert name.startswith(OURS)
    assert family.documentation
    assert name.count("_seconds") <= 1
    assert name.endswith("_total") == (family.type == "counter")
    assert set(labels_of(metric)) <= BOUNDED
