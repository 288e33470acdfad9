"""The talk drawer in the browser: the star beside a message, and the page with what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import Pair, Reader, member
from tests.e2e.test_pages_access import violations

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def test_a_saved_message_is_in_the_drawer_until_it_is_let_go(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    await owner.write("주소: 서울시 종로구 1")
    await guest.sees("주소: 서울시 종로구 1")
    said = guest.page.locator("#lines .said", has_text="주소")
    await said.press("Enter")
    await guest.page.get_by_role("menuitem", name="Save this message").press("Enter")
    await said.locator(".star[aria-pressed=true]").wait_for()
    await guest.open("/saved")
    kept = guest.page.locator("#saved .saved-item")
    await kept.filter(has_text="주소: 서울시 종로구 1").filter(has_text="주말 등산").wait_for()
    assert await violations(guest) == []
    await kept.locator("a").click()
    await guest.page.wait_for_url("**/rooms/*?seq=1")
    await guest.page.wait_for_selector(".said.flash:focus:has-text('주소')")
    await guest.page.go_back()
    await guest.page.wait_for_selector("#saved .saved-item a:focus")
    await owner.open("/saved")
    await owner.page.wait_for_selector("#saved-note:not(:empty)")
    assert await owner.page.locator("#saved .saved-item").count() == 0
    await kept.locator("button").click()
    await kept.wait_for(state="detached")
    await guest.page.reload()
    await guest.page.wait_for_selector("#saved-note:has-text('Nothing saved yet')")
    assert owner.faults + guest.faults == []


async def test_of_a_room_one_has_left_the_drawer_shows_nothing(
    base_url: str, browser: Browser, owner: Reader
) -> None:
    async with member(browser, base_url, "Alex") as guest:
        room_id = await owner.new_room("group", "Only once", guest.user_id)
        said = await owner.api("POST", f"/chat/{room_id}", {"message": "a secret of this room"})
        await guest.api("PUT", f"/chat/saved/{room_id}/{said['messageId']}")
        await guest.api("DELETE", f"/chat/{room_id}/participants/{guest.user_id}")
        await guest.open("/saved")
        kept = guest.page.locator("#saved .saved-item")
        await kept.filter(has_text="not a member of this room").wait_for()
        text = await guest.page.locator("#saved").inner_text()
        assert "secret" not in text
        assert "Only once" not in text
        assert guest.faults == []
