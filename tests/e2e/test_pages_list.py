"""Among 500 chats: the open one is there, the list loads on, names are found, Back returns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from infra.embedded.stack import Stack
from tests.e2e.readers import NARROW, Reader, member, visit
from tests.e2e.scenery import home_of
from tests.e2e.test_pages_access import WIDE, judge, violations
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
_AFTER = """
update rooms set active_at = %s - interval '30 seconds', created_at = %s - interval '30 seconds'
where room_id = %s
"""
IDS = "[...document.querySelectorAll('#my-rooms > li')].map(({dataset}) => dataset.room)"
# Whether the open room's row is marked, and wholly on the screen, below the field.
IN_VIEW = """() => {
  const row = document.querySelector("#my-rooms [aria-current=page]")?.getBoundingClientRect();
  const field = document.getElementById("find-mine").getBoundingClientRect();
  const panel = document.getElementById("panel-mine").getBoundingClientRect();
  return Boolean(row) && row.top >= field.bottom - 1 && row.bottom <= panel.bottom + 1;
}"""


@dataclass(frozen=True)
class Many:
    """Somebody in many rooms, `ids` of which are the first, latest first."""

    owner: Reader
    ids: list[str]


@pytest.fixture(scope="module")
async def account(stack: Stack, base_url: str, browser: Browser) -> AsyncIterator[Many]:
    """The rooms that the tests share; none of them is changed."""
    dsns = {name: dsn for name, dsn in stack.dsns.items() if name.startswith("chat-")}
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
            yield Many(reader, ids)


@pytest.fixture
async def many(account: Many) -> AsyncIterator[Many]:
    """The same on a new page."""
    async with visit(account.owner) as owner:
        yield replace(account, owner=owner)


@asynccontextmanager
async def one_among(stack: Stack, owner: Reader, ids: list[str]) -> AsyncIterator[str]:
    """Another room, where the sixth of the list is, until the end."""
    room_id = await owner.new_room("group", "한낮")
    try:
        with cursor_on(home_of(stack, ids[5])) as cursor:
            cursor.execute("select active_at from rooms where room_id = %s", (ids[5],))
            [[moment]] = cursor.fetchall()
        with cursor_on(home_of(stack, room_id)) as cursor:
            cursor.execute(_AFTER, (moment, moment, room_id))
            assert cursor.rowcount == 1
        yield room_id
    finally:
        await owner.api("DELETE", f"/chat/{room_id}")


def top_of(room_id: str) -> str:
    return f"document.querySelector('[data-room=\"{room_id}\"]')?.getBoundingClientRect().top"


async def test_the_open_room_is_in_the_list_and_the_list_stays_where_it_is(
    stack: Stack, many: Many
) -> None:
    async with one_among(stack, many.owner, many.ids) as other:
        await stays_while_another_moves(many, other)


async def stays_while_another_moves(many: Many, other: str) -> None:
    """In a room far down the list, while something is said in another at its top."""
    owner, ids = many.owner, many.ids
    page = owner.page
    listed = [*ids[:6], other, *ids[6:]]
    await owner.enter(ids[450])
    await page.wait_for_function(IN_VIEW)
    await page.wait_for_selector(f'#my-rooms [data-room="{ids[451]}"]', state="attached")
    shown: list[str] = await page.evaluate(IDS)
    assert shown == listed[: len(shown)]
    await page.wait_for_function(IN_VIEW)
    assert await violations(owner) == []
    top = await page.evaluate(top_of(ids[450]))
    await page.click(f'[data-room="{ids[449]}"] a')
    await page.wait_for_url(f"**/rooms/{ids[449]}")
    await page.wait_for_function(IN_VIEW)
    await page.wait_for_function(f"() => Math.abs({top_of(ids[450])} - {top}) < 2")
    # What comes live moves to the top; what is looked at stays.
    await owner.say(other, "hello")
    await page.wait_for_selector(
        f'#my-rooms > li:first-child[data-room="{other}"]', state="attached"
    )
    assert abs(await page.evaluate(top_of(ids[450])) - top) < 2
    await page.go_back()
    await page.wait_for_url(f"**/rooms/{ids[450]}")
    await page.wait_for_function(IN_VIEW)
    await page.wait_for_function(f"() => Math.abs({top_of(ids[450])} - {top}) < 2")
    assert owner.faults == []


async def test_ones_chats_are_found_by_name_while_one_types(
    many: Many,
) -> None:
    owner, ids = many.owner, many.ids
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
    many: Many,
) -> None:
    owner, ids = many.owner, many.ids
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
    await page.wait_for_selector("#my-rooms-note:has-text('could not be loaded') button")
    owner.faults.clear()  # the call that was cut off
    # In one go: the list may be read anew meanwhile, as by a change of a room, and the button goes.
    await page.evaluate("document.querySelector('#my-rooms-note button')?.click()")
    # One look for both: it may load on between two.
    while (shown := len(await page.evaluate(IDS))) < MANY:
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
