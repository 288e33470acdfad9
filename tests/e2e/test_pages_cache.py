"""What pages load stays in the browser: a second page loads none of it, icons need no network."""

from __future__ import annotations

import pytest

from tests.e2e.readers import Reader

pytestmark = [pytest.mark.stack, pytest.mark.browser]

# (name, bytes that came over the network) of each static file that the page has loaded.
_LOADED = """performance.getEntriesByType("resource")
  .filter(({name}) => new URL(name).pathname.startsWith("/static/"))
  .map(({name, transferSize}) => [new URL(name).pathname, transferSize])"""
# The icons of the page that are shown but have nothing in them.
_EMPTY_ICONS = """[...document.querySelectorAll("svg.icon")]
  .filter((svg) => svg.checkVisibility())
  .filter((svg) => svg.querySelector("use").getBBox().width === 0)
  .map((svg) => svg.outerHTML)"""


async def test_a_second_page_loads_no_static_file_again(reader: Reader) -> None:
    room_id = await reader.new_room("group", "Kept")
    await reader.enter(room_id)
    first = await reader.page.evaluate(_LOADED)
    assert len(first) > 20
    assert all(name.startswith("/static/@") for name, _ in first)
    await reader.page.reload()
    await reader.page.wait_for_selector("#draft:enabled")
    await reader.open("/rooms")
    await reader.page.locator(".room-link").first.wait_for()
    await reader.enter(room_id)
    again = await reader.page.evaluate(_LOADED)
    assert len(again) > 20
    assert [name for name, size in again if size] == []


async def test_icons_are_there_without_a_network(reader: Reader) -> None:
    await reader.enter(await reader.new_room("group", "Away"))
    await reader.write("before")
    await reader.sees("before")
    await reader.context.set_offline(True)
    await reader.write("on its way")
    await reader.page.locator("#waiting .said svg.icon").wait_for()
    assert await reader.page.locator("svg.icon:visible").count() > 3
    assert await reader.page.evaluate(_EMPTY_ICONS) == []
