"""Watched words on the statistics page, for operators."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs

import pytest

from tests.e2e.readers import Reader
from tests.e2e.test_pages_stats import file_of, rows, series_of, serve
from tests.e2e.test_pages_words_search import new_word

pytestmark = [pytest.mark.stack, pytest.mark.browser]

COUNTS = {"2026-03-29T12:00:00+00:00": 3, "2026-03-29T12:29:00+00:00": 1234}

# The refusal that the test asks for, and the news that it withholds.
EXPECTED = re.compile("400|ERR_FAILED")


async def watch(reader: Reader, word: str) -> None:
    """Ask for a word in the form of the page."""
    await reader.page.fill("#watch-word", word)
    await reader.page.press("#watch-word", "Enter")


async def test_an_operator_watches_a_word_reads_its_chart_and_ends_it(
    guest: Reader, operator: Reader
) -> None:
    await guest.open("/words")
    assert await guest.page.locator("#watched").count() == 0
    reader, page = operator, operator.page
    await serve(reader, series_of(COUNTS))
    await page.route("**/stats/series/word/*", series_of(COUNTS))
    await reader.open("/words?watch=nobody-watches-this")
    word = new_word("watched")
    await watch(reader, word.upper())
    note = page.locator("#watched-note")
    await note.get_by_text(f"“{word}” is now being watched.").wait_for()
    row = page.locator("#watched-words li", has_text=word)
    assert await row.locator(".opener").get_attribute("aria-expanded") == "true"
    query = str(await page.evaluate("location.search"))
    assert parse_qs(query.removeprefix("?"))["watch"] == [word]

    card = page.locator("#watched-charts .chart", has_text=word)
    name = await card.get_attribute("id")
    await card.locator("[aria-expanded]").click()
    await page.wait_for_selector(f"#{name}-table tbody tr")
    assert [count for _, count in await rows(reader, str(name))][:3] == [0, 1234, 0]
    await card.locator(".plot").press("+")
    await card.locator(".readout", has_text=re.compile("^3 times")).wait_for()
    assert len(await rows(reader, str(name))) == 30
    file, text = await file_of(reader, card.locator("[data-json]"))
    assert file == f"chatstream-word-{word}-1h.json"
    assert json.loads(text)["series"] == f"word/{word}"

    await watch(reader, word)
    await note.get_by_text("on the list already").wait_for()
    await watch(reader, "7")
    await page.locator("#watch-word-problem").get_by_text("Enter a single").wait_for()
    assert await page.get_attribute("#watch-word", "aria-invalid") == "true"

    await page.reload()
    await card.wait_for()
    await row.get_by_role("button", name="Stop watching").click()
    await page.click("#sure-now")
    await row.wait_for(state="detached")
    assert await card.count() == 0
    listed = (await reader.api("GET", "/stats/watched"))["words"]
    assert word not in {each["word"] for each in listed}
    unexpected = [fault for fault in reader.faults if not EXPECTED.search(fault)]
    assert unexpected == []
