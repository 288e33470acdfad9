"""The search in a room: from hit to hit over several pages, whose, when, and back again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest

from tests.client.waiting import eventually
from tests.e2e.readers import NARROW, Reader
from tests.e2e.test_pages_access import judge
from tests.e2e.test_pages_words_search import new_word

pytestmark = [pytest.mark.stack, pytest.mark.browser]

A_PAGE = 50
OWN = A_PAGE + 4  # more than a page of the search, and of the room
SCROLLER = "document.getElementById('scroller')"
TO_THE_MIDDLE = f"{SCROLLER}.scrollTop = {SCROLLER}.scrollHeight / 2, {SCROLLER}.scrollTop"
FITS = "document.documentElement.scrollWidth <= innerWidth"
MARKED = "[...(CSS.highlights.get('found') ?? [])].map(String)"
FOUND = ".said.found:focus"


@dataclass(frozen=True)
class Haystack:
    """A room of two; a word in two old messages by the guest and many newer ones by the owner."""

    room_id: str
    word: str
    owner: Reader
    guest: Reader

    async def found(self, of: int) -> None:
        """Returns when the search finds so many."""
        await eventually(partial(self._finds, of), 180)

    async def _finds(self, of: int) -> bool:
        path = f"/search/messages?q={self.word}&roomId={self.room_id}&limit=50"
        page = await self.owner.api("GET", path)
        hits = page["hits"]
        if page["cursor"]:
            hits += (await self.owner.api("GET", f"{path}&cursor={page['cursor']}"))["hits"]
        return len(hits) == of


@pytest.fixture
async def haystack(owner: Reader, guest: Reader) -> Haystack:
    room_id = await owner.new_room("group", "건초", guest.user_id)
    hay = Haystack(room_id, new_word("needle"), owner, guest)
    for number in range(2):
        await guest.say(room_id, f"{hay.word} of the guest, {number}")
    for number in range(OWN):
        await owner.say(room_id, f"{number}: a {hay.word.upper()} in https://hay.example/{number}")
    await owner.say(room_id, "only hay")
    await hay.found(OWN + 2)
    return hay


async def search(reader: Reader, words: str) -> None:
    """Open the bar by its keys, and search."""
    await reader.page.keyboard.press("Control+Shift+KeyF")
    await reader.page.locator("#find-words:focus").fill(words)
    await reader.page.keyboard.press("Enter")


async def is_at(reader: Reader, count: str, text: str) -> None:
    """Returns when this hit is marked, has the focus and is counted so."""
    await reader.page.locator(FOUND, has_text=text).wait_for()
    await reader.page.locator("#find-count", has_text=count).wait_for()
    assert await reader.page.inner_text("#find-count") == count


async def test_from_hit_to_hit_over_pages_and_back(haystack: Haystack) -> None:
    hay, owner, page = haystack, haystack.owner, haystack.owner.page
    await owner.enter(hay.room_id)
    await page.focus("#draft")
    await search(owner, hay.word)
    last = OWN - 1
    await is_at(owner, "1", f"{last}: a")
    assert await page.evaluate(MARKED) == [hay.word.upper()]
    await page.wait_for_function(
        "() => document.getElementById('announcer').textContent.startsWith('1. Message from')"
    )
    await page.keyboard.press("Shift+Enter")
    await page.wait_for_selector("#find-note:has-text('newest message found')")
    await page.keyboard.press("Enter")
    await is_at(owner, "2", f"{last - 1}: a")
    await page.keyboard.press("Shift+Enter")
    await is_at(owner, "1", f"{last}: a")
    # What is said meanwhile moves no number.
    await hay.guest.say(hay.room_id, f"late {hay.word}")
    await hay.found(OWN + 3)
    for number in range(2, A_PAGE + 2):
        await page.click("#find-older")
        count = f"{number}" if number <= A_PAGE else f"{number} of {OWN + 2}"
        await is_at(owner, count, f"{OWN - number}: a")
    # A hit that is deleted meanwhile is passed over, and counted no more.
    (gone,) = [
        message
        for message in (await owner.api("GET", f"/chat/{hay.room_id}/messages?around=5"))[
            "messages"
        ]
        if message["message"].startswith(f"{OWN - A_PAGE - 2}: a")
    ]
    await owner.api("DELETE", f"/chat/{hay.room_id}/messages/{gone['messageId']}")
    await page.locator("#find-count", has_text=f"{A_PAGE + 1} of {OWN + 1}").wait_for()
    await page.keyboard.press("Enter")
    await is_at(owner, f"{A_PAGE + 2} of {OWN + 1}", f"{OWN - A_PAGE - 3}: a")
    for place in ("0: a", "guest, 1", "guest, 0"):
        await page.keyboard.press("Enter")
        await page.locator(FOUND, has_text=place).wait_for()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#find-note:has-text('oldest message found')")
    await is_at(owner, f"{OWN + 1} of {OWN + 1}", "guest, 0")
    # Back to the end of the room, and to the draft.
    await page.keyboard.press("Escape")
    await page.locator("#find").wait_for(state="hidden")
    await page.locator("#draft:focus").wait_for()
    await owner.sees(f"late {hay.word}")
    await page.locator("#to-newest").wait_for(state="hidden")
    assert await page.locator(".said.found").count() == 0
    assert owner.faults == []


async def test_a_search_opened_again_begins_where_the_reader_is(haystack: Haystack) -> None:
    hay, owner, page = haystack, haystack.owner, haystack.owner.page
    await owner.enter(hay.room_id)
    await search(owner, f"{hay.word} guest")
    await is_at(owner, "1 of 2", "guest, 1")
    await page.click("#find-close")
    await page.evaluate(TO_THE_MIDDLE)
    entries = await page.evaluate("history.length")
    await search(owner, f"{hay.word} guest")
    await is_at(owner, "1 of 2", "guest, 1")
    await page.wait_for_function("(before) => history.length === before + 1", arg=entries)
    await page.click("#find-close")
    await page.keyboard.press("Control+Shift+KeyF")
    await page.locator("#find-words:focus").wait_for()
    place = await page.evaluate(TO_THE_MIDDLE)
    await page.keyboard.press("Escape")
    await page.locator("#find").wait_for(state="hidden")
    assert await page.evaluate(f"{SCROLLER}.scrollTop") == place, "no hit has led away"
    assert owner.faults == []


async def test_a_hit_that_is_deleted_under_the_readers_eyes(haystack: Haystack) -> None:
    hay, owner, page = haystack, haystack.owner, haystack.owner.page
    await owner.enter(hay.room_id)
    await search(owner, f"{hay.word} guest")
    await is_at(owner, "1 of 2", "guest, 1")
    message_id = await page.locator(FOUND).get_attribute("data-message")
    await hay.guest.api("DELETE", f"/chat/{hay.room_id}/messages/{message_id}")
    await page.wait_for_selector("#find-note:has-text('deleted')")
    assert await page.locator(".said.found").count() == 0
    await page.click("#find-older")
    await is_at(owner, "1 of 1", "guest, 0")
    assert owner.faults == []


async def test_by_sender_and_time_on_a_phone(haystack: Haystack) -> None:
    hay, owner, page = haystack, haystack.owner, haystack.owner.page
    await page.set_viewport_size(NARROW)
    await owner.enter(hay.room_id)
    await page.click("#open-find")
    await page.fill("#find-words", hay.word)
    await page.click("#find-filters")
    options = page.locator("#find-sender option")
    await options.nth(2).wait_for(state="attached")
    assert await options.first.text_content() == "Anyone"
    await page.select_option("#find-sender", hay.guest.user_id)
    await is_at(owner, "1 of 2", "guest, 1")
    today = await page.evaluate("new Date(Date.now() + 32400000).toISOString().slice(0, 10)")
    await page.fill("#find-from", today)
    await page.fill("#find-to", today)
    await is_at(owner, "1 of 2", "guest, 1")
    await page.fill("#find-from", "2999-01-01")
    await page.wait_for_selector("#find-note:has-text('must not be before')")
    await page.fill("#find-to", "2999-01-01")
    await page.wait_for_selector("#find-note:has-text('Nothing found')")
    assert await page.inner_text("#find-count") == ""
    await page.fill("#find-from", "")
    await is_at(owner, "1 of 2", "guest, 1")
    assert await page.evaluate(FITS)
    assert await judge(owner, "room-search") == []
    await page.click("#find-close")
    await page.locator("#open-find:focus").wait_for()
    assert owner.faults == []


async def test_nothing_found_offers_what_may_have_been_meant(haystack: Haystack) -> None:
    hay, owner, page = haystack, haystack.owner, haystack.owner.page
    slip = f"{hay.word[:-1]}z"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await owner.enter(hay.room_id)
    await page.keyboard.press("Control+Shift+KeyF")
    await page.locator("#find-words:focus").press_sequentially(slip)
    await page.keyboard.press("Enter")
    offer = page.get_by_role("button", name=f"Did you mean “{hay.word}”?")
    await offer.wait_for()
    assert sum("/search/messages" in url for url in asked) == 1, "a search for each key"
    assert await page.locator(".said.found").count() == 0
    await offer.click()
    await is_at(owner, "1", f"{OWN - 1}: a")
    await page.keyboard.press("Escape")
    await owner.open(f"/search?q={slip}&sort=best")
    link = page.get_by_role("link", name=f"Did you mean “{hay.word}”?")
    await link.wait_for()
    assert await page.locator(".hit").count() == 0
    await link.click()
    await page.locator(".hit").first.wait_for()
    assert await page.input_value("#query") == hay.word
    assert await page.is_checked("input[value=best]")
    assert owner.faults == []
