"""Tables as data, on the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table as RichTable

from tests.bench.latency import Latency


@dataclass(frozen=True)
class Table:
    """Rows of text below headings; every column but the first is of numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Aim:
    """A figure and what it should be; `at_least` says in which direction it is good."""

    name: str
    figure: float
    aim: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is as good as it should be."""
        return self.figure >= self.aim if self.at_least else self.figure <= self.aim

    def row(self) -> list[str]:
        """The aim as a row of a table."""
        sign = "≥" if self.at_least else "≤"
        figure = f"{number(self.figure)} {self.unit}".strip()
        return [
            self.name,
            figure,
            f"{sign} {number(self.aim)} {self.unit}".strip(),
            "yes" if self.met else "no",
        ]


@dataclass(frozen=True)
class Section:
    """What one measurement found; `key` is its letter."""

    key: str
    title: str
    tables: Sequence[Table]
    aims: Sequence[Aim] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def number(figure: float) -> str:
    """A number with about three digits that matter."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


LATENCY_COLUMNS = ("latency, ms", "mean", "p50", "p95", "p99", "p99.9", "most")


def latency_row(name: str, latency: Latency) -> list[str]:
    """A latency as a row below LATENCY_COLUMNS."""
    figures = (latency.mean, latency.p50, latency.p95, latency.p99, latency.p999, latency.most)
    return [name, *(f"{figure:.1f}" for figure in figures)]


def aims_of(sections: Sequence[Section]) -> Table:
    """Every aim of every section."""
    rows = [[f"({section.key})", *aim.row()] for section in sections for aim in section.aims]
    return Table(("", "what", "measured", "aim", "met"), rows)


def show(console: Console, section: Section) -> None:
    """Print a section."""
    console.rule(f"({section.key}) {section.title}")
    for table in [*section.tables, *([aims_of([section])] if section.aims else [])]:
        shown = RichTable(*table.columns)
        for column in shown.columns[1:]:
            column.justify = "right"
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    for note in section.notes:
        console.print(note)


def markdown_table(table: Table) -> str:
    """The table as Markdown."""
    marks = ["---", *("---:" for _ in table.columns[1:])]
    lines = [table.columns, marks, *table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def markdown(sections: Sequence[Section], machine: Table, commands: str) -> str:
    """The whole document."""
    parts = [
        "# Benchmarks",
        f"Written by `{commands}`. Every figure and the limit beside it come from one run on one"
        " machine that carries Kafka, three Postgres, Elasticsearch, all services and the load.",
        markdown_table(machine),
    ]
    if any(section.aims for section in sections):
        parts += ["## Aims", markdown_table(aims_of(sections))]
    for section in sections:
        parts.append(f"## ({section.key}) {section.title}")
        parts += [markdown_table(table) for table in section.tables]
        parts += section.notes
    return "\n\n".join(parts) + "\n"
