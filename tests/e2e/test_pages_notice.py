"""The notice of a room in two browsers: set, followed, folded away, reserved and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import Pair, Reader
from tests.e2e.test_pages_talk import PIN, choose, said

if TYPE_CHECKING:
    from playwright.async_api import Response

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LOCKED = "Only the owner of the room may set or end its notice."


async def shows(reader: Reader, text: str) -> None:
    """Returns when the notice is this text, folded to its line."""
    await reader.page.locator("#notice-line", has_text=text).wait_for()
    await reader.page.wait_for_selector("#notice-body", state="hidden")


async def shows_none(reader: Reader) -> None:
    """Returns when the room shows no notice, and offers none."""
    await reader.page.wait_for_selector("#notice", state="hidden")
    await reader.page.wait_for_selector("#notice-show", state="hidden")


async def comes_anew(reader: Reader) -> None:
    """Load the page again; returns when it has asked for the notice behind its subscription."""
    answers: list[Response] = []

    def asked_twice(response: Response) -> bool:
        if response.url.endswith("/notice"):
            answers.append(response)
        return len(answers) == 2

    async with reader.page.expect_response(asked_twice):
        await reader.page.reload()


async def entries_of(reader: Reader, text: str) -> list[str]:
    """What the menu of a message offers."""
    await said(reader, text).first.locator(".bubble-more").press("Enter")
    entries = await reader.page.get_by_role("menuitem").all_text_contents()
    await reader.page.keyboard.press("Escape")
    return entries


async def write_notice(reader: Reader, text: str) -> None:
    """Write one in the drawer of the room, and leave the drawer."""
    await reader.page.click("#open-info")
    await reader.page.fill("#notice-new", text)
    await reader.page.get_by_role("button", name="Set notice").click()
    await reader.page.locator("#notice-note", has_text="The notice was set.").wait_for()
    await reader.page.keyboard.press("Escape")


async def test_a_message_is_the_notice_of_both_follows_its_edit_and_ends_with_it(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    await owner.write("see you at sevn")
    await guest.sees("see you at sevn")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await choose(guest, "see you at sevn", PIN)
    for reader in (owner, guest):
        await shows(reader, "see you at sevn")
    await owner.page.click("#notice-head")
    await owner.page.locator("#notice-text:visible", has_text="see you at sevn").wait_for()
    assert await owner.page.inner_text("#notice-line") == "Notice"
    assert "Alex" in await owner.page.inner_text("#notice-by")
    await owner.page.click("#notice-go")
    await owner.page.wait_for_selector(".said.flash:focus")
    await choose(owner, "see you at sevn", "Edit")
    await owner.page.locator(".edit textarea").fill("see you at seven")
    await owner.page.keyboard.press("Enter")
    for reader in (owner, guest):
        await shows(reader, "see you at seven")
    await comes_anew(guest)
    await shows(guest, "see you at seven")
    await choose(owner, "see you at seven", "Delete for everybody")
    await owner.page.click("#sure-now")
    for reader in (owner, guest):
        await shows_none(reader)
    await comes_anew(guest)
    await shows_none(guest)
    assert owner.faults + guest.faults == []


async def test_a_notice_folded_away_stays_so_on_this_device_until_the_next(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    await write_notice(guest, "Bring water\nand a hat: https://hats.example")
    for reader in (owner, guest):
        await shows(reader, "Bring water")
    await guest.page.click("#notice-head")
    assert await guest.page.get_attribute("#notice-text a", "href") == "https://hats.example"
    await guest.page.click("#notice-fold")
    await guest.page.wait_for_selector("#notice-show:focus")
    await comes_anew(guest)
    await guest.page.wait_for_selector("#notice-show:visible")
    assert await guest.page.is_hidden("#notice")
    await comes_anew(owner)
    await shows(owner, "Bring water")
    assert await owner.page.is_hidden("#notice-show")
    await write_notice(owner, "Bring nothing")
    await shows(guest, "Bring nothing")
    assert await guest.page.is_hidden("#notice-show")
    assert owner.faults + guest.faults == []


async def test_the_owner_reserves_it_and_whoever_tries_is_told(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    await owner.write("the rules")
    await guest.sees("the rules")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await write_notice(owner, "Be kind")
    await shows(guest, "Be kind")
    await owner.page.click("#open-info")
    await owner.page.check("#notice-reserved")
    await owner.page.locator("#notice-note", has_text="Saved.").wait_for()
    await owner.page.keyboard.press("Escape")
    await choose(guest, "the rules", PIN)
    await guest.page.locator("#room-note", has_text=LOCKED).wait_for()
    assert [fault for fault in guest.faults if "403" not in fault] == []
    guest.faults.clear()
    for _ in range(2):
        assert PIN not in await entries_of(guest, "the rules")
        await guest.page.click("#notice-head")
        assert await guest.page.is_hidden("#notice-end")
        await guest.page.click("#open-info")
        assert await guest.page.is_hidden("#notice-form")
        await comes_anew(guest)
        await shows(guest, "Be kind")
    await choose(owner, "the rules", PIN)
    await shows(guest, "the rules")
    await owner.page.click("#notice-head")
    await owner.page.click("#notice-end")
    await owner.page.wait_for_selector("#scroller:focus")
    for reader in (owner, guest):
        await shows_none(reader)
    assert owner.faults + guest.faults == []
