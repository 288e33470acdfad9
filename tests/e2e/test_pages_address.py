"""What was chosen on the statistics page is in its address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from tests.e2e.readers import member
from tests.e2e.test_pages_stats import rows, series_of, serve, until_rows

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

CHOSEN = "[...document.querySelectorAll('input:checked, select')].map(({value}) => value)"


async def test_the_address_keeps_what_was_chosen(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        page = reader.page
        room_id = await reader.new_room("group", "Kept")
        await serve(reader, series_of({}))
        await reader.open("/words")
        usual = await page.evaluate(CHOSEN)
        await page.click("#chatAdd [aria-expanded]")
        await page.click("label:has(input[name=range][value='24h'])")
        await page.select_option("#step", "60")
        await page.click("label:has(input[name=window][value=day])")
        await until_rows(reader, "count === 24")
        await page.click("#zoom-in")
        await until_rows(reader, "count === 12")
        await page.click("#zoom-earlier")
        await page.wait_for_function("() => location.search.includes('from=')")
        chosen, shown = await page.evaluate(CHOSEN), await rows(reader)
        assert chosen != usual
        await page.reload()
        await page.click("#chatAdd [aria-expanded]")
        await until_rows(reader, "count === 12")
        assert await page.evaluate(CHOSEN) == chosen
        assert await rows(reader) == shown
        for _ in range(2):
            await page.click("#zoom-later")
        await page.wait_for_function("() => location.search.includes('last=12')")
        await page.select_option("#words-room", room_id)
        await page.reload()
        await page.wait_for_function(
            "(room) => document.querySelector('#words-room').value === room", arg=room_id
        )
        assert await page.is_disabled("input[name=window][value=day]")
        bad = "range=9y&step=7&window=never&last=-3&from=soon&to=2026-03-29&watch=&room=nowhere"
        await reader.open(f"/words?{bad}")
        await page.wait_for_selector("#words-as-of:not(:empty)")
        await page.click("#chatAdd [aria-expanded]")
        await until_rows(reader, "count === 60")
        assert await page.evaluate(CHOSEN) == usual
        await page.click("#zoom-in")
        # Asked of the page itself: what the browser tells of its address comes later.
        query = str(await page.evaluate("location.search"))
        assert set(parse_qs(query.removeprefix("?"))) == {"from", "to"}
        assert [fault for fault in reader.faults if "ERR_FAILED" not in fault] == []
