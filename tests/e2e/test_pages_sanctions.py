"""A member floods, is muted and sees why; an operator sees it and lifts it; the member goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.e2e.readers import NARROW, Reader, member

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

ADVERT = "같이 등산 가실 분을 모집합니다"
# The third time is too often, and mutes at once.
STRICT = {
    "version": "strict",
    "room": {"repeats": {"count": 2, "seconds": 3600.0}},
    "escalation": {"ladder": [{"points": 2, "mute": 600.0}]},
}


@pytest.fixture
def strict(stack: Stack, tmp_path: Path) -> Iterator[None]:
    """A policy that mutes early, for one test."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(STRICT))
    stack.command("policy", "set", str(file))
    yield
    stack.command("policy", "reset")


async def may_write(reader: Reader, room_id: str, text: str) -> bool:
    headers = {"Authorization": f"Bearer {reader.token}"}
    url = f"{reader.base_url}/chat/{room_id}"
    response = await reader.context.request.post(url, headers=headers, data={"message": text})
    return response.ok


async def is_muted_and_keeps(reader: Reader, text: str) -> None:
    """The composer says until when and keeps the text, after a reload and in a second tab too."""
    page = reader.page
    await page.wait_for_selector("#muted:visible:has-text('because of this: the same message')")
    await reader.write(text)
    await page.reload()
    await page.wait_for_selector("#draft:enabled")
    await page.wait_for_selector("#muted:visible:has-text('left')")
    other = await reader.context.new_page()
    await other.goto(page.url)
    await other.wait_for_selector("#muted:visible")
    await other.close()
    assert await page.input_value("#draft") == text
    assert await page.is_disabled("#send")
    await page.focus("#draft")


@pytest.mark.usefixtures("strict")
async def test_a_flood_mutes_and_an_operator_lifts_it(
    base_url: str, browser: Browser, operator: Reader
) -> None:
    async with member(browser, base_url, viewport=NARROW) as flooder:
        room_id = await flooder.new_room("open", "주말 등산")
        await flooder.enter(room_id)
        for _ in range(2):
            await flooder.write(ADVERT)
            await flooder.page.wait_for_selector("#waiting", state="hidden")
        await flooder.write(ADVERT)
        why = flooder.page.locator("#waiting .why")
        await why.wait_for()
        told = await why.inner_text()
        assert "you may not write until" in told
        assert "the same message too often" in told
        await is_muted_and_keeps(flooder, "하나 더 있어요")

        await operator.open("/ops/sanctions")
        await operator.page.fill("#filter-user", flooder.user_id)
        mine = operator.page.locator(".sanction", has_text=f"@{flooder.user_id}")

        async def both_are_listed() -> bool:
            """One for the room, and one for all rooms, which comes up to a second later."""
            await operator.page.press("#filter-user", "Enter")
            await mine.first.wait_for()
            return await mine.count() == 2

        await eventually(both_are_listed)
        assert "the same message too often" in await mine.first.inner_text()
        for left in (1, 0):
            await mine.first.locator("button").click()
            await operator.page.wait_for_function(
                "count => document.querySelectorAll('.sanction').length === count", arg=left
            )
        assert "may write again" in await operator.page.inner_text("#sanctions-note")

        async def free() -> bool:
            return await may_write(flooder, room_id, "고맙습니다")

        await eventually(free)
        await flooder.page.keyboard.press("Enter")
        await flooder.sees("하나 더 있어요")
        # The message is seen before its call is answered: till then the text stays in the field.
        await flooder.page.wait_for_selector("#muted", state="hidden")
        await flooder.write("다시 왔어요")
        await flooder.sees("다시 왔어요")
        assert operator.faults == []


async def test_who_is_no_operator_gets_no_page(base_url: str, reader: Reader) -> None:
    response = await reader.page.goto(base_url + "/ops/sanctions")
    assert response is not None
    assert response.status == 403
    assert await reader.page.locator("#sanctions").count() == 0
