"""A room in the browser: live messages, the optimistic echo, writing, scrolling back."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import member, two_in_a_room

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def test_what_one_writes_both_see_and_it_is_marked_as_stored(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner, guest = await two_in_a_room(stack, browser, base_url)
        await owner.write("토요일에 봐요!")
        await guest.sees("토요일에 봐요!")
        await owner.sees("토요일에 봐요!")
        await owner.page.wait_for_selector("#waiting", state="hidden")
        own = owner.page.locator("#lines .said.own", has_text="토요일에 봐요!")
        assert "Stored" in (await own.locator(".meta").text_content() or "")
        theirs = guest.page.locator("#lines .said:not(.own)", has_text="토요일에 봐요!")
        assert await theirs.locator(".author").inner_text() != ""
        await guest.write("See you\nthere")
        await owner.sees("See you\nthere")
        assert owner.faults + guest.faults == []


async def test_the_keyboard_alone_is_enough(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        await reader.new_room("group", "Only keys")
        page, keys = reader.page, reader.page.keyboard
        await reader.open("/rooms")
        link = page.locator("#my-rooms .room-link")
        await link.wait_for()
        await page.locator("#tab-mine").focus()
        await keys.press("Tab")
        assert await link.evaluate("node => node === document.activeElement")
        await keys.press("Enter")
        await page.wait_for_selector("#draft:enabled:focus")
        await keys.type("first line")
        await keys.press("Shift+Enter")
        await keys.type("second line")
        await keys.press("Enter")
        await reader.sees("first line\nsecond line")
        assert await page.input_value("#draft") == ""
        assert await page.locator("#draft").evaluate("node => node === document.activeElement")


async def test_enter_ends_a_hangul_syllable_and_sends_nothing(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        await reader.enter(await reader.new_room("group", "한글"))
        page = reader.page
        devtools = await reader.context.new_cdp_session(page)
        await page.focus("#draft")
        for syllable in ("ㅎ", "하", "한"):
            await devtools.send(
                "Input.imeSetComposition",
                {"text": syllable, "selectionStart": 1, "selectionEnd": 1},
            )
        await page.evaluate(
            """() => document.getElementById("draft").dispatchEvent(new KeyboardEvent("keydown",
              {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
        )
        assert await page.input_value("#draft") == "한"
        await devtools.send("Input.insertText", {"text": "한"})
        await page.keyboard.press("Enter")
        await reader.sees("한")
        assert await reader.shown() == ["한"]


async def test_the_limit_counts_characters_and_is_shown_near_the_end(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        await reader.enter(await reader.new_room("group", "Long"))
        page = reader.page
        await page.fill("#draft", "a" * 3_799)
        assert await page.inner_text("#draft-counter") == ""
        await page.fill("#draft", "😀" * 4_000)
        assert "0 characters left" in await page.inner_text("#draft-counter")
        assert await page.is_enabled("#send")
        await page.fill("#draft", "😀" * 4_001)
        assert "1 characters too many" in await page.inner_text("#draft-counter")
        assert await page.is_disabled("#send")
        await page.fill("#draft", "😀" * 4_000)
        await page.keyboard.press("Enter")
        await reader.sees("😀" * 4_000)


async def test_scrolling_back_shows_every_message_once_and_in_order(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        room_id = await reader.new_room("group", "Long history")
        for number in range(1, 121):
            await reader.say(room_id, f"message {number}")
        await reader.enter(room_id)
        page = reader.page
        await reader.sees("message 120")
        assert await page.locator("#lines .bubble").count() < 120
        for _ in range(20):
            if await page.is_visible("#beginning"):
                break
            shown = await page.locator("#lines .bubble").count()
            await page.evaluate("document.getElementById('scroller').scrollTop = 0")
            await page.wait_for_function(
                "n => document.querySelectorAll('#lines .bubble').length > n", arg=shown
            )
        assert await reader.shown() == [f"message {number}" for number in range(1, 121)]
        assert await page.locator("#lines .day").count() == 1


async def test_who_reads_older_messages_stays_there_and_is_told_of_news(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner, guest = await two_in_a_room(stack, browser, base_url)
        for number in range(30):
            await owner.write(f"line {number}")
        await guest.sees("line 29")
        await guest.page.evaluate("document.getElementById('scroller').scrollTop = 0")
        await guest.page.wait_for_selector("#to-newest:visible")
        await owner.write("news!")
        await guest.page.wait_for_selector("#to-newest:has-text('news!')")
        top = await guest.page.evaluate("document.getElementById('scroller').scrollTop")
        assert top == 0
        await guest.page.click("#to-newest")
        await guest.page.wait_for_selector("#to-newest", state="hidden")
