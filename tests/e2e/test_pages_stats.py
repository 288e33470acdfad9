"""The statistics page: its charts, tables, files and bars, fed by the service or by hand."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.readers import Reader, member, visit
from tests.e2e.scenery import speaker

if TYPE_CHECKING:
    from playwright.async_api import Browser, FloatRect, Locator, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

CHAT = "#chatAdd"
READOUT = f"{CHAT} .readout"

_COUNT = 'Number(row.cells[1].textContent.replaceAll(",", ""))'
_ROWS = f"""(name) => [...document.querySelectorAll(`#${{name}}-table tbody tr`)]
    .map((row) => [row.querySelector("time").dateTime, {_COUNT}])"""
# Whether both tables have the same minutes; what is spoken, and the oldest minute of the first.
_ALIKE = f"""() => {{
  const [one, other] = ["chatAdd", "userAdd"].map((name) => ({_ROWS})(name).map(([when]) => when));
  return one.length > 0 && one.join() === other.join();
}}"""
_SPOKEN = f"""() => [
  document.querySelector("{CHAT} [data-spoken]").innerText, ({_ROWS})("chatAdd").at(-1)[0]]"""
_ROSE = f"""(least) => Object.entries(least).every(([name, count]) =>
    [...document.querySelectorAll(`#${{name}}-table tbody tr`)]
      .map((row) => {_COUNT}).reduce((a, b) => a + b) >= count)"""


def shown_count(text: str) -> int:
    """The number in front of "messages" in what a chart says."""
    found = re.match(r"([\d,]+) messages?", text)
    assert found, text
    return int(found[1].replace(",", ""))


async def rows(reader: Reader, name: str = "chatAdd") -> list[tuple[str, int]]:
    """The open table of a chart: when, as RFC 3339, and how many; newest first."""
    found: list[tuple[str, int]] = await reader.page.evaluate(_ROWS, name)
    return [(when, count) for when, count in found]


async def open_tables(reader: Reader) -> None:
    """Open the page and the tables of both charts; returns when they are filled."""
    await reader.open("/words")
    for name in ("chatAdd", "userAdd"):
        await reader.page.click(f"#{name} [aria-expanded]")
        await reader.page.wait_for_selector(f"#{name}-table tbody tr")


async def until_rows(reader: Reader, rule: str) -> None:
    """Wait until the number of rows of the first table fulfils a rule over `count`."""
    await reader.page.wait_for_function(
        f"() => ((count) => {rule})(document.querySelectorAll('#chatAdd-table tbody tr').length)"
    )


async def file_of(reader: Reader, button: Locator) -> tuple[str, str]:
    """The name and the text of the file that a button saves."""
    async with reader.page.expect_download() as download:
        await button.click()
    found = await download.value
    return found.suggested_filename, _text(Path(await found.path()))


def _text(path: Path) -> str:
    return path.read_text("utf-8-sig")


def series_of(counts: dict[str, int]) -> Any:
    """A route that answers with points of these counts by minute, "2026-03-29T00:59", else 0."""
    now = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)

    async def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        step = timedelta(seconds=int(query.get("step", ["60"])[0]))
        first = query["from"][0] if "from" in query else (now - timedelta(hours=1)).isoformat()
        begin = datetime.fromisoformat(first)
        points = []
        while begin <= now:
            end = begin + step
            inside = (n for t, n in counts.items() if begin <= datetime.fromisoformat(t) < end)
            points.append({"t": begin.isoformat(), "count": sum(inside)})
            begin = end
        body = {
            "series": "chatAdd",
            "step": int(step.total_seconds()),
            "points": points,
            "asOf": now.isoformat(),
            "complete": True,
            "partitions": {"expected": 8, "answered": 8},
        }
        await route.fulfill(json=body)

    return answer


def news(answered: dict[str, int]) -> Any:
    """A route that answers with one event, in which this many of 8 partitions are counted."""
    points = [{"t": "2026-03-29T12:30:00.000Z", "count": 1}]
    coverage = {
        part: {"complete": n == 8, "partitions": {"expected": 8, "answered": n}}
        for part, n in answered.items()
    }
    event = {
        "words": [{"word": "coffee", "count": 3}],
        "chatAdd": points,
        "userAdd": points,
        "asOf": "2026-03-29T12:30:00.000Z",
        "complete": False,
        "coverage": coverage,
    }
    body = f"event: stats\ndata: {json.dumps(event)}\n\n"

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/event-stream", body=body)

    return answer


async def plot_box(reader: Reader) -> FloatRect:
    """Where the first chart is drawn, in sight."""
    over = reader.page.locator(f"{CHAT} .u-over")
    await over.scroll_into_view_if_needed()
    box = await over.bounding_box()
    assert box
    return box


async def serve(reader: Reader, answer: Callable[[Route], Awaitable[None]]) -> None:
    """Let the page have these series, at the half hour they end with, and no news."""
    await reader.page.route("**/stats/series/*", answer)
    await reader.page.route("**/stats/live", lambda route: route.abort())
    await reader.page.clock.set_fixed_time("2026-03-29T12:30:00Z")


@pytest.fixture(scope="module")
async def pinned(base_url: str, browser: Browser) -> AsyncIterator[Reader]:
    """A member whose browser's clock is pinned by `serve`: it holds for all of its pages."""
    async with member(browser, base_url) as somebody:
        yield somebody


@pytest.fixture
async def served(pinned: Reader) -> AsyncIterator[Reader]:
    """That member on a new page, for series and news that a test makes up."""
    async with visit(pinned) as visitor:
        yield visitor


async def test_what_is_said_and_who_signs_up_raises_the_newest_minutes(
    base_url: str, reader: Reader
) -> None:
    await open_tables(reader)
    assert len(await rows(reader)) == 60
    await reader.page.click("label:has(input[name=range][value='24h'])")
    await until_rows(reader, "count === 96")
    told = await reader.page.inner_text(READOUT)
    least = {
        "chatAdd": sum(count for _, count in await rows(reader)) + 7,
        "userAdd": sum(count for _, count in await rows(reader, "userAdd")) + 1,
    }
    room_id = await reader.new_room("open", "Counted")
    for number in range(7):
        await reader.say(room_id, f"minute {number}")
    async with speaker(base_url, "newcomer"):
        await reader.page.wait_for_function(_ROSE, arg=least)
    assert sum(count for _, count in (await rows(reader))[:2]) >= 7
    assert await reader.page.inner_text(READOUT) != told
    assert reader.faults == []


async def test_the_bars_move_when_somebody_says_a_word(reader: Reader) -> None:
    room_id = await reader.new_room("group", "Bars")
    await reader.say(room_id, "kiwi kiwi kiwi plum")
    await reader.open("/words")
    await reader.page.select_option("#words-room", room_id)
    first = reader.page.locator("#words tr .word").first
    await reader.page.wait_for_selector("#words tr:has-text('kiwi') .count:has-text('3')")
    assert await first.inner_text() == "kiwi"
    assert await reader.page.is_disabled("input[name=window][value=hour]")
    await reader.say(room_id, "plum plum plum plum")
    await reader.page.wait_for_selector("#words tr:first-child:has-text('plum')")
    share = "document.querySelector('#words tr:last-child .bar span').style.getPropertyValue"
    assert await reader.page.evaluate(f"Number({share}('--share'))") == pytest.approx(0.6)
    await reader.page.select_option("#words-room", "")
    async with reader.page.expect_response("**/stats/words?*window=hour*") as response:
        await reader.page.click("label:has(input[name=window][value=hour])")
    assert (await response.value).ok
    assert reader.faults == []


async def test_one_zooms_by_mouse_and_by_keyboard(reader: Reader) -> None:
    await open_tables(reader)
    box = await plot_box(reader)
    middle = box["y"] + box["height"] / 2
    await reader.page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    await reader.page.mouse.down()
    await reader.page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    await reader.page.mouse.up()
    await until_rows(reader, "count >= 15 && count <= 17")
    assert await reader.page.evaluate(_ALIKE)
    await reader.page.mouse.dblclick(box["x"] + 40, middle)
    await until_rows(reader, "count === 60")
    await reader.page.mouse.move(2, 2)
    await reader.page.focus(f"{CHAT} .plot")
    await reader.page.keyboard.press("+")
    await until_rows(reader, "count === 30")
    await reader.page.keyboard.press("Home")
    # In one go: the minutes shown move on by themselves.
    spoken, oldest = await reader.page.evaluate(_SPOKEN)
    assert f"{datetime.fromisoformat(oldest):%-I:%M}" in spoken
    await reader.page.keyboard.press("PageUp")
    await reader.page.wait_for_function(
        f"(before) => ({_ROWS})('chatAdd').at(-1)[0] < before", arg=oldest
    )
    await reader.page.keyboard.press("0")
    await until_rows(reader, "count === 60")
    await reader.page.click("#zoom-in")
    await until_rows(reader, "count === 30")
    await reader.page.click("#zoom-all")
    await until_rows(reader, "count === 60")
    assert reader.faults == []


async def test_pointing_reads_one_bucket_of_each_chart(served: Reader) -> None:
    counts = {"2026-03-29T12:00:00+00:00": 1, "2026-03-29T12:01:00+00:00": 1234}
    await serve(served, series_of(counts))
    await open_tables(served)
    assert shown_count(await served.page.inner_text(READOUT)) == 1235
    box = await plot_box(served)
    at = box["x"] + box["width"] * 30.5 / 60  # 12:01 is the 31st minute of the hour shown
    await served.page.mouse.move(at, box["y"] + 30)
    await served.page.wait_for_selector(f"{CHAT} .readout.pointed")
    told = re.sub(r"\s+", " ", await served.page.inner_text(READOUT))
    assert told == "1,234 messages · Mar 29, 9:01 – 9:02 PM"
    assert "9:01" in await served.page.inner_text("#userAdd .readout")
    await served.page.mouse.move(2, 2)
    await served.page.wait_for_selector(f"{CHAT} .readout:not(.pointed)")


async def test_tables_and_files_say_what_the_chart_shows(served: Reader) -> None:
    counts = {"2026-03-29T12:00:00+00:00": 3, "2026-03-29T12:29:00+00:00": 1234}
    await serve(served, series_of(counts))
    await open_tables(served)
    await served.page.click("#zoom-in")
    await until_rows(served, "count === 30")
    table = await rows(served)
    assert sum(count for _, count in table) == shown_count(await served.page.inner_text(READOUT))
    name, text = await file_of(served, served.page.locator(f"{CHAT} [data-csv]"))
    assert name == "chatstream-chatAdd-1h.csv"
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["from"], int(line["count"])) for line in lines] == table[::-1]
    assert [line["from"] for line in lines[1:]] == [line["to"] for line in lines[:-1]]
    name, text = await file_of(served, served.page.locator(f"{CHAT} [data-json]"))
    found = json.loads(text)
    assert (found["series"], found["step"], found["complete"]) == ("chatAdd", 60, True)
    assert [(point["t"], point["count"]) for point in found["points"]] == table[::-1]


async def test_the_news_say_which_part_is_not_complete(served: Reader) -> None:
    await serve(served, series_of({}))
    await served.page.route("**/stats/live", news({"words": 6, "chatAdd": 5, "userAdd": 8}))
    await served.open("/words")
    await served.page.wait_for_selector("#words-warning:has-text('6 of 8')")
    await served.page.wait_for_selector(f"{CHAT} .warning:has-text('5 of 8')")
    assert await served.page.is_hidden("#userAdd .warning")
