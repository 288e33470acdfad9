"""What the owner of a room does in the browser, and what the others see of it as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import NARROW, Reader, member

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def sure(reader: Reader) -> None:
    """Answer the question with yes."""
    await reader.page.click("#sure-now")
    await reader.page.wait_for_selector("#sure", state="hidden")


async def test_a_room_is_renamed_handed_over_and_deleted_before_everybody_s_eyes(
    base_url: str, browser: Browser, owner: Reader, guest: Reader
) -> None:
    heir = guest
    await heir.page.set_viewport_size(NARROW)
    await heir.page.emulate_media(color_scheme="dark")
    async with member(browser, base_url, "박서준") as watcher:
        room_id = await owner.new_room("group", "Before", heir.user_id, watcher.user_id)
        await owner.enter(room_id)
        await heir.enter(room_id)
        await watcher.open("/rooms")
        line = watcher.page.locator("#my-rooms .room-link")
        await line.filter(has_text="Before").wait_for()

        await owner.page.click("#open-info")
        await owner.page.fill("#rename-name", "그 뒤")
        await owner.page.keyboard.press("Enter")
        await heir.page.wait_for_selector("#room-name:has-text('그 뒤')")
        await line.filter(has_text="그 뒤").wait_for()

        them = owner.page.locator(f"#members li:has-text('@{heir.user_id}')")
        await them.get_by_role("button", name="Make Alex the owner").click()
        await sure(owner)
        await owner.page.wait_for_selector("#rename", state="hidden")
        await heir.page.click("#open-info")
        out = heir.page.locator(f"#members li:has-text('@{watcher.user_id}')")
        await out.get_by_role("button", name="Remove 박서준 from the room").click()
        await sure(heir)
        await watcher.page.wait_for_selector("#my-rooms-note:not(:empty)")
        await owner.page.wait_for_selector("#lines .event:has-text('박서준')", state="attached")

        await heir.page.click("#delete")
        await heir.page.click("#sure-now")
        await heir.page.wait_for_url("**/rooms")
        await owner.page.wait_for_selector("#cover:has-text('This room was deleted.')")
        assert await owner.page.is_disabled("#draft")
        await owner.open(f"/rooms/{room_id}")
        await owner.page.wait_for_selector("#cover:visible")
        assert watcher.faults == []


async def test_a_direct_room_is_the_same_for_both_and_called_by_the_other(
    base_url: str, browser: Browser, owner: Reader
) -> None:
    one = owner
    async with member(browser, base_url, "Alex") as other:
        await other.open("/rooms")
        await other.page.wait_for_selector("#my-rooms-note:not(:empty)")
        made = await one.make_room({"kind": "direct", "participants": [other.user_id]})
        found = await other.make_room({"kind": "direct", "participants": [one.user_id]})
        assert (made["name"], found["name"]) == ("Alex", "김민지")
        assert made["roomId"] == found["roomId"]
        await other.page.click("#my-rooms .room-link:has-text('김민지')")
        await other.page.wait_for_selector("#draft:enabled")
        await one.enter(made["roomId"])
        await one.page.wait_for_selector("#room-name:has-text('Alex')")
        await other.page.click("#open-info")
        assert await other.page.is_hidden("#invite")
        assert await other.page.is_hidden("#rename")
        await other.page.click("#leave")
        await sure_to_go(other)
        await one.page.wait_for_selector("#lines .event:has-text('Alex')", state="attached")
        await one.page.wait_for_selector("#room-name:has-text('Alex')")
        again = await other.make_room({"kind": "direct", "participants": [one.user_id]})
        assert (again["roomId"], again["memberCount"]) == (made["roomId"], 2)
        await one.page.wait_for_selector("#room-count:has-text('2 members')")
        assert one.faults == other.faults == []


async def sure_to_go(reader: Reader) -> None:
    """Answer the question with yes; the list of chats comes."""
    await reader.page.click("#sure-now")
    await reader.page.wait_for_url("**/rooms")


async def test_members_are_read_page_by_page(owner: Reader, alex: Reader) -> None:
    """A room that comes with its first member only, as one of more than a hundred would."""

    async def only_the_first(route: Route) -> None:
        response = await route.fetch()
        room = await response.json()
        room["members"] = room["members"][:1]
        await route.fulfill(response=response, json=room)

    room_id = await owner.new_room("group", "Small", alex.user_id)
    await owner.page.route(f"**/chat/{room_id}", only_the_first)
    await owner.enter(room_id)
    await owner.page.click("#open-info")
    assert await owner.page.locator("#members li").count() == 1
    await owner.page.click("#members-more")
    await owner.page.wait_for_selector(f"#members li:nth-child(2):has-text('@{alex.user_id}')")
    await owner.page.wait_for_selector("#members-more", state="hidden")
    assert owner.faults == []
