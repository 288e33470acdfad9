"""An operator sees that the readers keep up, on the phone and in the dark, and what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.waiting import eventually
from tests.e2e.readers import Reader

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.stack, pytest.mark.browser]

GROUP = "chatstream-chat"
WISHES = "kakao.chat.chatMessage.REQUEST"


async def _open_group(page: Page) -> None:
    group = page.locator(f'[data-group="{GROUP}"]')
    await group.wait_for()
    await group.locator("summary").click()
    await group.locator(".lag-topic", has_text=WISHES).wait_for()


async def test_an_operator_sees_how_the_readers_do(operator: Reader) -> None:
    await operator.open("/ops/lag")
    page = operator.page
    await _open_group(page)
    assert await page.locator(f'[data-group="{GROUP}"] .lag-head .lag-state').is_visible()
    await page.locator("#lag-probe", has_text="millisecond").wait_for()
    nav = page.locator('main a[href="/ops/lag"]')
    assert await nav.first.get_attribute("aria-current") == "page"
    # It stays open when it is read again.
    async with page.expect_response(lambda each: each.url.endswith("/ops/lag")):
        pass
    assert await page.locator(f'[data-group="{GROUP}"] details').get_attribute("open") is not None
    assert operator.faults == []


async def test_programs_read_the_same(operator: Reader) -> None:
    async def found() -> bool:
        answer = await operator.api("GET", "/ops/lag")
        return answer["isCurrent"] and any(each["group"] == GROUP for each in answer["groups"])

    await eventually(found)


async def test_who_is_no_operator_is_not_shown_it(reader: Reader) -> None:
    response = await reader.page.goto(f"{reader.base_url}/ops/lag")
    assert response is not None
    assert response.status == 403
