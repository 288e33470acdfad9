"""The words page and the search page, fed by real messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import TimeoutError as NotYet

from tests.e2e.readers import Reader

if TYPE_CHECKING:
    from playwright.async_api import Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

TRIES = 30
# How often a word of 17 letters fits into one message.
A_MESSAGE = 200

# Notes the page's streams of events.
_STREAMS = """
globalThis.streams = [];
globalThis.EventSource = class extends EventSource {
  constructor(...given) { super(...given); streams.push(this); }
};"""


def new_word(stem: str) -> str:
    """A word of letters only that nobody has said."""
    import secrets

    return stem + "".join(secrets.choice("abcdefghijklmnop") for _ in range(10))


async def until_shown(reader: Reader, button: str, sign: str) -> None:
    """Press the button until the sign appears: what is said is counted and indexed a bit later."""
    for number in range(TRIES):
        await reader.page.click(button)
        try:
            # Ever longer: a busy machine takes its time to answer.
            await reader.page.wait_for_selector(sign, timeout=1_000 + 250 * number)
        except NotYet:
            continue
        return
    raise AssertionError(f"{sign} did not appear")


async def test_a_said_word_is_counted_and_its_bar_appears(reader: Reader) -> None:
    room_id = await reader.new_room("open", "Counting")
    word = new_word("bicycle")
    top = (await reader.api("GET", "/stats/words?top=20"))["words"]
    most = top[0]["count"] if top else 0
    times = most // A_MESSAGE + 1
    for _ in range(times):
        await reader.say(room_id, f"{word} " * A_MESSAGE)
    shown = f"{times * A_MESSAGE:,}"
    await reader.open("/words")
    await reader.page.fill("#look-word", word)
    await until_shown(reader, "#look button", f"#look-result:has-text('{shown} times')")
    row = reader.page.locator("#words tr", has_text=word)
    await row.wait_for()
    await row.locator(".count", has_text=shown).wait_for()
    assert reader.faults == []


async def test_a_paused_page_listens_no_more(reader: Reader) -> None:
    await reader.page.add_init_script(_STREAMS)
    await reader.open("/words")
    await reader.page.wait_for_selector("#words-as-of:not(:empty)")
    await reader.page.wait_for_function("() => streams.at(-1)?.readyState === EventSource.OPEN")
    await reader.page.click("#pause")
    assert await reader.page.get_attribute("#pause", "aria-pressed") == "true"
    assert await reader.page.evaluate("streams.every((s) => s.readyState === s.CLOSED)")
    await reader.page.click("#pause")
    await reader.page.wait_for_function("() => streams.at(-1).readyState === EventSource.OPEN")
    assert reader.faults == []


async def test_a_search_that_was_not_answered_in_time_is_asked_again(reader: Reader) -> None:
    away = 2
    fault = {"error": {"code": "STORE_UNAVAILABLE", "message": "It is away."}}

    async def answer(route: Route) -> None:
        nonlocal away
        away -= 1
        await (route.fulfill(status=503, json=fault) if away >= 0 else route.continue_())

    await reader.page.route("**/search/messages?*", answer)
    await reader.open(f"/search?q={new_word('needle')}")
    await reader.page.wait_for_selector("#search-note:has-text('Nothing found')")
    assert away == -1
    away = 3
    await reader.page.click("#search button[type=submit]")
    await reader.page.wait_for_selector("#search-note:has-text('It is away.')")
    assert away == 0


async def test_a_message_is_found_marked_and_leads_to_its_room(
    reader: Reader, guest: Reader
) -> None:
    room_id = await reader.new_room("group", "Findable")
    word = new_word("needle")
    await reader.say(room_id, f"a {word} & <b>hay</b>")
    await reader.open("/search")
    await reader.page.fill("#query", word)
    await until_shown(reader, "#search button[type=submit]", ".hit")
    assert await reader.page.locator(".hit mark").all_text_contents() == [word]
    assert await reader.page.inner_text(".hit-text") == f"a {word} & <b>hay</b>"
    await guest.open(f"/search?q={word}")
    await guest.page.wait_for_selector("#search-note:has-text('Nothing found')")
    await reader.page.click(".hit")
    await reader.page.wait_for_url(f"**/rooms/{room_id}?seq=1")
    await reader.page.wait_for_selector(f".said.flash:focus:has-text('{word}')")
    assert reader.faults == []
