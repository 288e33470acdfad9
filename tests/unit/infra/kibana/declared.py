"""The fields that index templates declare, by dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.elastic.templates import template


def mappings(dataset: str) -> Mapping[str, Any]:
    """The mappings of a dataset's template."""
    found: Mapping[str, Any] = template(dataset)["template"]["mappings"]
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
