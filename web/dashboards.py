"""The dashboards of Kibana's sources as the operators' page takes them, in a language."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from infra.kibana.sources import Dashboard, Tile, dashboards, panels, searches

_SECONDS = {"h": 3600, "d": 86_400}


def seconds_of(dashboard: Dashboard) -> int:
    """How much of the time up to now it shows at first; `since` is a number of hours or days."""
    return int(dashboard.since[:-1]) * _SECONDS[dashboard.since[-1]]


def names(language: str) -> list[dict[str, str]]:
    """Name and title of every dashboard, in the order of a menu."""
    return [
        {"name": each.name, "title": _short(each.title[language])} for each in dashboards().values()
    ]


def shown(dashboard: Dashboard, language: str) -> dict[str, Any]:
    """What a page needs to lay it out: rows of tiles, `width` in 48ths, `height` in steps.

    A saved search has the `address` of the page of ours that lists such documents.
    """
    rows = groupby(dashboard.tiles, key=lambda tile: tile.y)
    return {
        "name": dashboard.name,
        "title": _short(dashboard.title[language]),
        "description": dashboard.description[language],
        "since": seconds_of(dashboard),
        "rows": [[_tile(tile, language) for tile in row] for _, row in rows],
    }


def _tile(tile: Tile, language: str) -> dict[str, Any]:
    source = panels()[tile.name] if tile.kind == "panel" else searches()[tile.name]
    return {
        "kind": tile.kind,
        "name": tile.name,
        "title": source.title[language],
        "description": source.description[language],
        "address": "" if tile.kind == "panel" else searches()[tile.name].address,
        "width": tile.width,
        "height": tile.height,
    }


def _short(title: str) -> str:
    """Without the program's name, which it needs among Kibana's; with a capital letter."""
    short = title.removeprefix("ChatStream: ")
    return short[:1].upper() + short[1:]
