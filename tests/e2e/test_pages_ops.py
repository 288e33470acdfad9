"""An operator follows one message: its entry, its whole way with the times, its record on Kafka."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.client.waiting import eventually
from tests.e2e.readers import Reader

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

STORED = "kakao.chat.chatMessage.RESPONSE"
_SECONDS = """["to", "from"].map((end) => Date.parse(document.getElementById(`log-${end}`).value))
  .reduce((to, from) => (to - from) / 1000)"""
SAID = "이 문장은 운영자가 읽지 못해요"


async def _shown(operator: Reader, address: str, line: str) -> None:
    """Open the log until it has the line: it follows within seconds."""

    async def found() -> bool:
        await operator.open(address)
        await operator.page.wait_for_selector("#log-note:not(:empty)")
        return await operator.page.locator(".log-line", has_text=line).count() > 0

    await eventually(found)


async def _steps(page: Page) -> list[tuple[str, str]]:
    """Each step's name, and the milliseconds since the one before it."""
    found = []
    for step in await page.locator(".way-step").all():
        name = await step.get_attribute("data-step") or ""
        found.append((name, await step.locator(".way-after").inner_text()))
    return found


async def test_an_operator_finds_a_messages_way_and_its_record(
    operator: Reader, reader: Reader
) -> None:
    room_id = await reader.new_room("open", "로그 방")
    await reader.say(room_id, SAID)
    page = operator.page
    await _shown(operator, f"/ops/log?roomId={room_id}&action=messageStored", "messageStored")
    await page.locator(".log-line a", has_text="Whole way").first.click()
    await page.wait_for_selector(".way-step")
    steps = await _steps(page)
    names = [name for name, _ in steps]
    way = [name for name in names if name in ("asked", "wished", "stored", "told", "ingested")]
    assert way == ["asked", "wished", "stored", "told", "ingested"], names
    assert steps[0][1] == ""
    assert all(re.fullmatch(r"\+[\d,]+ ms", after) for _, after in steps[1:]), steps

    await page.locator(".way-step[data-step=stored] a").click()
    record = page.locator(".record[data-aim=true]")
    await record.wait_for()
    assert STORED in page.url
    told = await record.inner_text()
    assert "MessageStored" in told
    assert room_id in told
    assert SAID not in await page.content(), "the operator is not in the room"

    await operator.api("GET", f"/chat/{room_id}")  # as who opens an open room: now a member
    await page.reload()
    await page.locator(".record[data-aim=true]", has_text=SAID).wait_for()
    await record.locator("a", has_text="Whole way").click()
    await page.wait_for_selector(".way-step[data-step=told]")
    assert operator.faults == []


async def test_a_look_is_an_entry_itself(operator: Reader) -> None:
    await operator.open("/ops/log?service=nothing-of-this-name")
    await operator.page.wait_for_selector("#log-note:has-text('Nothing matches')")
    await _shown(operator, "/ops/log?action=operatorLooked", "operatorLooked")


async def test_a_range_is_chosen_by_keys_and_by_dragging(operator: Reader, reader: Reader) -> None:
    room_id = await reader.new_room("open", "로그 방")
    await reader.say(room_id, "hello")
    page = operator.page
    await _shown(operator, f"/ops/log?roomId={room_id}", "messageStored")
    bars = page.locator("#log-bars")
    await bars.focus()
    for _ in range(3):  # without waiting for what is between
        await page.keyboard.press("-")
    await page.wait_for_function(f"() => {_SECONDS} >= 8")
    farther = await page.evaluate(_SECONDS)
    await page.keyboard.press("+")
    await page.wait_for_function(f"() => {_SECONDS} < {farther}")
    await page.keyboard.press("0")
    await page.wait_for_function("() => !location.search.includes('from=')")
    box = await bars.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 5, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 60, steps=4)
    await page.mouse.up()
    await page.wait_for_url("**from=*to=*")
    await page.go_back()
    await page.wait_for_function("() => !location.search.includes('from=')")
    await page.wait_for_function("() => document.getElementById('log-from').value === ''")


async def test_what_happens_comes_in_live(operator: Reader, reader: Reader) -> None:
    room_id = await reader.new_room("open", "로그 방")
    await _shown(operator, f"/ops/log?roomId={room_id}", "roomCreated")
    await operator.page.check("#log-live")
    before = await operator.page.locator(".log-line").count()
    await reader.say(room_id, "hello")
    await operator.page.wait_for_selector(".log-line:has-text('messageStored')")
    assert await operator.page.locator(".log-line").count() == before + 1


def _entries(begin: int, count: int) -> list[dict[str, object]]:
    """Entries as the log answers them."""
    at = "2026-11-29T03:04:05.678Z"
    return [
        {"index": "chatstream-logs-2026.11.29", "id": f"{number}", "at": at, "document": {}}
        for number in range(begin, begin + count)
    ]


async def test_a_live_list_that_was_cut_offers_no_earlier_entries(operator: Reader) -> None:
    page = operator.page

    async def answer(route: Route) -> None:
        if route.request.resource_type != "fetch":
            await route.continue_()
            return
        documents = _entries(50, 460) if "newer=" in route.request.url else _entries(0, 50)
        told = {"documents": documents, "people": [], "asOf": "now", "cursor": "behind"}
        await route.fulfill(json=told)

    await page.route(re.compile(r"/ops/log\?"), answer)
    await operator.open("/ops/log")
    await page.wait_for_selector("#log-more:visible")
    assert await page.locator(".log-line").count() == 50
    await page.check("#log-live")
    await page.wait_for_selector("#log-note:has-text('More than 500')")
    assert await page.locator(".log-line").count() == 500
    assert await page.locator("#log-more").is_hidden()
    await page.click("#log-filter [type=submit]")
    await page.wait_for_selector("#log-more:visible")


async def test_while_elasticsearch_is_away_the_page_says_so_and_goes_on(operator: Reader) -> None:
    page = operator.page
    away = True

    async def answer(route: Route) -> None:
        is_call = route.request.resource_type == "fetch"
        if away and is_call:
            fault = {"error": {"code": "STORE_UNAVAILABLE", "message": "It is away."}}
            await route.fulfill(status=503, json=fault)
        else:
            await route.continue_()

    await page.route("**/ops/log*", answer)
    await operator.open("/ops/log")
    await page.wait_for_selector("#log-note:has-text('goes on by itself')")
    away = False
    await page.wait_for_selector(".log-line")


async def test_the_topics_are_asked_for_again_only_while_something_is_away(
    operator: Reader,
) -> None:
    page = operator.page
    statuses = [503, 403]
    asked: list[int] = []

    async def answer(route: Route) -> None:
        if route.request.resource_type != "fetch":
            await route.continue_()
            return
        asked.append(statuses[min(len(asked), 1)])
        fault = {"error": {"code": "FORBIDDEN", "message": f"It says {asked[-1]}."}}
        await route.fulfill(status=asked[-1], json=fault)

    await page.clock.install()
    await page.route("**/ops/topics", answer)
    await operator.open("/ops/topics")
    await page.wait_for_selector("#topics-note:has-text('It says 503. This page goes on')")
    await page.clock.run_for(3_000)
    await page.wait_for_selector("#topics-note:has-text('It says 403.')")
    await page.clock.run_for(10_000)
    await page.evaluate("fetch('/ops/topics').then(({ status }) => status)")
    assert asked == [*statuses, 403], "the last one is the test's own"


async def test_pages_of_a_topics_records_follow_one_another_both_ways(
    operator: Reader, reader: Reader
) -> None:
    room_id = await reader.new_room("open", "로그 방")
    for number in range(25):
        await reader.say(room_id, f"줄 {number}")
    page = operator.page
    await operator.open(f"/ops/topics/{STORED}?key={room_id}")
    await page.wait_for_selector(".record >> nth=19")
    first = await page.locator(".record").first.get_attribute("data-place")
    await page.click("#records-next")
    await page.wait_for_selector("#records-previous:visible")
    await page.wait_for_function(
        "(place) => document.querySelector('.record').dataset.place !== place", arg=first
    )
    assert await page.locator(".record").count() == 5
    await page.click("#records-previous")
    await page.wait_for_selector(f".record[data-place='{first}']")
    assert await page.locator(".record").count() == 20
