"""A room in the browser: live messages, the optimistic echo, writing, scrolling back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import TimeoutError as NotYet

from infra.embedded.stack import Stack
from tests.e2e.readers import NARROW, Pair, Reader, member
from tests.e2e.scenery import lengthened, speaker

if TYPE_CHECKING:
    from playwright.async_api import Browser

LINES = """[...document.querySelectorAll("#lines .event:not(.unread-from), #lines .bubble")]
    .map((each) => each.innerText)"""
OVERFLOW = "document.body.scrollWidth - innerWidth"

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def test_what_one_writes_both_see_and_it_is_marked_as_stored(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
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


async def test_a_line_after_a_reload_is_as_live_and_one_that_was_missed_comes(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(
            member(browser, base_url, locale="ko-KR", viewport=NARROW, color_scheme="dark")
        )
        guests = [await stack.enter_async_context(speaker(base_url, name)) for name in "abc"]
        room_id = await owner.new_room("open", "등산")
        await owner.enter(room_id)
        for guest in (guests[0], *guests, guests[0]):  # who enters again does not come in again
            await guest.insist("GET", f"/chat/{room_id}")
        await owner.say(room_id, "어서 오세요")
        await owner.api("PATCH", f"/chat/{room_id}", {"name": "주말 등산"})
        await guests[1].call("POST", f"/chat/{room_id}", {"message": "안녕하세요"})
        lines = [
            "A님 외 2명이 들어왔어요.",
            "어서 오세요",
            "방 이름이 바뀌었어요: 주말 등산",
            "안녕하세요",
        ]
        await shows(owner, lines)
        await owner.enter(room_id)
        await shows(owner, lines)
        assert await owner.page.evaluate(OVERFLOW) <= 0
        await owner.context.set_offline(offline=True)
        await owner.page.wait_for_selector("#connection:visible")
        await guests[2].call("DELETE", f"/chat/{room_id}/participants/{guests[2].user_id}")
        await owner.context.set_offline(offline=False)
        lines.append("C님이 나갔어요.")
        await shows(owner, lines)
        await owner.open(f"/rooms/{room_id}?seq=1")
        await shows(owner, lines)


async def shows(reader: Reader, lines: list[str]) -> None:
    """Returns when these are the messages and the lines between them, in order."""
    wanted = f"lines => JSON.stringify({LINES}) === JSON.stringify(lines)"
    try:
        await reader.page.wait_for_function(wanted, arg=lines)
    except NotYet as error:
        raise AssertionError(f"{await reader.page.evaluate(LINES)} are not {lines}") from error


async def test_the_keyboard_alone_is_enough(reader: Reader) -> None:
    room_id = await reader.new_room("group", "Only keys")
    page, keys = reader.page, reader.page.keyboard
    await reader.open("/rooms")
    link = page.locator(f'#my-rooms > li:first-child[data-room="{room_id}"] .room-link')
    await link.wait_for()
    await page.locator("#tab-mine").focus()
    await keys.press("Tab")
    await page.locator("#find-mine-text:focus").wait_for()
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


async def test_the_composer_waits_for_a_syllable_and_tells_what_is_too_long(reader: Reader) -> None:
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
    await page.fill("#draft", "😀" * 4_001)
    assert "1 character too many" in await page.inner_text("#draft-counter")
    assert await page.is_disabled("#send")
    await page.fill("#draft", "😀" * 4_000)
    assert "0 characters left" in await page.inner_text("#draft-counter")
    await page.keyboard.press("Enter")
    await reader.sees("😀" * 4_000)


async def test_scrolling_back_shows_every_message_once_and_in_order(
    stack: Stack, reader: Reader
) -> None:
    room_id = await reader.new_room("group", "Long history")
    with lengthened(stack, room_id, reader.user_id, 120):
        await reads_back(reader, room_id)


async def reads_back(reader: Reader, room_id: str) -> None:
    """Scroll to the beginning of a room of 120 messages."""
    await reader.enter(room_id)
    page = reader.page
    await reader.sees("generated 120")
    assert await page.locator("#lines .bubble").count() < 120
    while (shown := await page.locator("#lines .bubble").count()) < 120:
        await page.evaluate("document.getElementById('scroller').scrollTop = 0")
        await page.wait_for_function(
            "n => document.querySelectorAll('#lines .bubble').length > n", arg=shown
        )
    await page.wait_for_selector("#beginning:visible")
    assert await reader.shown() == [f"generated {number}" for number in range(1, 121)]
    assert await page.locator("#lines .day").count() == 1


async def test_who_reads_older_messages_stays_there_and_is_told_of_news(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    room_id = owner.page.url.rpartition("/")[2]
    await asyncio.gather(*(owner.say(room_id, f"line {number}") for number in range(30)))
    await owner.say(room_id, "the last line")
    await guest.sees("the last line")
    await guest.page.evaluate("document.getElementById('scroller').scrollTop = 0")
    await guest.page.wait_for_selector("#to-newest:visible")
    await owner.write("news!")
    await guest.page.wait_for_selector("#to-newest:has-text('news!')")
    top = await guest.page.evaluate("document.getElementById('scroller').scrollTop")
    assert top == 0
    await guest.page.click("#to-newest")
    await guest.page.wait_for_selector("#to-newest", state="hidden")
