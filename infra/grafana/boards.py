"""The dashboards as data, read from `boards.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

UNITS = frozenset({"short", "ops", "reqps", "s", "bytes", "percentunit", "bool_yes_no"})
"""Grafana's names of those that are used here."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of Prometheus, and the legend of its series.

    `rarely` says why there may be no series on a stack that is well; empty: there always are.
    """

    expr: str
    legend: str
    rarely: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A panel: lines over time, or with `is_now` the newest values alone."""

    title: str
    queries: Sequence[Query]
    unit: str = "short"
    tells: str = ""
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Charts under one title."""

    title: str
    charts: Sequence[Chart]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard; `uid` is part of its address and never changes."""

    uid: str
    title: str
    tells: str
    sections: Sequence[Section]

    @property
    def charts(self) -> list[Chart]:
        """All of its charts in their order."""
        return [chart for section in self.sections for chart in section.charts]


@cache
def boards() -> Sequence[Board]:
    """Every dashboard. KeyError or TypeError where a source is not of the form above."""
    text = files("infra.grafana").joinpath("boards.yaml").read_text(encoding="utf-8")
    return tuple(_board(source) for source in yaml.safe_load(text))


def _board(source: Mapping[str, Any]) -> Board:
    sections = [
        Section(each["title"], [_chart(chart) for chart in each["charts"]])
        for each in source["sections"]
    ]
    return Board(source["uid"], source["title"], source["tells"], sections)


def _chart(source: Mapping[str, Any]) -> Chart:
    rest = dict(source)
    title, queries = rest.pop("title"), [Query(**each) for each in rest.pop("queries")]
    return Chart(title, queries, is_now=rest.pop("now", False), **rest)
