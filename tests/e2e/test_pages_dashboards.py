"""The dashboards: every panel is drawn by our page, under the policy that all pages have."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.kibana.sources import LANGUAGES, dashboards, panels
from tests.client.waiting import eventually
from tests.e2e.readers import Reader

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SETTLED = "[data-panel]:is([data-state=drawn], [data-state=empty])"
SAID = "오늘 커피 마실까"
LOGGED_WITHIN = 180.0
"""Seconds for the log to have what was said, behind all that other tests say."""


async def _drawn(page: Page, count: int) -> None:
    """Returns when so many panels are drawn or say that there is nothing in them."""
    await page.wait_for_function(
        "([settled, count]) => document.querySelectorAll(settled).length === count",
        arg=[SETTLED, count],
    )


async def _until_stored(operator: Reader) -> None:
    """The log follows within seconds: opens the overview until it has the messages."""

    async def found() -> bool:
        await operator.open("/ops/dashboards/chat")
        await operator.page.wait_for_selector(
            "[data-panel=message_way]:is([data-state=drawn], [data-state=empty])"
        )
        return await operator.page.locator("[data-panel=message_way][data-state=drawn]").count() > 0

    await eventually(found, LOGGED_WITHIN)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_panel_of_every_dashboard_is_drawn(
    operator: Reader, reader: Reader, language: str
) -> None:
    room_id = await reader.new_room("open", "대시보드 방")
    await reader.say(room_id, SAID)
    await _until_stored(operator)
    page = operator.page
    cookie = {"name": "lang", "value": language, "url": operator.base_url}
    await operator.context.add_cookies([cookie])  # type: ignore[list-item]
    drawn = set()
    for name, dashboard in dashboards().items():
        await operator.open(f"/ops/dashboards/{name}")
        tiles = [tile for tile in dashboard.tiles if tile.kind == "panel"]
        await _drawn(page, len(tiles))
        for tile in tiles:
            place = page.locator(f"[data-panel={tile.name}]")
            svg = await place.locator("svg").inner_html()
            assert not re.search("NaN|undefined", svg), tile.name
            assert await place.locator("h2").inner_text() == panels()[tile.name].title[language]
            drawn |= {tile.name} if await place.get_attribute("data-state") == "drawn" else set()
    assert {"overview", "messages", "signups", "writers", "message_way"} <= drawn
    assert operator.faults == []


async def test_a_panel_has_its_numbers_as_a_table(operator: Reader, reader: Reader) -> None:
    room_id = await reader.new_room("open", "대시보드 방")
    for _ in range(3):
        await reader.say(room_id, SAID)

    async def counted() -> bool:
        await operator.open(f"/ops/dashboards?roomId={room_id}")
        tile = operator.page.locator("[data-panel=overview]")
        await tile.locator("tbody tr").first.wait_for(state="attached")
        row = tile.locator("tr", has_text="Messages")
        return await row.locator("td").last.text_content() == "3"

    await eventually(counted, LOGGED_WITHIN)
    await operator.page.click("[data-panel=overview] summary")
    assert await operator.page.locator("[data-panel=overview] thead th").all_inner_texts() == [
        "What",
        "Number",
    ]


async def test_time_and_filters_go_with_the_operator(operator: Reader) -> None:
    page = operator.page
    await operator.open("/ops/log?service=chat&level=info")
    await page.wait_for_selector("#log-note:not(:empty)")
    await page.click("#log-dashboards")
    await _drawn(page, 5)
    assert await page.input_value("#log-service") == "chat"
    await page.click("[data-range='3600']")
    await page.wait_for_url("**from=*to=*")
    await _drawn(page, 5)
    chosen = parse_qs(urlsplit(page.url).query)
    await page.click(".dashboards-nav a[href*='/errors']")
    await _drawn(page, 2)
    assert parse_qs(urlsplit(page.url).query) == chosen
    await page.click("#dashboard-log")
    await page.wait_for_selector("#log-note:not(:empty)")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["service"], query["level"]) == (["chat"], ["info"])
    await page.go_back()
    await _drawn(page, 2)
    await page.click("[data-list]")
    await page.wait_for_url("**/ops/log?*dataset=logs*")
    assert await page.input_value("#log-level") == "error"


async def test_a_panel_is_drawn_anew_in_another_width_and_colour(operator: Reader) -> None:
    page = operator.page
    await operator.open("/ops/dashboards")
    await _drawn(page, 5)
    await page.set_viewport_size({"width": 320, "height": 740})
    await page.wait_for_function(
        "() => [...document.querySelectorAll('[data-panel] svg')].every("
        "(svg) => svg.getBoundingClientRect().right <= innerWidth)"
        " && document.documentElement.scrollWidth <= innerWidth"
    )
    before = await page.locator("[data-panel=messages] svg").inner_html()
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(
        "(before) => document.querySelector('[data-panel=messages] svg').innerHTML !== before",
        arg=before,
    )
    assert operator.faults == []


async def test_a_panel_that_fails_says_so_alone_and_what_is_away_comes_back(
    operator: Reader,
) -> None:
    page = operator.page
    away = True

    async def broken(route: Route) -> None:
        fault = {"error": {"code": "INTERNAL", "message": "It broke."}}
        await route.fulfill(status=500, json=fault)

    async def answer(route: Route) -> None:
        fault = {"error": {"code": "STORE_UNAVAILABLE", "message": "It is away."}}
        await (route.fulfill(status=503, json=fault) if away else route.continue_())

    await page.route("**/ops/log/panels/signups*", broken)
    await page.route("**/ops/log/panels/messages*", answer)
    await operator.open("/ops/dashboards")
    await page.wait_for_selector("[data-panel=messages] [data-note]:has-text('goes on by itself')")
    await page.wait_for_selector("[data-panel=signups] [data-note]:has-text('It broke.')")
    await _drawn(page, 3)
    away = False
    await _drawn(page, 4)


async def test_what_cannot_be_asked_is_said_at_its_field(operator: Reader) -> None:
    await operator.open("/ops/dashboards?trace=xyz")
    await operator.page.wait_for_selector("#log-trace[aria-invalid=true]")
    assert await operator.page.locator("[data-state=failed]").count() > 0


async def test_a_former_question_answered_late_asks_for_no_more_panels(operator: Reader) -> None:
    page, late = operator.page, asyncio.Event()
    former: list[str] = []
    asked: list[str] = []

    async def hold_the_first(route: Route) -> None:
        if not former:
            former.append(route.request.url)
            await late.wait()
        await route.continue_()

    def note(request: Request) -> None:
        if "/panels/messages?" in request.url:
            asked.append(request.url)

    page.on("request", note)
    await page.route("**/ops/log/panels/overview?*", hold_the_first)
    async with page.expect_request("**/ops/log/panels/overview?*"):
        await operator.open("/ops/dashboards")
    await page.click("[data-range='3600']")
    await _drawn(page, 5)
    async with page.expect_event("requestfinished", lambda each: each.url == former[0]):
        late.set()
    await page.click("[data-range='3600']")
    await _drawn(page, 5)
    assert len(asked) == 2, "the panels of the former question were asked for"
