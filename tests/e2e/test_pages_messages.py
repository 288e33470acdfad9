"""The messages of a room: one stop of Tab with arrows inside, tools on a phone, and their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.embedded.stack import Stack
from tests.e2e.painting import painted_beyond
from tests.e2e.readers import NARROW, Reader, member
from tests.e2e.scenery import lengthened

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

# The number of the message with the focus, and what of it has it.
_FOCUS = """(() => {
  const at = document.activeElement;
  const seq = Number(at.closest(".said")?.dataset.seq ?? 0);
  return [seq, at.className.split(" ")[0] || at.localName];
})()"""
_STOPS = """[...document.querySelectorAll("#lines *")]
  .filter(({tabIndex}) => tabIndex >= 0).length"""
# Scrolls the messages, and waits until the page has been told.
_SCROLL = """async (by) => {
  document.querySelector("#scroller").scrollBy(0, by);
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
}"""
_LONG_PRESS = """(node) => node.dispatchEvent(new PointerEvent("contextmenu",
  {pointerType: "touch", bubbles: true, cancelable: true}))"""


async def focus(reader: Reader) -> Any:
    return await reader.page.evaluate(_FOCUS)


async def press(reader: Reader, *keys: str) -> Any:
    for key in keys:
        await reader.page.keyboard.press(key)
    return await focus(reader)


async def talked(reader: Reader, count: int = 4) -> str:
    """A room with so many messages, the second of which has a link and quotes the first."""
    room_id = await reader.new_room("group", "Keys")
    path = f"/chat/{room_id}"
    first = await reader.api("POST", path, {"message": "message 1"})
    answer = {"message": "see https://a.example", "replyTo": first["messageId"]}
    await reader.api("POST", path, answer)
    for number in range(3, count + 1):
        await reader.say(room_id, f"message {number}")
    return room_id


async def test_the_messages_are_one_stop_and_arrows_lead_within(reader: Reader) -> None:
    await reader.enter(await talked(reader))
    await reader.page.focus("#draft")
    assert await press(reader, "Shift+Tab") == [4, "said"]
    assert await reader.page.evaluate(_STOPS) == 1
    assert await press(reader, "ArrowUp", "ArrowUp") == [2, "said"]
    assert await press(reader, "ArrowRight") == [2, "quote"]
    assert await press(reader, "ArrowRight") == [2, "a"]
    assert await press(reader, "ArrowRight") == [2, "star"]
    assert await press(reader, "ArrowRight") == [2, "bubble-more"]
    assert await press(reader, "ArrowLeft", "Escape") == [2, "said"]
    assert await press(reader, "Home") == [1, "said"]
    assert await press(reader, "ArrowUp") == [1, "said"]
    assert await press(reader, "End") == [4, "said"]
    for key in ("Enter", "Shift+F10", "ContextMenu"):
        await press(reader, key)
        assert await reader.page.locator("[role=menuitem]:focus").count() == 1
        assert await press(reader, "Escape") == [4, "said"]
    assert await press(reader, "ArrowUp", "Tab") == [0, "textarea"]
    assert await press(reader, "Shift+Tab") == [3, "said"]
    assert reader.faults == []


async def test_a_message_says_who_said_what_and_when(reader: Reader) -> None:
    await reader.enter(await talked(reader))
    item = reader.page.get_by_role("listitem", name="message 4")
    assert await item.count() == 1
    (told,) = await item.evaluate_all(
        "items => items.map((item) => item.getAttribute('aria-labelledby').split(' ')"
        ".map((id) => document.getElementById(id).textContent).join(' '))"
    )
    assert told.startswith("You:  message 4 Stored, ")
    keys = reader.page.locator("#log").get_attribute("aria-describedby")
    assert await reader.page.locator(f"#{await keys}").text_content()


async def test_the_focus_stays_with_its_message(stack: Stack, reader: Reader) -> None:
    room_id = await reader.new_room("group", "Long")
    with lengthened(stack, room_id, reader.user_id, 130):
        await the_focus_stays(reader, room_id)


async def the_focus_stays(reader: Reader, room_id: str) -> None:
    """While messages come at both ends of 130, and one is drawn anew."""
    await reader.enter(room_id)
    await reader.page.focus("#draft")
    start, _ = await press(reader, "Shift+Tab", "Home")
    assert start > 1
    await reader.page.wait_for_selector(f".said[data-seq='{start - 20}']", state="attached")
    assert await focus(reader) == [start, "said"]
    await reader.say(room_id, "message 131")
    await reader.page.wait_for_selector(".said[data-seq='131']", state="attached")
    assert await focus(reader) == [start, "said"]
    # Drawn anew without it: the nearest has the focus, and is the stop.
    await reader.page.evaluate("document.activeElement.remove()")
    assert await focus(reader) == [start + 1, "said"]
    assert await reader.page.evaluate(_STOPS) == 1
    # Who has left comes back to it while it is in view, and else to the last that is.
    await press(reader, "Tab")
    await reader.page.evaluate(_SCROLL, 1)
    assert await press(reader, "Shift+Tab") == [start + 1, "said"]
    await reader.page.focus("#draft")
    await reader.page.evaluate(_SCROLL, 100_000)
    assert await press(reader, "Shift+Tab") == [131, "said"]
    assert reader.faults == []


async def test_what_a_message_loses_does_not_take_the_focus(reader: Reader) -> None:
    room_id = await talked(reader)
    await reader.enter(room_id)
    link = reader.page.locator(".said[data-seq='2'] .bubble a")
    await link.focus()
    messages = (await reader.api("GET", f"/chat/{room_id}/messages"))["messages"]
    path = f"/chat/{room_id}/messages/{messages[1]['messageId']}"
    await reader.api("PATCH", path, {"message": "no link"})
    await reader.sees("no link")
    assert await focus(reader) == [2, "said"]
    await press(reader, "End", "Enter", "ArrowUp")
    assert await reader.page.locator("[role=menuitem]:focus").inner_text() == (
        "Delete for everybody"
    )
    await press(reader, "Enter")
    await reader.page.press("#sure-now", "Enter")
    await reader.page.wait_for_selector(".said.gone[data-seq='4']")
    await reader.page.wait_for_selector("#sure", state="hidden")
    assert await focus(reader) == [4, "said"]
    assert reader.faults == []


async def test_on_a_phone_the_text_has_the_width_and_one_menu_the_tools(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url, viewport=NARROW, has_touch=True) as reader:
        room_id = await talked(reader)
        await reader.say(room_id, "long words " * 30)
        await reader.enter(room_id)
        item = reader.page.locator(".said[data-seq='5']")
        box = await item.locator(".bubble").bounding_box()
        assert box is not None
        assert box["width"] > 0.65 * NARROW["width"]
        assert await item.locator(".star").is_hidden()
        size = await item.locator(".bubble-more").bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 24  # WCAG 2.5.8
        # What a long press is told as.
        await item.locator(".bubble").evaluate(_LONG_PRESS)
        await reader.page.get_by_role("menuitem", name="Save this message").press("Enter")
        await item.locator(".star[aria-pressed=true]").wait_for()
        await item.press("Enter")
        menu = reader.page.get_by_role("menu")
        await menu.get_by_role("menuitem", name="Remove from saved messages").wait_for()
        box = await menu.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= NARROW["width"]
        assert reader.faults == []


# Where what people write is shown, the inner before the outer; and how much of an em beyond a line
# its letters need: Arabic above, Tibetan below, of Noto's fonts at a leading of 1.3.
PLACES = (
    ".said[data-seq='2'] .quote strong",
    ".said[data-seq='2'] .bubble",
    ".said[data-seq='1'] .author",
    ".room-name",
    ".room-last",
    "#room-name",
)
ABOVE, BELOW = 0.18, 0.48


async def test_marks_without_end_stay_in_their_place_and_real_ones_are_whole(
    owner: Reader, guest: Reader
) -> None:
    await guest.page.emulate_media(reduced_motion="reduce")
    room_id = await talked(owner, 2)
    await owner.api("POST", f"/chat/{room_id}/participants", {"userId": guest.user_id})
    await guest.enter(room_id)
    # A list that is not there yet has no number either.
    await guest.page.locator(".room-last").first.wait_for()
    await guest.page.wait_for_function("() => !document.querySelector('.unread, .room-unread')")
    for place in PLACES:
        element = guest.page.locator(place).first
        await element.wait_for()
        size, above, below = await element.evaluate(
            "(node) => ['fontSize', 'paddingTop', 'paddingBottom'].map((each) =>"
            " parseFloat(getComputedStyle(node)[each]))"
        )
        assert above >= ABOVE * size, place
        assert below >= BELOW * size, place
        over, under = await painted_beyond(guest.page, element)
        assert max(over, under) < 1, place  # less is the edge of a box between two pixels
