"""Every page is usable on a phone, in both languages and themes, and passes axe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.e2e.readers import PASSWORD, Reader, member, new_handle, stranger

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "var" / "screenshots"

NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 800}

Scheme = Literal["light", "dark"]


async def violations(reader: Reader) -> list[str]:
    """What axe finds wrong with the page as it is shown now."""
    await reader.page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = await reader.page.evaluate(
        "axe.run().then((result) => result.violations)"
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


async def judge(reader: Reader, name: str) -> list[str]:
    """Faults of the shown page: axe, sideways scrolling; keeps a picture to look at."""
    page = reader.page
    faults = [f"{name}: {fault}" for fault in await violations(reader)]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append(f"{name}: scrolls sideways")
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png")
    return faults


async def fill_a_room(reader: Reader) -> str:
    room_id = await reader.new_room("open", "서울 맛집 탐방 · Seoul food")
    for text in ("안녕하세요!", "Hello, everybody. " * 12, "averyveryverylongword" * 12, "👍"):
        await reader.say(room_id, text)
    return room_id


async def fill_the_lists(reader: Reader) -> None:
    """Two friends and somebody blocked, one with the longest of names."""
    for name, what in (
        ("이서준", "friends"),
        ("Wolfeschlegelsteinhausen" + "b" * 16, "friends"),
        ("Kim", "blocks"),
    ):
        handle = new_handle("friend")
        account = {"userId": handle, "password": PASSWORD, "name": name}
        signup = await reader.context.request.post(f"{reader.base_url}/user", data=account)
        assert signup.status == 201, await signup.text()
        await reader.api("PUT", f"/user/{what}/{handle}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [pytest.param(NARROW, id="narrow"), pytest.param(WIDE, id="wide")])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_page_is_accessible(
    base_url: str, browser: Browser, language: str, size: dict[str, int], scheme: Scheme
) -> None:
    options: dict[str, Any] = {"locale": language, "viewport": size, "color_scheme": scheme}
    options["reduced_motion"] = "reduce"
    tag = f"{language}-{size['width']}-{scheme}"
    faults: list[str] = []
    async with stranger(browser, base_url, **options) as guest:
        await guest.open("/login")
        faults += await judge(guest, f"login-{tag}")
        await guest.page.click("#tab-signup")
        faults += await judge(guest, f"signup-{tag}")
    async with member(browser, base_url, **options) as reader:
        page = reader.page
        room_id = await fill_a_room(reader)
        await reader.open("/rooms")
        await page.wait_for_selector("#my-rooms .room-link")
        faults += await judge(reader, f"rooms-{tag}")
        await page.click("#tab-open")
        await page.wait_for_selector("#open-rooms .room-link")
        await page.click("#open-create")
        faults += await judge(reader, f"create-{tag}")
        await reader.enter(room_id)
        await reader.sees("👍")
        faults += await judge(reader, f"room-{tag}")
        await page.click("#open-info")
        await page.wait_for_selector("#members li")
        faults += await judge(reader, f"members-{tag}")
        await fill_the_lists(reader)
        await reader.open("/friends")
        await page.wait_for_selector("#friends li")
        await page.click("#blocked summary")
        await page.click("#edit-name")
        async with page.expect_response("**/user/search?*"):
            await page.fill("#find-people-text", "friend-")
        await page.wait_for_selector("#found li")
        faults += await judge(reader, f"friends-{tag}")
        await page.click("#friends li button >> nth=2")
        faults += await judge(reader, f"blocking-{tag}")
        await reader.open("/words")
        await page.wait_for_selector("#words-as-of:not(:empty)")
        await page.click("#chatAdd [aria-expanded]")
        await page.wait_for_selector("#chatAdd-table tbody tr")
        faults += await judge(reader, f"words-{tag}")
        await page.click("#open-me")
        faults += await judge(reader, f"me-{tag}")
        await reader.open("/search?q=hello")
        await page.wait_for_load_state("networkidle")
        faults += await judge(reader, f"search-{tag}")
        faults += reader.faults
    assert not faults, "\n".join(faults)


async def test_what_arrives_is_announced_and_what_is_older_is_not(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        await reader.enter(await reader.new_room("group", "Announced"))
        log = reader.page.locator("[role=log]")
        assert await log.get_attribute("aria-live") == "polite"
        await reader.write("heard")
        await reader.sees("heard")
        assert await log.locator("li.said").count() == 1
        assert await reader.page.locator("main").count() == 1
        assert await reader.page.locator("nav[aria-label]").count() == 1
