"""Every page is usable on a phone, in both languages and themes, and passes axe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.e2e.readers import PASSWORD, Reader, member, new_handle, stranger

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

pytestmark = [pytest.mark.stack, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "var" / "screenshots"

NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}

Scheme = Literal["light", "dark"]
# The last one is that of a phone, on which the pages are then gone through.
LOOKS: list[tuple[ViewportSize, Scheme]] = [
    (WIDE, "light"),
    (WIDE, "dark"),
    (NARROW, "dark"),
    (NARROW, "light"),
]

# What a page does in answer to another size or theme, it does before it is painted again.
_PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FAULTS = """axe.run({resultTypes: ["violations"]}).then(({violations}) => violations)"""


def looking(language: str) -> dict[str, Any]:
    """The options of a browser in which `judge` looks at pages."""
    return {"locale": language, "viewport": NARROW, "reduced_motion": "reduce"}


async def violations(reader: Reader) -> list[str]:
    """What axe finds wrong with the page as it is shown now."""
    if not await reader.page.evaluate("'axe' in globalThis"):
        await reader.page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = await reader.page.evaluate(_FAULTS)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


async def judge(reader: Reader, name: str) -> list[str]:
    """Faults of the shown page in every size and theme: axe, sideways scrolling.

    Keeps pictures to look at.
    """
    page = reader.page
    faults: list[str] = []
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, scheme in LOOKS:
        look = f"{name}-{size['width']}-{scheme}"
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        await page.evaluate(_PAINTED)
        faults += [f"{look}: {fault}" for fault in await violations(reader)]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{look}: scrolls sideways")
        await page.screenshot(path=SHOTS / f"{look}.png")
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


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_page_is_accessible(base_url: str, browser: Browser, language: str) -> None:
    faults: list[str] = []
    async with stranger(browser, base_url, **looking(language)) as guest:
        await guest.open("/login")
        faults += await judge(guest, f"login-{language}")
        await guest.page.click("#tab-signup")
        faults += await judge(guest, f"signup-{language}")
    async with member(browser, base_url, **looking(language)) as reader:
        page = reader.page
        room_id = await fill_a_room(reader)
        await reader.open("/rooms")
        await page.wait_for_selector("#my-rooms .room-link")
        faults += await judge(reader, f"rooms-{language}")
        await page.click("#tab-open")
        await page.wait_for_selector("#open-rooms .room-link")
        await page.click("#open-create")
        faults += await judge(reader, f"create-{language}")
        await reader.enter(room_id)
        await reader.sees("👍")
        faults += await judge(reader, f"room-{language}")
        await page.click("#open-info")
        await page.wait_for_selector("#members li")
        faults += await judge(reader, f"members-{language}")
        await fill_the_lists(reader)
        await reader.open("/friends")
        await page.wait_for_selector("#friends li")
        await page.click("#blocked summary")
        await page.click("#edit-name")
        async with page.expect_response("**/user/search?*"):
            await page.fill("#find-people-text", "friend-")
        await page.wait_for_selector("#found li")
        faults += await judge(reader, f"friends-{language}")
        await page.click("#friends li button >> nth=2")
        faults += await judge(reader, f"blocking-{language}")
        await reader.open("/words")
        await page.wait_for_selector("#words-as-of:not(:empty)")
        await page.click("#chatAdd [aria-expanded]")
        await page.wait_for_selector("#chatAdd-table tbody tr")
        faults += await judge(reader, f"words-{language}")
        await page.click("#open-me")
        faults += await judge(reader, f"me-{language}")
        await reader.open("/search?q=hello")
        await page.wait_for_load_state("networkidle")
        faults += await judge(reader, f"search-{language}")
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
