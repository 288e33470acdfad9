"""The drawer, a message's menu and the operators' pages: all languages, sizes, themes; axe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.e2e.readers import PASSWORD, Reader, member, stranger
from tests.e2e.test_pages_access import judge, looking
from tests.e2e.test_pages_sanctions import STRICT, promote

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def keep_and_change(reader: Reader) -> str:
    """A room with a quoted, an edited, a deleted and two saved messages; its id."""
    room_id = await reader.new_room("open", "서울 맛집 탐방 · Seoul food")
    path = f"/chat/{room_id}"
    said = [
        await reader.api("POST", path, {"message": text})
        for text in ("어디서 볼까요?", "see https://noodle.example/menu", "oops", "Hello. " * 30)
    ]
    quoted, edited, gone, long = (message["messageId"] for message in said)
    answer = {"message": f"네! @{reader.user_id}", "replyTo": quoted, "mentions": [reader.user_id]}
    await reader.api("POST", path, answer)
    await reader.api("PATCH", f"{path}/messages/{edited}", {"message": "see https://b.example"})
    for kept in (edited, gone, long):
        await reader.api("PUT", f"/chat/saved/{room_id}/{kept}")
    await reader.api("DELETE", f"{path}/messages/{gone}")
    return room_id


async def flood(reader: Reader, room_id: str) -> None:
    """Say the same until it mutes: two sanctions to look at."""
    headers = {"Authorization": f"Bearer {reader.token}"}

    async def refused() -> bool:
        answer = await reader.context.request.post(
            f"{reader.base_url}/chat/{room_id}", headers=headers, data={"message": "사세요 " * 9}
        )
        return answer.status == 422

    await eventually(refused)


async def erased(reader: Reader) -> str:
    """Leave for good; the id of the saga, when it is done."""
    saga_id: str = (await reader.api("DELETE", "/user/me", {"password": PASSWORD}))["sagaId"]
    return saga_id


@asynccontextmanager
async def seen_by(operator: Reader, browser: Browser, language: str) -> AsyncIterator[Reader]:
    """The operator, logged in with a browser in which pages are judged."""
    async with stranger(browser, operator.base_url, **looking(language)) as reader:
        account = {"userId": operator.user_id, "password": PASSWORD}
        login = await reader.context.request.post(f"{reader.base_url}/user/login", data=account)
        assert login.ok, await login.text()
        yield reader


# A muted reader with two refused messages, as their own page would have kept it.
_TYPED = """(room) => {
  const owner = JSON.parse(document.getElementById("page-data").textContent).me.userId;
  const keep = (kind, name, value) =>
    localStorage.setItem(`chatstream.${kind}/${owner}/${room}/${name}`, JSON.stringify(value));
  const until = new Date(Date.now() + 600000).toISOString();
  const refusal = {code: "MESSAGE_REFUSED", reason: "muted", until, cause: "repeat"};
  ["a", "b"].forEach((messageId, place) => keep("outbox", messageId,
    {messageId, text: "사세요 ".repeat(9), more: {}, at: until, place, state: "failed", refusal}));
  keep("mute", "until", {until, cause: "repeat"});
  document.getElementById("draft").value = "아직 다 쓰지 못한 글입니다";
  document.getElementById("draft").dispatchEvent(new Event("input"));
}"""


async def look_around(reader: Reader, room_id: str, saga_id: str, language: str) -> list[str]:
    """Faults of each page."""
    page = reader.page
    await reader.enter(room_id)
    await page.locator(".quote").wait_for()
    await page.locator("#lines .bubble-more").nth(1).press("Enter")
    faults = await judge(reader, f"menu-{language}")
    await page.get_by_role("menuitem").first.press("Enter")
    await reader.page.evaluate(_TYPED, room_id)
    await page.reload()
    await page.locator("#muted:visible").wait_for()
    await page.locator("#replying:visible").wait_for()
    await page.locator("#failed-all:visible").scroll_into_view_if_needed()
    faults += await judge(reader, f"typed-{language}")
    await page.click("#discard-all")
    await page.click("#sure-now")
    await page.locator("#waiting").wait_for(state="hidden")
    await reader.open("/saved")
    await page.locator("#saved .saved-item").nth(2).wait_for()
    faults += await judge(reader, f"saved-{language}")
    await reader.open("/words")
    await page.locator("#watched-charts .readout:not(:empty)").wait_for()
    await page.locator("#watched").scroll_into_view_if_needed()
    faults += await judge(reader, f"watched-{language}")
    await reader.open("/ops/sanctions")
    await page.locator(".sanction").first.wait_for()
    faults += await judge(reader, f"sanctions-{language}")
    await reader.open("/ops/sagas")
    await page.locator(f"[data-saga='{saga_id}']").wait_for()
    faults += await judge(reader, f"sagas-{language}")
    await reader.open(f"/ops/sagas/{saga_id}")
    await page.locator("#saga [data-state=done]").first.wait_for()
    return faults + await judge(reader, f"saga-{language}") + reader.faults


async def test_the_drawer_the_menu_and_the_operators_pages_are_accessible(
    stack: Stack, base_url: str, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(STRICT))
    faults: list[str] = []
    async with (
        member(browser, base_url, "운영자") as operator,
        member(browser, base_url, "Flooder") as flooder,
        member(browser, base_url, "Leaving") as leaving,
    ):
        room_id, _ = await asyncio.gather(
            keep_and_change(operator),
            asyncio.to_thread(stack.command, "policy", "set", str(file)),
        )
        try:
            saga_id, _, _ = await asyncio.gather(
                erased(leaving),
                flood(flooder, await flooder.new_room("open", "Ads")),
                promote(stack, operator),
            )
        finally:
            stack.command("policy", "reset")
        await operator.api("PUT", "/stats/watched/등산")
        for language in ("ko", "en"):
            async with seen_by(operator, browser, language) as reader:
                faults += await look_around(reader, room_id, saga_id, language)
    assert not faults, "\n".join(faults)
