"""Among 500 chats: the open one is there, the list loads on, names are found, Back returns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from infra.embedded.stack import Stack
from tests.e2e.readers import Reader, member
from tests.e2e.test_pages_access import NARROW, WIDE, judge, violations
from tests.generated import cursor_on, filled, homes_of, room_ids

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

MANY = 500
# The rooms are called by their place in the list, and are as old as it says.
_NAMES = """
update rooms r set name = '밤샘 ' || n, active_at = now() - n * interval '1 minute',
    created_at = now() - n * interval '1 minute'
from unnest(%s::uuid[], %s::int[]) as t (id, n) where r.room_id = id
"""
IDS = "[...document.querySelectorAll('#my-rooms > li')].map(({dataset}) => dataset.room)"
# Whether the open room's row is marked, and wholly on the screen, below the field.
IN_VIEW = """() => {
  const row = document.querySelector("#my-rooms [aria-current=page]")?.getBoundingClientRect();
  const field = document.getElementById("find-mine").getBoundingClientRect();
  const panel = document.getElementById("panel-mine").getBoundingClientRect();
  return Boolean(row) && row.top >= field.bottom - 1 && row.bottom <= panel.bottom + 1;
}"""


@pytest.fixture
async def reader(
    stack: Stack, base_url: str, browser: Browser
) -> AsyncIterator[tuple[Reader, list[str]]]:
    """Somebody in many rooms, and their ids, latest first."""
    dsns = {name: dsn for name, dsn in stack.dsns.items() if name != "auth"}
    rooms = room_ids(homes_of(next(iter(dsns.values()))), MANY)
    ids = sorted(each for found in rooms.values() for each in found)
    async with member(browser, base_url, viewport=WIDE) as reader:
        with cursor_on(stack.dsns["auth"]) as cursor:
            cursor.execute(
                "select account_id::text from accounts where user_id = %s", (reader.user_id,)
            )
            [[account_id]] = cursor.fetchall()
        with filled(dsns, rooms, account_id, members=2, messages=0):
            for dsn in dsns.values():
                with cursor_on(dsn) as cursor:
                    cursor.execute(_NAMES, (ids, list(range(len(ids)))))
            yield reader, ids


def top_of(room_id: str) -> str:
    return f"document.querySelector('[data-room=\"{room_id}\"]')?.getBoundingClientRect().top"


async def test_the_open_room_is_in_the_list_and_the_list_stays_where_it_is(
    reader: tuple[Reader, list[str]],
) -> None:
    owner, ids = reader
    page = owner.page
    await owner.enter(ids[450])
    await page.wait_for_function(IN_VIEW)
    await page.wait_for_selector(f'#my-rooms [data-room="{ids[451]}"]', state="attached")
    shown: list[str] = await page.evaluate(IDS)
    assert shown == ids[: len(shown)]
    await page.wait_for_function(IN_VIEW)
    assert await violations(owner) == []
    top = await page.evaluate(top_of(ids[450]))
    await page.click(f'[data-room="{ids[449]}"] a')
    await page.wait_for_url(f"**/rooms/{ids[449]}")
    await page.wait_for_function(IN_VIEW)
    await page.wait_for_function(f"() => Math.abs({top_of(ids[450])} - {top}) < 2")
    # What comes live moves to the top; what is looked at stays.
    await owner.say(ids[5], "hello")
    await page.wait_for_selector(
        f'#my-rooms > li:first-child[data-room="{ids[5]}"]', state="attached"
    )
    assert abs(await page.evaluate(top_of(ids[450])) - top) < 2
    await page.go_back()
    await page.wait_for_url(f"**/rooms/{ids[450]}")
    await page.wait_for_function(IN_VIEW)
    await page.wait_for_function(f"() => Math.abs({top_of(ids[450])} - {top}) < 2")
    assert owner.faults == []


async def test_ones_chats_are_found_by_name_while_one_types(
    reader: tuple[Reader, list[str]],
) -> None:
    owner, ids = reader
    page = owner.page
    await owner.enter(ids[450])
    await page.wait_for_function(IN_VIEW)
    keyboard = await owner.context.new_cdp_session(page)
    await page.focus("#find-mine-text")
    for shown in ("ㅂ", "바", "밤"):
        composed = {"text": shown, "selectionStart": 1, "selectionEnd": 1}
        async with page.expect_response(f"**/chat?*q={quote(shown)}*") as answered:
            await keyboard.send("Input.imeSetComposition", composed)
        assert (await (await answered.value).json())["rooms"], shown
    await keyboard.send("Input.insertText", {"text": "밤"})
    await page.keyboard.type("샘 487")
    await page.wait_for_function(f"() => {IDS}.length === 1")
    assert await page.evaluate(IDS) == [ids[487]]
    await page.fill("#find-mine-text", "ㅂㅅ 48")
    await page.wait_for_function(f"() => {IDS}.length === 15")
    assert await page.evaluate(IDS) == [*ids[48:449:100], *ids[480:490]]
    await page.click(f'[data-room="{ids[482]}"] a')
    await page.wait_for_selector("#draft:enabled")
    await page.go_back()
    await page.wait_for_function(f"() => {IDS}.length === 15")
    assert await page.input_value("#find-mine-text") == "ㅂㅅ 48"
    await page.fill("#find-mine-text", "nobody")
    await page.wait_for_selector("#my-rooms-note:has-text('None of your chats has')")
    assert await judge(owner, "list-none") == []
    await page.set_viewport_size(WIDE)
    await page.focus("#find-mine-text")
    await page.keyboard.press("Escape")
    await page.wait_for_function(f"() => {IDS}.length >= 50")
    assert await page.input_value("#find-mine-text") == ""
    assert owner.faults == []


async def test_the_list_loads_on_by_itself_and_goes_on_after_a_failure(
    reader: tuple[Reader, list[str]],
) -> None:
    owner, ids = reader
    page = owner.page
    await page.set_viewport_size(NARROW)
    await owner.open("/rooms")
    await page.wait_for_function(f"() => {IDS}.length >= 50")
    away = 0

    async def once(route: Route) -> None:
        nonlocal away
        away += 1
        await (route.abort() if away == 1 else route.continue_())

    await page.route("**/chat?cursor=*", once)
    to_end = "document.getElementById('panel-mine').scrollTop = 1e9"
    await page.evaluate(to_end)
    await page.wait_for_selector("#my-rooms-note:has-text('could not be loaded')")
    owner.faults.clear()  # the call that was cut off
    await page.click("#my-rooms-note button")
    while len(await page.evaluate(IDS)) < MANY:
        shown = len(await page.evaluate(IDS))
        await page.evaluate(to_end)
        await page.wait_for_function(f"() => {IDS}.length > {shown}")
    assert await page.evaluate(IDS) == ids
    assert await page.is_hidden("#my-rooms-more")
    await page.evaluate(f"document.querySelector('[data-room=\"{ids[300]}\"]').scrollIntoView()")
    top = await page.evaluate(top_of(ids[302]))
    await page.click(f'[data-room="{ids[302]}"] a')
    await page.wait_for_selector("#draft:enabled")
    await page.go_back()
    await page.wait_for_selector(f'[data-room="{ids[302]}"] a:focus')
    await page.wait_for_function(f"() => Math.abs({top_of(ids[302])} - {top}) < 2")
    assert await judge(owner, "list-many") == []
    assert owner.faults == []
