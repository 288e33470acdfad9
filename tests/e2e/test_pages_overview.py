"""An operator sees who is there, who falls silent or is killed, and what does not answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from infra.embedded.stack import Stack
from schemas.catalogue import SERVICES
from tests.client.waiting import eventually
from tests.e2e.readers import Reader

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PATIENCE = 120.0
MILLISECONDS = PATIENCE * 1000


async def _is_alone_away(operator: Reader, server: str) -> bool:
    answer = await operator.api("GET", "/ops")
    found = [each["of"] for each in answer["findings"] if each["code"] == "serverAway"]
    return found == [server]


async def _processes(operator: Reader) -> dict[str, Any]:
    answer = await operator.api("GET", "/ops")
    return {each["worker"]: each for each in answer["processes"]}


async def _is_whole(operator: Reader) -> bool:
    known = await _processes(operator)
    ready = {each["service"] for each in known.values() if each["state"] == "ready"}
    return ready == {service.name for service in SERVICES if not service.is_optional}


def _finding(page: Page, text: str) -> Any:
    return page.locator(".finding", has_text=text)


async def test_every_process_of_every_service_is_named_and_all_of_them_are_well(
    operator: Reader,
) -> None:
    await operator.open("/ops")
    page = operator.page
    await page.locator("#verdict:not(:empty)").wait_for()
    await eventually(lambda: _is_whole(operator), PATIENCE)
    for card in ("servers", "topics", "sagas", "sanctions"):
        await page.locator(f'[data-area={card}][data-level="well"]').wait_for(timeout=MILLISECONDS)
    rows = await page.locator("#processes th").all_text_contents()
    assert sorted(rows) == sorted(await _processes(operator))
    nav = page.locator(".operators-nav a")
    assert await nav.first.get_attribute("href") == "/ops"
    assert await nav.first.get_attribute("aria-current") == "page"
    assert await page.locator(".rail a[aria-current=page]").get_attribute("href") == "/ops"
    assert operator.faults == []


async def test_what_is_written_anew_leaves_the_focus_where_it_is(operator: Reader) -> None:
    await operator.open("/ops")
    page = operator.page
    link = page.locator('#cards a[href="/ops/lag"]')
    await link.focus()
    for _ in range(2):
        async with page.expect_response(lambda each: each.url.endswith("/ops")):
            pass
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "/ops/lag"


async def test_who_is_no_operator_is_not_shown_it(reader: Reader) -> None:
    response = await reader.page.goto(f"{reader.base_url}/ops")
    assert response is not None
    assert response.status == 403


async def test_a_paused_worker_is_named_and_gone_again_when_it_goes_on(
    operator: Reader, stack: Stack
) -> None:
    await eventually(lambda: _is_whole(operator), PATIENCE)
    await operator.open("/ops")
    silent = _finding(operator.page, "friend-1 has been silent since")
    await asyncio.to_thread(stack.pause, "friend-1")
    try:
        await silent.wait_for(timeout=MILLISECONDS)
        assert await silent.count() == 1
    finally:
        await asyncio.to_thread(stack.resume, "friend-1")
    await silent.wait_for(state="detached", timeout=MILLISECONDS)


async def test_a_killed_worker_is_named_though_the_supervisor_is_quick(
    operator: Reader, stack: Stack
) -> None:
    await eventually(lambda: _is_whole(operator), PATIENCE)
    before = (await _processes(operator))["lag-1"]["startedAt"]
    await operator.open("/ops")
    await asyncio.to_thread(stack.kill, "lag-1")
    await _finding(operator.page, "lag-1 began anew").wait_for(timeout=MILLISECONDS)

    async def is_back() -> bool:
        after = (await _processes(operator))["lag-1"]
        return bool(after["startedAt"] > before and after["state"] == "ready")

    await eventually(is_back, PATIENCE)


async def test_elasticsearch_that_does_not_answer_is_its_cards_and_the_rest_stands(
    operator: Reader, stack: Stack
) -> None:
    await operator.open("/ops")
    page = operator.page
    await page.locator('[data-area=log]:not([data-level="unknown"])').wait_for(timeout=MILLISECONDS)
    await asyncio.to_thread(stack.pause, "elasticsearch")
    try:
        await page.locator('[data-area=log][data-level="unknown"]').wait_for(timeout=MILLISECONDS)
        await eventually(lambda: _is_alone_away(operator, "Elasticsearch"), PATIENCE)
        for card in ("topics", "sagas", "sanctions", "processes"):
            known = page.locator(f'[data-area={card}]:not([data-level="unknown"])')
            await known.wait_for(timeout=MILLISECONDS)
    finally:
        await asyncio.to_thread(stack.resume, "elasticsearch")
    await page.locator('[data-area=servers][data-level="well"]').wait_for(timeout=MILLISECONDS)
