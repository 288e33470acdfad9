"""What Kibana imports: the sources as saved objects, one a line, the same bytes from the same ones.

After exports of Kibana 8 and its types' schemas: data views are of type `index-pattern`, a panel
is a `visualization` of type vega that has its specification as a text, a dashboard names what
stands on it by references. An object says by `typeMigrationVersion` which form of its type it has:
the oldest that has all we use, since Kibana brings an older one up and refuses a newer one. So they
are for Kibana 8.9 and above.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

import orjson

from infra.kibana.sources import (
    Dashboard,
    DataView,
    Panel,
    SavedSearch,
    Tile,
    dashboards,
    data_views,
    panels,
    searches,
)

FILES = {"en": "chatstream.ndjson", "ko": "chatstream.ko.ndjson"}
"""By language; the ids are the same in both, so that one replaces the other."""

# Of nobody else: an id is that of a type and a name below it.
_OURS = UUID("5a0f4c0e-6f0e-5d6b-9d3e-1c8f5f0f7d21")
_CORE = "8.8.0"
_FORMS = {
    "index-pattern": "8.0.0",
    "search": "8.0.0",
    "visualization": "8.5.0",
    "dashboard": "8.9.0",
}
_KINDS = {"panel": "visualization", "search": "search"}
_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
_DURATION = {
    "id": "duration",
    "params": {
        "inputFormat": "nanoseconds",
        "outputFormat": "asMilliseconds",
        "outputPrecision": 1,
        "showSuffix": True,
        "useShortSuffix": True,
    },
}
FORMATS = {"event.duration": _DURATION}
"""How lists show a field: nanoseconds as milliseconds."""

Reference = Mapping[str, str]


def object_id(kind: str, name: str) -> str:
    """The id of a saved object: always the same one, of its type and its name in the sources."""
    return str(uuid5(_OURS, f"{kind}/{name}"))


def saved_objects(language: str) -> list[dict[str, Any]]:
    """Every object in a language, data views before what goes by them, by name within a type."""
    found = [
        *(_data_view(each, language) for each in data_views().values()),
        *(_search(each, language) for each in searches().values()),
        *(_visualization(each, language) for each in panels().values()),
        *(_dashboard(each, language) for each in dashboards().values()),
    ]
    order = list(_FORMS)
    return sorted(found, key=lambda each: (order.index(each["type"]), each["id"]))


def ndjson(language: str) -> bytes:
    """The objects as a file for Kibana's import."""
    lines = [orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in saved_objects(language)]
    return b"\n".join(lines) + b"\n"


def committed(language: str) -> bytes:
    """The file of this program as it lies in the package; empty where there is none."""
    file = files("infra.kibana").joinpath(FILES[language])
    return file.read_bytes() if file.is_file() else b""


def _object(kind: str, name: str, attributes: Mapping[str, Any], *to: Reference) -> dict[str, Any]:
    return {
        "attributes": attributes,
        "coreMigrationVersion": _CORE,
        "id": object_id(kind, name),
        "managed": False,
        "references": list(to),
        "type": kind,
        "typeMigrationVersion": _FORMS[kind],
    }


def _data_view(view: DataView, language: str) -> dict[str, Any]:
    attributes = {
        "allowHidden": False,
        "fieldAttrs": "{}",
        "fieldFormatMap": _json(FORMATS),
        "fields": "[]",
        "name": view.title[language],
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "timeFieldName": "@timestamp",
        "title": view.index,
        "typeMeta": "{}",
    }
    return _object("index-pattern", view.name, attributes)


def _search(search: SavedSearch, language: str) -> dict[str, Any]:
    attributes = {
        "columns": list(search.columns),
        "description": search.description[language],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "kibanaSavedObjectMeta": _source(search.query, indexRefName=_INDEX),
        "sort": [["@timestamp", "desc"]],
        "timeRestore": False,
        "title": search.title[language],
    }
    return _object(
        "search", search.name, attributes, _reference(_INDEX, "index-pattern", search.view)
    )


def _visualization(panel: Panel, language: str) -> dict[str, Any]:
    spec = panel.spec(language)
    # An empty chart has no extent, which Vega warns of and Kibana would show above it.
    spec["config"] = {**spec["config"], "kibana": {"hideWarnings": True}}
    state = {
        "aggs": [],
        "params": {"spec": orjson.dumps(spec, option=orjson.OPT_INDENT_2).decode()},
        "title": panel.title[language],
        "type": "vega",
    }
    attributes = {
        "description": panel.description[language],
        "kibanaSavedObjectMeta": _source(""),
        "title": panel.title[language],
        "uiStateJSON": "{}",
        "version": 1,
        "visState": _json(state),
    }
    return _object("visualization", panel.name, attributes)


def _dashboard(board: Dashboard, language: str) -> dict[str, Any]:
    options = {
        "hidePanelTitles": False,
        "syncColors": False,
        "syncCursor": True,
        "syncTooltips": False,
        "useMargins": True,
    }
    attributes = {
        "description": board.description[language],
        "kibanaSavedObjectMeta": _source(""),
        "optionsJSON": _json(options),
        "panelsJSON": _json([_tile(board, tile) for tile in board.tiles]),
        "refreshInterval": {"pause": True, "value": 60000},
        "timeFrom": f"now-{board.since}",
        "timeRestore": True,
        "timeTo": "now",
        "title": board.title[language],
        "version": 1,
    }
    named = (
        _reference(
            f"{_place(board, tile)}:panel_{_place(board, tile)}", _KINDS[tile.kind], tile.name
        )
        for tile in board.tiles
    )
    return _object("dashboard", board.name, attributes, *named)


def _tile(board: Dashboard, tile: Tile) -> dict[str, Any]:
    place = _place(board, tile)
    return {
        "embeddableConfig": {"enhancements": {}},
        "gridData": {"h": tile.height, "i": place, "w": tile.width, "x": tile.x, "y": tile.y},
        "panelIndex": place,
        "panelRefName": f"panel_{place}",
        "type": _KINDS[tile.kind],
    }


def _place(board: Dashboard, tile: Tile) -> str:
    return object_id("tile", f"{board.name}/{tile.kind}/{tile.name}")


def _reference(name: str, kind: str, to: str) -> Reference:
    return {"id": object_id(kind, to), "name": name, "type": kind}


def _source(query: str, **more: str) -> dict[str, str]:
    found = {"filter": [], "query": {"language": "kuery", "query": query}, **more}
    return {"searchSourceJSON": _json(found)}


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
