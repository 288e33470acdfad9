"""Grafana's JSON of a dashboard, by Grafana's own builders: a wrong field is an error here."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef

from infra.grafana.boards import UNITS, Board, Chart, Query

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""As `infra/grafana/provisioning` names it."""
_WIDE, _HIGH = 24, 8
_LINES_A_ROW, _NUMBERS_A_ROW = 2, 4


def dashboard(board: Board) -> str:
    """The file for Grafana's provisioning: the same text of the same source."""
    made = (
        builders.Dashboard(board.title)
        .uid(board.uid)
        .description(board.tells)
        .tags(["chatstream"])
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("30s")
        .timezone("browser")
    )
    for section in board.sections:
        made = made.with_row(builders.Row(section.title))
        for chart in section.charts:
            made = made.with_panel(_panel(chart))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _panel(chart: Chart) -> stat.Panel | timeseries.Panel:
    if chart.unit not in UNITS:
        raise ValueError(f"{chart.title}: unit must be one of {', '.join(sorted(UNITS))}")
    panel = stat.Panel() if chart.is_now else _lines()
    panel = (
        panel.title(chart.title)
        .description(chart.tells)
        .datasource(SOURCE)
        .unit(chart.unit)
        .min(0)
        .height(_HIGH)
        .span(_WIDE // (_NUMBERS_A_ROW if chart.is_now else _LINES_A_ROW))
    )
    for number, query in enumerate(chart.queries):
        panel = panel.with_target(_target(query, number, is_now=chart.is_now))
    return panel


def _lines() -> timeseries.Panel:
    legend = (
        VizLegendOptions()
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.BOTTOM)
        .calcs(["lastNotNull", "max"])
        .show_legend(True)
    )
    return timeseries.Panel().legend(legend).fill_opacity(10).line_width(1)


def _target(query: Query, number: int, *, is_now: bool) -> prometheus.Dataquery:
    target = (
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend)
        .ref_id(chr(ord("A") + number))
    )
    return target.instant() if is_now else target.range()
