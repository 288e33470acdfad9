"""The fields that index templates declare, by dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import orjson

KEYWORD = {"type": "keyword"}
EVENT = ("id", "kind", "module", "dataset", "action", "outcome")
# What the dead letters' template has to have at least, where it is not among the templates.
DEAD_LETTERS: Mapping[str, Any] = {
    "dynamic": "strict",
    "properties": {
        "@timestamp": {"type": "date"},
        "ecs": {"properties": {"version": KEYWORD}},
        "event": {"properties": dict.fromkeys(EVENT, KEYWORD)},
        "error": {"properties": {"code": KEYWORD}},
        "service": {"properties": {"name": KEYWORD}},
        "trace": {"properties": {"id": KEYWORD}},
        "chatstream": {
            "properties": {
                "topic": KEYWORD,
                "partition": {"type": "integer"},
                "offset": {"type": "long"},
                "dead_letter": {"properties": {"id": KEYWORD}},
            }
        },
    },
}


def mappings(dataset: str) -> Mapping[str, Any]:
    """The mappings of a dataset's template."""
    file = files("infra.elastic").joinpath("templates", f"{dataset}.json")
    if dataset == "chatstream-deadletters" and not file.is_file():
        return DEAD_LETTERS
    found: Mapping[str, Any] = orjson.loads(file.read_bytes())["template"]["mappings"]
    return found


def declared(pattern: str) -> Mapping[str, str]:
    """The type of every field of the datasets of an index pattern, by its dotted name."""
    found: dict[str, str] = {}
    for each in pattern.split(","):
        found |= dict(_fields(mappings(each.removesuffix("-*"))["properties"], ""))
    return found


def _fields(properties: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if "properties" in field:
            yield from _fields(field["properties"], f"{above}{name}.")
        else:
            yield f"{above}{name}", field["type"]
