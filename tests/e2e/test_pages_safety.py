"""Nothing that people write can act in a page, and every page keeps the strict policy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import Reader, member, stranger

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    '"><script>alert(1)</script>',
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }} ${7 * 7}",
)
PAGES = ("/rooms", "/words", "/search?q=script")
ACTIVE_TAGS = "#lines img, #lines script, #my-rooms img, #my-rooms script, #members script"


# What a page shows when all that people wrote is on it.
FILLED = {
    "/rooms": "#my-rooms .room-link",
    "/words": "main:has(#words-as-of:not(:empty)) #words-room option + option",
    "/search?q=script": ".hit, #search-note:has-text('Nothing found')",
}


async def see_lists(reader: Reader) -> None:
    """Open every page that shows what people wrote, but the room."""
    for path in PAGES:
        await reader.open(path)
        await reader.page.wait_for_selector(FILLED[path], state="attached")
        assert await reader.page.locator(ACTIVE_TAGS).count() == 0


async def see_room(reader: Reader, room_id: str) -> None:
    """Open the room and the dialog that shows its members."""
    await reader.enter(room_id)
    await reader.page.click("#open-info")
    await reader.page.wait_for_selector("#members li")
    assert await reader.page.locator(ACTIVE_TAGS).count() == 0
    await reader.page.keyboard.press("Escape")


async def see_all(reader: Reader, room_id: str) -> None:
    """Open every page and dialog that shows what people wrote."""
    await see_lists(reader)
    await see_room(reader, room_id)


async def test_messages_and_names_are_shown_as_they_were_written(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url, "Reader") as reader:
        for text in HOSTILE:
            async with member(browser, base_url, text[:40]) as author:
                room_id = await author.new_room("open", text[:60])
                await reader.enter(room_id)
                await author.say(room_id, text)
                await reader.sees(text)
                assert (await reader.shown())[-1] == text
                assert await reader.page.inner_text("#room-name") == text[:60]
                assert text[:40] in await reader.page.locator("#lines .author").last.inner_text()
                await asyncio.gather(see_room(reader, room_id), see_all(author, room_id))
                assert author.faults == []
        await see_lists(reader)
        assert reader.faults == []


async def test_every_page_forbids_inline_script_and_other_sites(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        room_id = await reader.new_room("group", "Policy")
        for path in ("/login?next=/rooms", *PAGES, f"/rooms/{room_id}", "/no/such/page"):
            response = await reader.context.request.get(
                base_url + path, headers={"Accept": "text/html"}, max_redirects=0
            )
            assert "text/html" in response.headers["content-type"]
            policy = response.headers["content-security-policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            text = await response.text()
            assert " style=" not in text
            assert " onclick=" not in text


async def test_an_injected_script_would_not_run(base_url: str, browser: Browser) -> None:
    async with stranger(browser, base_url) as reader:
        await reader.open("/login")
        await reader.page.evaluate(
            """() => { const script = document.createElement("script");
              script.textContent = "window.ran = true"; document.body.append(script); }"""
        )
        assert await reader.page.evaluate("window.ran") is None
        assert any("CSP: script-src" in fault for fault in reader.faults)


async def test_a_stranger_gets_no_page_of_a_member(base_url: str, browser: Browser) -> None:
    async with stranger(browser, base_url) as reader:
        for path in ("/", *PAGES, "/rooms/00000000-0000-4000-8000-000000000000"):
            await reader.open(path)
            assert "/login" in reader.page.url
