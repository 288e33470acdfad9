"""Friends in the browser: finding, adding, blocking, and a name that changes everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import NARROW, Reader, member
from tests.e2e.scenery import speaker

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def find(reader: Reader, text: str) -> None:
    """Type into the search of the friends page; returns when it has answered."""
    async with reader.page.expect_response("**/user/search?*"):
        await reader.page.fill("#find-people-text", text)


def row(reader: Reader, what: str, user_id: str) -> str:
    """The selector of a person's row in one of the page's lists."""
    return f"#{what} li:has-text('@{user_id}')"


async def test_a_friend_is_found_added_and_removed(base_url: str, browser: Browser) -> None:
    async with (
        member(browser, base_url) as reader,
        speaker(base_url, "alexandra") as other,
    ):
        page = reader.page
        await reader.open("/friends")
        await page.wait_for_selector("#friends-note:not(:empty)")
        await find(reader, f"@{other.user_id[:-1]}")
        await page.click(f"{row(reader, 'found', other.user_id)} >> button[aria-label^='Add']")
        await page.wait_for_selector(row(reader, "friends", other.user_id))
        assert await page.inner_text("#friends-count") == "1"
        await page.wait_for_selector(
            f"{row(reader, 'found', other.user_id)} >> button[aria-label^='Remove']"
        )
        await page.click(f"{row(reader, 'friends', other.user_id)} >> button[aria-label^='Remove']")
        await page.wait_for_selector("#friends-note:not(:empty)")
        friends = await reader.api("GET", "/user/friends")
        assert friends["friends"] == []
        assert reader.faults == []


async def test_who_is_blocked_leaves_the_list_and_finds_nobody(
    base_url: str, browser: Browser
) -> None:
    async with (
        member(browser, base_url) as reader,
        member(browser, base_url, "Alex", viewport=NARROW) as other,
    ):
        page = reader.page
        await reader.api("PUT", f"/user/friends/{other.user_id}")
        await reader.open("/friends")
        await page.click(f"{row(reader, 'friends', other.user_id)} >> button[aria-label^='Block']")
        await page.wait_for_selector("#blocking[open]")
        await page.click("#block-now")
        await page.wait_for_selector("#friends-note:not(:empty)")
        await page.wait_for_selector("#blocks-count:has-text('1')")
        await other.open("/friends")
        await find(other, reader.user_id)
        await other.page.wait_for_selector("#find-note:has-text('Nobody')")
        await page.click("#blocked summary")
        await page.click(f"{row(reader, 'blocks', other.user_id)} >> button")
        await page.wait_for_selector("#blocks-note:not(:empty)")
        await find(other, reader.user_id[:-1])
        await other.page.wait_for_selector(row(other, "found", reader.user_id))
        assert reader.faults + other.faults == []


async def test_a_change_in_one_page_shows_in_the_readers_other_pages(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader, speaker(base_url, "alex") as other:
        await reader.open("/friends")
        await reader.page.wait_for_selector("#friends-note:not(:empty)")
        await reader.api("PUT", f"/user/friends/{other.user_id}")
        await reader.page.wait_for_selector(row(reader, "friends", other.user_id))


async def test_a_new_name_shows_everywhere_without_a_reload(
    base_url: str, browser: Browser, guest: Reader
) -> None:
    other = guest
    async with member(browser, base_url) as reader:
        room_id = await reader.new_room("group", "", other.user_id)
        await reader.say(room_id, "before the change")
        await other.enter(room_id)
        await other.sees("before the change")
        room = other.page
        assert await room.inner_text("#room-name") == "김민지"

        await reader.open("/friends")
        await reader.page.click("#edit-name")
        await reader.page.fill("#own-name", "  박서연 ")
        await reader.page.keyboard.press("Enter")
        await reader.page.wait_for_selector("#own .name:has-text('박서연')")

        await room.wait_for_selector("#lines .author bdi:text-is('박서연')", state="attached")
        await room.wait_for_selector("#room-name:text-is('박서연')")
        await room.wait_for_selector("#my-rooms .room-name:text-is('박서연')")
        await reader.say(room_id, "after the change")
        await other.sees("after the change")
        names = await room.locator("#lines .said:not(.own) .author bdi").all_text_contents()
        assert set(names) == {"박서연"}
        entered = await other.api("GET", f"/chat/{room_id}")
        assert {one["userName"] for one in entered["chatRecord"]["messages"]} == {"박서연"}
        await reader.page.reload()
        await reader.page.wait_for_selector("#own .name:has-text('박서연')")
        assert reader.faults + other.faults == []


async def test_a_chat_opens_from_the_list_and_not_with_who_blocks(
    base_url: str, browser: Browser
) -> None:
    async with (
        member(browser, base_url) as reader,
        speaker(base_url, "alex") as friend,
        speaker(base_url, "kim") as blocker,
    ):
        page = reader.page
        for other in (friend, blocker):
            await reader.api("PUT", f"/user/friends/{other.user_id}")
        await blocker.call("PUT", f"/user/blocks/{reader.user_id}")
        await reader.open("/friends")
        chat = "button[aria-label^='Chat']"
        await until_refused(reader, f"{row(reader, 'friends', blocker.user_id)} >> {chat}")
        await page.click(f"{row(reader, 'friends', friend.user_id)} >> {chat}")
        await page.wait_for_selector("#draft:enabled")
        assert await page.inner_text("#room-name") == "Alex"


async def until_refused(reader: Reader, button: str) -> None:
    """Press until the row says why not: the block reaches the rooms a moment after it is made."""
    refused = reader.page.locator("#friends .problem")
    for _ in range(30):
        async with reader.page.expect_response("**/chat") as answered:
            await reader.page.click(button)
        if (await answered.value).status == 403:
            await refused.wait_for()
            return
        await reader.page.wait_for_url("**/rooms/*")
        await reader.open("/friends")
    raise AssertionError("the block never reached the rooms")
