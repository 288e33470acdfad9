"""Nothing that people write can act in a page, and every page keeps the strict policy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import Reader, stranger

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    '"><script>alert(1)</script>',
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }} ${7 * 7}",
)
PAGES = ("/rooms", "/words", "/search?q=script")
ACTIVE_TAGS = "#lines img, #lines script, #my-rooms img, #my-rooms script, #members script"


# What a page shows when all that people wrote is on it.
FILLED = {
    "/rooms": "#my-rooms .room-link",
    "/words": "main:has(#words-as-of:not(:empty)) #words-room option + option",
    "/search?q=script": ".hit, #search-note:has-text('Nothing found')",
}


async def see_lists(reader: Reader) -> None:
    """Open every page that shows what people wrote, but the room."""
    for path in PAGES:
        await reader.open(path)
        await reader.page.wait_for_selector(FILLED[path], state="attached")
        assert await reader.page.locator(ACTIVE_TAGS).count() == 0


async def see_room(reader: Reader, room_id: str) -> None:
    """Open the room and the dialog that shows its members."""
    await reader.enter(room_id)
    await reader.page.click("#open-info")
    await reader.page.wait_for_selector("#members li")
    assert await reader.page.locator(ACTIVE_TAGS).count() == 0
    await reader.page.keyboard.press("Escape")


async def see_all(reader: Reader, room_id: str) -> None:
    """Open every page and dialog that shows what people wrote."""
    await see_lists(reader)
    await see_room(reader, room_id)


async def test_messages_and_names_are_shown_as_they_were_written(
    base_url: str, browser: Browser, reader: Reader
) -> None:
    async with stranger(browser, base_url) as author:
        for text in HOSTILE:
            await author.page.goto("about:blank")  # the former author's page asks nothing more
            await author.become(text[:40])
            room_id = await author.new_room("open", text[:60])
            await reader.enter(room_id)
            await author.say(room_id, text)
            await reader.sees(text)
            assert (await reader.shown())[-1] == text
            assert await reader.page.inner_text("#room-name") == text[:60]
            assert text[:40] in await reader.page.locator("#lines .author").last.inner_text()
            await asyncio.gather(see_room(reader, room_id), see_all(author, room_id))
        assert author.faults == []
    await see_lists(reader)
    assert reader.faults == []


async def test_every_page_forbids_inline_script_and_other_sites(
    base_url: str, reader: Reader
) -> None:
    room_id = await reader.new_room("group", "Policy")
    for path in ("/login?next=/rooms", *PAGES, f"/rooms/{room_id}", "/no/such/page"):
        response = await reader.context.request.get(
            base_url + path, headers={"Accept": "text/html"}, max_redirects=0
        )
        assert "text/html" in response.headers["content-type"]
        policy = response.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        text = await response.text()
        assert " style=" not in text
        assert " onclick=" not in text


async def test_an_injected_script_would_not_run(base_url: str, browser: Browser) -> None:
    async with stranger(browser, base_url) as reader:
        await reader.open("/login")
        await reader.page.evaluate(
            """() => { const script = document.createElement("script");
              script.textContent = "window.ran = true"; document.body.append(script); }"""
        )
        assert await reader.page.evaluate("window.ran") is None
        assert any("CSP: script-src" in fault for fault in reader.faults)


async def test_a_stranger_gets_no_page_of_a_member(base_url: str, browser: Browser) -> None:
    async with stranger(browser, base_url) as reader:
        for path in ("/", *PAGES, "/rooms/00000000-0000-4000-8000-000000000000"):
            await reader.open(path)
            assert "/login" in reader.page.url


async def drop(reader: Reader, selector: str, data: dict[str, object]) -> None:
    """Drag something from outside of the browser and let it go over the element."""
    devtools = await reader.context.new_cdp_session(reader.page)
    box = await reader.page.locator(selector).bounding_box()
    assert box is not None
    # Near its top: the middle of a long page is not on the screen.
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(box["height"], 200) / 2}
    full = {"items": [], "files": [], "dragOperationsMask": 1, **data}
    for kind in ("dragEnter", "dragOver", "drop"):
        await devtools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": full})
    await devtools.detach()


# A paste as browsers make it of a picture that was copied, perhaps with its text.
_PASTES = """([selector, text]) => { const data = new DataTransfer();
  data.items.add(new File(["x"], "x.png", {type: "image/png"}));
  if (text) data.setData("text/plain", text);
  return document.querySelector(selector).dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }"""


async def test_a_file_that_is_dropped_or_pasted_leaves_every_page_where_it_is(
    base_url: str, tmp_path: Path, reader: Reader
) -> None:
    file = tmp_path / "note.txt"
    file.write_text("a file")
    tabs = len(reader.context.pages)
    room_id = await reader.new_room("group", "Files")
    for path in ("/rooms", "/search", "/docs", "/no/such/page"):
        await reader.open(path)
        await drop(reader, "#main", {"files": [str(file)]})
        assert reader.page.url == base_url + path
    await reader.enter(room_id)
    for place in ("#scroller", "#draft", ".pane"):
        await drop(reader, place, {"files": [str(file)]})
        await reader.page.wait_for_selector("#room-note:has-text('Files can’t be sent yet')")
        await reader.page.evaluate("document.getElementById('room-note').replaceChildren()")
    assert reader.page.url == f"{base_url}/rooms/{room_id}"
    await reader.page.fill("#draft", "see  there")
    await reader.page.evaluate("document.getElementById('draft').setSelectionRange(4, 4)")
    await drop(reader, "#scroller", {"items": [{"mimeType": "text/plain", "data": "맛집"}]})
    assert await reader.page.input_value("#draft") == "see 맛집 there"
    assert await reader.page.evaluate(_PASTES, ["#draft", "text beside"])  # the field takes it
    assert not await reader.page.evaluate(_PASTES, ["#draft", ""])
    await reader.page.wait_for_selector("#room-note:has-text('Files can’t be sent yet')")
    assert not await reader.page.evaluate(_PASTES, ["#scroller", "!"])
    assert await reader.page.input_value("#draft") == "see 맛집! there"
    assert len(reader.context.pages) == tabs  # nor was it opened in a tab of its own
