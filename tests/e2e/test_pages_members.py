"""Coming and going in the browser: invitations, links, the list of rooms, the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.api import PASSWORD
from tests.e2e.readers import Reader, member
from tests.e2e.scenery import speaker

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def test_who_is_invited_sees_the_room_at_once_and_who_leaves_loses_it(
    base_url: str, browser: Browser, owner: Reader
) -> None:
    async with member(browser, base_url, "Alex") as guest:
        room_id = await owner.new_room("group", "By invitation")
        await guest.open("/rooms")
        await guest.page.wait_for_selector("#my-rooms-note:not(:empty)")
        await owner.enter(room_id)
        await owner.page.click("#open-info")
        await owner.page.fill("#invite-user", guest.user_id)
        await owner.page.keyboard.press("Enter")
        await owner.page.wait_for_selector(f"#members li:has-text('@{guest.user_id}')")
        await owner.page.wait_for_selector("#lines .event:has-text('Alex')", state="attached")
        await guest.page.click("#my-rooms .room-link:has-text('By invitation')")
        await guest.page.wait_for_selector("#draft:enabled")
        await guest.page.click("#open-info")
        await guest.page.click("#leave")
        await guest.page.click("#sure-now")
        await guest.page.wait_for_url("**/rooms")
        await guest.page.wait_for_selector("#my-rooms-note:not(:empty)")
        await owner.page.wait_for_selector("#lines .event:has-text('left.')", state="attached")
        await guest.open(f"/rooms/{room_id}")
        await guest.page.wait_for_selector("#cover:visible")
        assert await guest.page.is_disabled("#draft")


async def test_an_erased_member_goes_from_the_open_drawer(base_url: str, owner: Reader) -> None:
    async with speaker(base_url, "alex") as guest:
        room_id = await owner.new_room("open", "Open drawer")
        await guest.insist("GET", f"/chat/{room_id}")
        await owner.enter(room_id)
        await owner.page.click("#open-info")
        gone = owner.page.locator("#members li", has_text=f"@{guest.user_id}")
        await gone.wait_for()
        await guest.call("DELETE", "/user/me", {"password": PASSWORD})
        await gone.wait_for(state="detached")
        assert await owner.page.locator("#members li").count() == 1
        assert owner.faults == []


async def test_a_link_from_another_site_asks_before_it_joins(owner: Reader, guest: Reader) -> None:
    room_id = await owner.new_room("open", "Asked first")
    await guest.open(f"/rooms/{room_id}?ask=1")
    await guest.page.wait_for_selector("#cover:visible")
    room = await owner.api("GET", f"/chat/{room_id}")
    assert room["memberCount"] == 1
    await guest.page.click("#cover button")
    await guest.page.wait_for_selector("#draft:enabled")
    room = await owner.api("GET", f"/chat/{room_id}")
    assert room["memberCount"] == 2


async def test_the_list_shows_the_last_message_as_it_comes(reader: Reader) -> None:
    quiet = await reader.new_room("group", "Quiet")
    await reader.new_room("group", "Later")
    await reader.open("/rooms")
    first = reader.page.locator("#my-rooms .room-link").first
    await first.filter(has_text="Later").wait_for()
    await reader.say(quiet, "not so quiet")
    await first.filter(has_text="not so quiet").wait_for()
    assert reader.faults == []


async def test_a_room_is_made_in_the_dialog(owner: Reader, alex: Reader) -> None:
    await owner.open("/rooms")
    await owner.page.click("#open-create")
    await owner.page.fill("#create-name", "새 방")
    await owner.page.fill("#create-people", f"@{alex.user_id}")
    await owner.page.keyboard.press("Enter")
    await owner.page.wait_for_selector("#room-name:has-text('새 방')")
    await owner.page.wait_for_selector("#room-count:has-text('2 members')")
    assert owner.faults == []
