"""The sources of dashboards are whole: every text in both languages, every number with its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from infra.kibana.queries import Filters, TimeRange, resolve
from infra.kibana.sources import (
    LANGUAGES,
    Panel,
    SavedSearch,
    dashboards,
    data_views,
    panels,
    searches,
    theme,
)
from schemas.catalogue import OPERATOR_PAGES

SHOWN = TimeRange(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
GROUNDS = ("#ffffff", "#1b1f24", "#1d1e24")
"""Of our pages and of Kibana, in the light and in the dark."""
EVERY = sorted(panels().values(), key=lambda panel: panel.name)
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
HANGUL = re.compile("[가-힣]")


def parts(found: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a specification, however deep."""
    if isinstance(found, Mapping):
        yield found
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from parts(each)


def named(panel: Panel) -> list[Any]:
    return [pytest.param(panel, id=panel.name)]


of_every_panel = pytest.mark.parametrize("panel", [each for p in EVERY for each in named(p)])


def test_what_the_dashboards_have_to_answer_has_panels() -> None:
    assert {
        "messages",
        "signups",
        "words",
        "refusals",
        "abuse",
        "errors",
        "slow_routes",
        "slowest_requests",
        "sagas",
        "dead_letters",
        "overview",
        "message_way",
    } <= panels().keys()


def test_every_panel_and_search_stands_on_a_dashboard_and_in_the_grid() -> None:
    tiles = [tile for board in dashboards().values() for tile in board.tiles]
    found = {
        kind: {tile.name for tile in tiles if tile.kind == kind} for kind in ("panel", "search")
    }
    assert found["panel"] == panels().keys()
    # One that is found among the saved searches, since it waits for a trace id.
    assert found["search"] == searches().keys() - {"one_trace"}
    assert all(tile.x + tile.width <= 48 and tile.height > 0 for tile in tiles)


def test_saved_searches_go_by_data_views_that_are_there() -> None:
    assert {search.view for search in searches().values()} <= data_views().keys()


def test_no_data_view_shows_what_people_wrote() -> None:
    assert not any("messages" in view.index for view in data_views().values())


TEXTS = [
    *(panel.title for panel in EVERY),
    *(panel.description for panel in EVERY),
    *(search.title for search in searches().values()),
    *(search.description for search in searches().values()),
    *(board.title for board in dashboards().values()),
    *(board.description for board in dashboards().values()),
    *(view.title for view in data_views().values()),
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["en"])
def test_titles_and_descriptions_are_in_both_languages(text: Mapping[str, str]) -> None:
    assert text.keys() == set(LANGUAGES)
    assert HANGUL.search(text["ko"])
    assert not HANGUL.search(text["en"])


@of_every_panel
def test_a_panel_in_english_has_no_korean_and_keeps_its_query(panel: Panel) -> None:
    english = panel.spec("en")
    assert "title" not in english
    assert english["data"] == {"url": panel.request}
    assert english["config"] == theme()
    assert not HANGUL.search(str(english))
    assert HANGUL.search(str(panel.spec("ko")))


@of_every_panel
def test_the_queries_are_of_the_time_shown_and_give_no_documents(panel: Panel) -> None:
    search = resolve(panel.request, SHOWN, Filters())
    assert "@timestamp" in str(search.body["query"])
    assert search.body["size"] == 0
    assert "%" not in str(search.body)


@of_every_panel
def test_every_number_on_an_axis_or_in_a_legend_has_a_name(panel: Panel) -> None:
    for encoding in (each["encoding"] for each in parts(panel.source) if "encoding" in each):
        for channel, field in encoding.items():
            if channel in {"x", "y", "color"} and field.get("type") == "quantitative":
                owners = [
                    other[channel].get("title")
                    for other in (
                        each["encoding"] for each in parts(panel.source) if "encoding" in each
                    )
                    if channel in other
                ]
                assert any(isinstance(title, Mapping) for title in owners), (channel, field)


@of_every_panel
def test_a_duration_says_its_unit(panel: Panel) -> None:
    for field in (
        each for each in parts(panel.source) if each.get("field") in ("ms", "p50", "p95", "p99")
    ):
        if isinstance(title := field.get("title"), Mapping):
            assert all("ms" in title[language] for language in LANGUAGES)


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_colour_is_seen_on_light_and_on_dark_ground() -> None:
    colours = set(COLOUR.findall(str([theme(), *(panel.source for panel in EVERY)])))
    assert len(colours) >= 12
    worst = {colour: min(contrast(colour, ground) for ground in GROUNDS) for colour in colours}
    assert all(least >= 3 for least in worst.values()), worst


@of_every_panel
def test_an_answer_stands_in_the_place_of_the_query(panel: Panel) -> None:
    response = {"hits": {"total": {"value": 0}}}
    drawn = panel.drawn("en", response)
    assert drawn["data"] == {"values": response}
    assert "url" not in str(drawn["data"])


@pytest.mark.parametrize("search", searches().values(), ids=lambda search: search.name)
def test_each_saved_search_has_a_page_of_ours(search: SavedSearch) -> None:
    path, _, query = search.address.partition("?")
    assert path in {page.path for page in OPERATOR_PAGES}
    assert {name for name, _ in parse_qsl(query)} <= {"dataset", "level", "service", "outcome"}
