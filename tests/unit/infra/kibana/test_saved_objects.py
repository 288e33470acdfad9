"""What Kibana imports is what the sources give, names only what is there, and keeps its ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from chatstream.commands.cli import cli
from chatstream.errors import ConfigurationError
from infra.kibana import saved_objects
from infra.kibana.saved_objects import FILES, committed, ndjson, object_id
from infra.kibana.sources import LANGUAGES, Panel, dashboards, data_views, panels, searches
from tests.unit.infra.kibana.declared import declared

in_both = pytest.mark.parametrize("language", LANGUAGES)
Found = Mapping[str, Any]


def lines(language: str) -> list[Found]:
    return [orjson.loads(line) for line in committed(language).splitlines()]


def of_kind(kind: str, language: str = "en") -> Mapping[str, Found]:
    return {each["id"]: each for each in lines(language) if each["type"] == kind}


@in_both
def test_the_files_are_what_the_sources_give(language: str) -> None:
    assert committed(language) == ndjson(language), "run `python -m chatstream kibana build`"


def test_build_checks_the_files_and_names_one_that_is_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = CliRunner().invoke(cli, ["kibana", "build", "--check"])
    assert (done.exit_code, done.output.count("as the sources say")) == (0, len(FILES))
    monkeypatch.setattr(saved_objects, "committed", lambda _: b"")
    done = CliRunner().invoke(cli, ["kibana", "build", "--check"])
    assert isinstance(done.exception, ConfigurationError)
    assert "chatstream.ndjson" in str(done.exception)


@in_both
def test_every_reference_resolves_and_stands_before_what_goes_by_it(language: str) -> None:
    seen: set[tuple[str, str]] = set()
    for each in lines(language):
        assert {(to["type"], to["id"]) for to in each["references"]} <= seen, each["id"]
        assert (each["type"], each["id"]) not in seen
        seen.add((each["type"], each["id"]))
    assert len(seen) == sum(map(len, (panels(), searches(), data_views(), dashboards())))


def test_both_languages_have_the_same_ids_and_not_the_same_titles() -> None:
    english, korean = lines("en"), lines("ko")
    assert [each["id"] for each in english] == [each["id"] for each in korean]
    same = [one for one, other in zip(english, korean, strict=True) if titled(one) == titled(other)]
    assert not same


def titled(found: Found) -> str:
    # A data view's `title` is its index pattern.
    attributes = found["attributes"]
    return str(attributes.get("name", attributes["title"]))


def test_ids_stay_so_that_an_import_replaces_what_an_older_one_made() -> None:
    assert object_id("dashboard", "overview") == "22643d16-432b-5657-87f7-fab1215c0c66"


@in_both
def test_a_visualization_has_its_panel_whole(language: str) -> None:
    found = of_kind("visualization", language)
    for panel in panels().values():
        state = orjson.loads(
            found[object_id("visualization", panel.name)]["attributes"]["visState"]
        )
        spec = orjson.loads(state["params"]["spec"])
        assert state["type"] == "vega"
        assert spec["config"].pop("kibana") == {"hideWarnings": True}
        assert spec == panel.spec(language)


def test_what_stands_on_a_dashboard_is_what_its_tiles_say() -> None:
    found = of_kind("dashboard")
    for board in dashboards().values():
        each = found[object_id("dashboard", board.name)]
        named = {to["name"]: (to["type"], to["id"]) for to in each["references"]}
        shown = []
        for tile in orjson.loads(each["attributes"]["panelsJSON"]):
            name = f"{tile['panelIndex']}:{tile['panelRefName']}"
            assert named[name][0] == tile["type"]
            grid = tile["gridData"]
            shown.append((*named[name], grid["x"], grid["y"], grid["w"], grid["h"]))
        kinds = {"panel": "visualization", "search": "search"}
        assert shown == [
            (kinds[t.kind], object_id(kinds[t.kind], t.name), t.x, t.y, t.width, t.height)
            for t in board.tiles
        ]
        assert len(named) == len(board.tiles)


def test_a_saved_search_goes_by_its_data_view() -> None:
    found = of_kind("search")
    for search in searches().values():
        each = found[object_id("search", search.name)]
        source = orjson.loads(each["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        (to,) = each["references"]
        assert (to["name"], to["id"]) == (
            source["indexRefName"],
            object_id("index-pattern", search.view),
        )
        assert source["query"] == {"language": "kuery", "query": search.query}
        assert each["attributes"]["columns"] == list(search.columns)


@pytest.mark.parametrize("search", searches().values(), ids=lambda search: search.name)
def test_lists_name_fields_that_the_templates_declare(search: Any) -> None:
    known = declared(data_views()[search.view].index)
    asked = re.findall(r"([\w.]+) :", search.query)
    assert known.keys() >= {*search.columns, *asked, "@timestamp"}


def test_how_fields_are_shown_is_told_of_fields_that_are_there() -> None:
    known = declared(data_views()["everything"].index)
    assert {known[name] for name in saved_objects.FORMATS} == {"long"}


# Where a name of a field stands: in an aggregation, a query by its key, or a list.
KEYED = ("term", "terms", "prefix", "range")


def fields_of(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(fields_of, part))
    if not isinstance(part, Mapping):
        return set()
    found: set[str] = set()
    for name, value in part.items():
        if name == "field":
            found.add(value)
        elif name in KEYED and "field" not in value:
            found |= value.keys()
        elif name == "sort":
            found |= {field for each in value for field in each}
        elif name == "_source":
            found |= set(value)
        elif name == "params" and "from" in value:
            found |= {value["from"], value["to"]}
        else:
            found |= fields_of(value)
    return found


@pytest.mark.parametrize("panel", panels().values(), ids=lambda panel: panel.name)
def test_panels_count_fields_that_the_templates_declare(panel: Panel) -> None:
    known = declared(panel.request["index"])
    asked = fields_of(panel.request["body"]) - {"_index"} | {panel.request["%timefield%"]}
    assert known.keys() >= asked
    # A text is found by its words: it cannot be counted by.
    assert "text" not in {known[name] for name in asked}
