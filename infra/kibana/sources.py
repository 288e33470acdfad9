"""The readable sources of this folder: panels, dashboards, saved searches and data views.

A panel is a Vega-Lite specification with its query inside, as Kibana's Vega visualisation takes it:
`data.url` has the index pattern, `%context%`, `%timefield%` and a search body. A text that people
read is an object `{"en": …, "ko": …}`, wherever it stands. The colours of `theme.json` are seen on
light and on dark ground alike; the colours of texts and lines are left to whoever draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import yaml

LANGUAGES = ("en", "ko")
Texts = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True)
class Panel:
    """A chart and its query; `source` is the file as it stands."""

    name: str
    source: Mapping[str, Any]

    @property
    def title(self) -> Texts:
        """What stands above it; it is not drawn in the chart."""
        texts: Texts = self.source["title"]
        return texts

    @property
    def description(self) -> Texts:
        """What it counts, in a sentence; also what a screen reader is told of the chart."""
        texts: Texts = self.source["description"]
        return texts

    @property
    def request(self) -> Mapping[str, Any]:
        """Its one query, unresolved: see infra.kibana.queries."""
        request: Mapping[str, Any] = self.source["data"]["url"]
        return request

    def spec(self, language: str) -> dict[str, Any]:
        """The Vega-Lite specification in a language, with its query, without its title."""
        spec = _in_language(self.source, language)
        del spec["title"]
        return {**spec, "config": theme()}

    def drawn(self, language: str, response: Mapping[str, Any]) -> dict[str, Any]:
        """The same with the answer of Elasticsearch in the place of the query, as Kibana does it.

        An answer without `aggregations`, which a search of no index gives, draws an empty chart.
        """
        return {**self.spec(language), "data": {"values": dict(response)}}


@dataclass(frozen=True)
class SavedSearch:
    """A list of documents: columns of a data view, newest first, by a query in KQL.

    `address` is the page of ours that shows such documents, by filters that it has.
    """

    name: str
    title: Texts
    description: Texts
    view: str
    query: str
    columns: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class DataView:
    """An index pattern under a name; its time is `@timestamp`."""

    name: str
    title: Texts
    index: str


@dataclass(frozen=True)
class Tile:
    """A panel or a saved search on a dashboard, in Kibana's grid of 48 columns."""

    kind: str
    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Dashboard:
    """Tiles that answer one question, over the last `since` (such as `24h`) unless told else."""

    name: str
    title: Texts
    description: Texts
    since: str
    tiles: tuple[Tile, ...]


@cache
def panels() -> Mapping[str, Panel]:
    """Every panel by its name, in the order of the names."""
    folder = files(__package__).joinpath("panels")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    found = (Panel(name[:-5], orjson.loads(folder.joinpath(name).read_bytes())) for name in names)
    return {panel.name: panel for panel in found}


@cache
def searches() -> Mapping[str, SavedSearch]:
    """Every saved search by its name, in the order of the file."""
    return {
        name: SavedSearch(name, **{**each, "columns": tuple(each["columns"])})
        for name, each in _yaml("searches").items()
    }


@cache
def data_views() -> Mapping[str, DataView]:
    """Every data view by its name, in the order of the file."""
    return {name: DataView(name, **each) for name, each in _yaml("data_views").items()}


@cache
def dashboards() -> Mapping[str, Dashboard]:
    """Every dashboard by its name, in the order of the file, which is that of a menu."""
    return {
        name: Dashboard(name, **{**each, "tiles": _tiles(each["tiles"])})
        for name, each in _yaml("dashboards").items()
    }


@cache
def theme() -> dict[str, Any]:
    """What every panel's `config` is: colours of marks, without those of texts and lines."""
    config: dict[str, Any] = orjson.loads(files(__package__).joinpath("theme.json").read_bytes())
    return config


def _tiles(rows: Sequence[Mapping[str, Any]]) -> tuple[Tile, ...]:
    """Rows below one another, each of a height, its tiles side by side with their widths."""
    tiles: list[Tile] = []
    top = 0
    for row in rows:
        left = 0
        for place in row["row"]:
            kind = "search" if "search" in place else "panel"
            tile = Tile(kind, place[kind], left, top, place["width"], row["height"])
            tiles.append(tile)
            left += tile.width
        top += row["height"]
    return tuple(tiles)


def _yaml(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath(f"{name}.yaml").read_text())
    return loaded


def _in_language(part: Any, language: str) -> Any:
    """The part with every text in one language."""
    if isinstance(part, Mapping):
        if part.keys() == set(LANGUAGES):
            return part[language]
        return {name: _in_language(each, language) for name, each in part.items()}
    if isinstance(part, list):
        return [_in_language(each, language) for each in part]
    return part
