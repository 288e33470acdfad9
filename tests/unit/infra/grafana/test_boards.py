"""The dashboards: what they ask is told by the program, and Grafana's files have all of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.grafana.boards import UNITS, Board, Section, boards
from tests.monitoring.dashboards import dashboard

ROOT = Path(__file__).resolve().parents[4]
GRAFANA = ROOT / "infra/grafana"
SERIES = re.compile(r"\bchatstream_\w+")


def told() -> set[str]:
    """Every series of the table of metrics, those of histograms too."""
    names = re.findall(r"^\| `(chatstream_\w+)`", (ROOT / "docs/operations.md").read_text(), re.M)
    return {name + end for name in names for end in ("", "_bucket", "_count", "_sum")}


def panels(board: Board) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboard(board))["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def test_addresses_and_titles_are_there_once() -> None:
    uids = [board.uid for board in boards()]
    assert len(set(uids)) == len(uids)
    for board in boards():
        titles = [chart.title for chart in board.charts]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.uid)
def test_it_asks_only_for_what_is_told_in_units_that_grafana_has(board: Board) -> None:
    for chart in board.charts:
        assert chart.unit in UNITS
        for query in chart.queries:
            assert set(SERIES.findall(query.expr)) - told() == set(), chart.title
            assert query.legend


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.uid)
def test_grafanas_file_has_every_chart_with_its_queries_and_no_two_in_one_place(
    board: Board,
) -> None:
    made = panels(board)
    assert [panel["title"] for panel in made] == [chart.title for chart in board.charts]
    for panel, chart in zip(made, board.charts, strict=True):
        assert [target["expr"] for target in panel["targets"]] == [q.expr for q in chart.queries]
        ids = [target["refId"] for target in panel["targets"]]
        assert len(set(ids)) == len(ids)
        assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in made]
    assert len(set(places)) == len(places)


def test_every_dashboard_is_where_grafana_looks_and_asks_where_prometheus_is() -> None:
    files = {json.loads(path.read_text())["uid"] for path in GRAFANA.glob("dashboards/*.json")}
    assert files == {board.uid for board in boards()}
    provisioning = GRAFANA / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text())
    assert [source["uid"] for source in sources["datasources"]] == ["prometheus"]
    providers = yaml.safe_load((provisioning / "dashboards/chatstream.yaml").read_text())
    assert providers["providers"][0]["options"]["path"].endswith("/dashboards")


def test_a_unit_that_grafana_does_not_have_is_refused() -> None:
    chart = replace(boards()[0].charts[0], unit="parsecs")
    with pytest.raises(ValueError, match="unit must be one of"):
        dashboard(Board("u", "t", "", [Section("s", [chart])]))
