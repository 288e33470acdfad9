"""A room in the browser whose connection, login or answers fail: nothing is lost or doubled."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.readers import PASSWORD, Pair, Reader, member

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route, WebSocketRoute

pytestmark = [pytest.mark.stack, pytest.mark.browser]

# A SEND of a message, not of typing or of a read position.
SAYS_SOMETHING = re.compile(r"SEND\n(?:[^\n]+\n)*?destination:/pub/chat/room/[^/\n]+\n")


async def test_what_is_written_without_a_connection_arrives_once_when_it_is_back(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    await owner.write("before")
    await guest.sees("before")
    await guest.context.set_offline(True)
    await guest.page.wait_for_selector("#connection:has-text('No connection')")
    await guest.write("written offline")
    await guest.page.wait_for_selector("#waiting [data-state=waiting]")
    await owner.write("said meanwhile")
    await owner.sees("said meanwhile")
    await guest.context.set_offline(False)
    await guest.sees("written offline")
    await owner.sees("written offline")
    for reader in (owner, guest):
        assert await reader.shown() == ["before", "said meanwhile", "written offline"]
    await guest.page.wait_for_selector("#waiting", state="hidden")
    await guest.page.wait_for_selector("#connection", state="hidden")


async def test_what_waits_for_the_connection_survives_its_tab(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        room_id = await reader.new_room("group", "Reload")
        is_away = True

        async def gate(route: WebSocketRoute) -> None:
            if is_away:
                await route.close(code=1012)
            else:
                route.connect_to_server()

        await reader.context.route_web_socket("**/stomp/chat", gate)
        await reader.enter(room_id)
        await reader.write("patience")
        item = reader.page.locator("#waiting [data-state=waiting]")
        message_id = await item.get_attribute("data-message")
        await reader.page.fill("#draft", "아직 쓰는 중")
        await reader.page.close()
        is_away = False
        reader.page = await reader.context.new_page()
        await reader.open("/rooms")
        await reader.page.wait_for_selector(".room-last:has-text('아직 쓰는 중')")
        await reader.enter(room_id)
        await reader.sees("patience")
        assert await reader.shown() == ["patience"]
        assert await reader.page.get_attribute("#lines .said", "data-message") == message_id
        assert await reader.page.input_value("#draft") == "아직 쓰는 중"
        await reader.page.wait_for_selector("#waiting", state="hidden")


async def test_what_was_typed_outlives_the_login_but_not_a_log_out(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        room_id, page = await reader.new_room("group", "Expired"), reader.page
        await reader.enter(room_id)
        # The page has seen to its login: what answers that later would bring the cookies again.
        await page.wait_for_function("() => localStorage['chatstream.login'] !== undefined")
        await reader.context.set_offline(True)
        await reader.write("said without a login")
        await page.wait_for_selector("#waiting [data-state=waiting]")
        await page.fill("#draft", "and this is a draft")
        await reader.context.clear_cookies()
        await page.evaluate(_EXPIRE)
        await reader.context.set_offline(False)
        await page.wait_for_selector("#login-user:focus")
        await page.fill("#login-user", reader.user_id)
        await page.fill("#login-password", PASSWORD)
        await page.keyboard.press("Enter")
        await reader.sees("said without a login")
        assert await reader.shown() == ["said without a login"]
        assert await page.input_value("#draft") == "and this is a draft"
        assert await page.evaluate(_KEPT) != []
        await page.click("#open-me")
        await page.click("#logout")
        await page.wait_for_url("**/login")
        assert await page.evaluate(_KEPT) == []


_EXPIRE = "localStorage['chatstream.login'] = JSON.stringify({expiresAt: 1, seconds: 900})"
_KEPT = "Object.keys(localStorage).filter((key) => key.includes('/'))"


async def test_a_room_that_cannot_be_entered_yet_is_entered_when_it_can(reader: Reader) -> None:
    room_id = await reader.new_room("group", "Patience")
    error = {"code": "STORE_UNAVAILABLE", "message": "Not now.", "details": {}}
    refused: list[str] = []

    async def refuse_once(route: Route) -> None:
        if refused:
            await route.continue_()
        else:
            refused.append(route.request.url)
            await route.fulfill(status=503, json={"error": error})

    await reader.page.route(f"**/chat/{room_id}", refuse_once)
    await reader.open(f"/rooms/{room_id}")
    await reader.page.wait_for_selector("#opening:has-text('Not now.')")
    await reader.page.wait_for_selector("#draft:enabled")


async def test_a_renewed_login_changes_the_connection_and_loses_nothing(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room

    async def short_lived(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**await answer.json(), "expiresIn": 8})

    # A renewal of the page's first load that is still under way would write what is cleared.
    await guest.page.wait_for_function("() => localStorage.length")
    await guest.page.route("**/user/refresh", short_lived)
    await guest.page.evaluate("localStorage.clear()")
    room = guest.page.url
    # The close of a document's socket is not told once the document has gone, and a page can
    # be written in before its socket opens: the first one caught is to be the new page's.
    await guest.page.goto("about:blank")
    async with guest.page.expect_websocket() as first:
        await guest.page.goto(room)
    opened = await first.value
    await guest.page.wait_for_selector("#draft:enabled")
    async with guest.page.expect_websocket():
        for number in range(5):
            await owner.write(f"steady {number}")
    if not opened.is_closed():
        await opened.wait_for_event("close")
    await owner.write("after")
    await guest.sees("after")
    assert await guest.shown() == [*(f"steady {number}" for number in range(5)), "after"]
    assert await guest.page.is_hidden("#connection")


async def test_a_refusal_is_shown_at_the_bubble_and_sent_again_with_the_same_id(
    reader: Reader,
) -> None:
    sent: list[str] = []

    def refuse_once(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def on_page(frame: str | bytes) -> None:
            text = frame if isinstance(frame, str) else frame.decode()
            if not SAYS_SOMETHING.match(text):
                server.send(frame)
                return
            message_id = json.loads(text.partition("\n\n")[2].rstrip("\0"))["messageId"]
            sent.append(message_id)
            if len(sent) > 1:
                server.send(frame)
            else:
                route.send(refusal(message_id, reader.user_id))

        route.on_message(on_page)

    await reader.page.route_web_socket("**/stomp/chat", refuse_once)
    await reader.enter(await reader.new_room("group", "Refused"))
    await reader.page.wait_for_selector("#my-rooms .room-link")
    await reader.write("hello there")
    trouble = reader.page.locator("#waiting .trouble")
    await trouble.wait_for()
    assert "it was not accepted" in await trouble.inner_text()
    await reader.page.click("#waiting .retry")
    await reader.sees("hello there")
    assert sent == [sent[0]] * 2
    assert await reader.page.get_attribute("#lines .said", "data-message") == sent[0]


async def test_who_is_muted_keeps_the_text_and_goes_on_by_itself_when_it_ends(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url, timezone_id="America/New_York") as reader:
        until, is_muted = datetime.now(UTC) + timedelta(minutes=10), True
        told = {"reason": "muted", "until": until.isoformat(), "cause": "rate"}

        def refuse_while_muted(route: WebSocketRoute) -> None:
            server = route.connect_to_server()

            def on_page(frame: str | bytes) -> None:
                text = frame if isinstance(frame, str) else frame.decode()
                if not SAYS_SOMETHING.match(text) or not is_muted:
                    server.send(frame)
                    return
                message_id = json.loads(text.partition("\n\n")[2].rstrip("\0"))["messageId"]
                route.send(refusal(message_id, reader.user_id, **told))

            route.on_message(on_page)

        page = reader.page
        await page.route_web_socket("**/stomp/chat", refuse_while_muted)
        await reader.enter(await reader.new_room("group", "Muted"))
        await page.wait_for_selector("#my-rooms .room-link")
        # At once: what is written after the first refusal is tried by a call, which is not refused.
        await page.evaluate(_SAY, [f"line {number}" for number in range(3)])
        await page.wait_for_selector("#muted:visible")
        await page.wait_for_selector("#failed-all:has-text('3 messages')")
        local = until.astimezone(ZoneInfo("America/New_York"))
        assert local.strftime("%M:%S") in await page.inner_text("#muted-text")
        await page.fill("#draft", "and this")
        assert await page.is_disabled("#send")
        is_muted = False
        await page.evaluate(_ENDS_SOON)
        await page.wait_for_selector("#muted", state="hidden")
        assert await page.input_value("#draft") == "and this"
        assert await page.is_enabled("#send")
        await page.click("#waiting .discard >> nth=0")
        await page.click("#retry-all")
        await reader.sees("line 2")
        await page.click("#send")
        await reader.sees("and this")
        assert await reader.shown() == ["line 1", "line 2", "and this"]


# The mute that the page keeps ends in a second and a half.
_ENDS_SOON = """() => { const key = Object.keys(localStorage).find((key) => key.includes(".mute/"));
  localStorage[key] = JSON.stringify({until: new Date(Date.now() + 1500).toISOString()}); }"""
# Sent at once, as by somebody who types ahead of the answers.
_SAY = """(texts) => texts.forEach((text) => {
  document.getElementById("draft").value = text;
  document.getElementById("composer").requestSubmit(); })"""


def refusal(message_id: str, user_id: str, **told: str) -> str:
    """A MESSAGE frame as the server sends it; the page subscribes to its own account first."""
    body = {"type": "refused", "messageId": message_id, "code": "MESSAGE_REFUSED"}
    body |= {"reason": "not today", **told}
    return (
        f"MESSAGE\nsubscription:sub-0\ndestination:/sub/user/{user_id}\nmessage-id:u1\n"
        f"content-type:application/json\n\n{json.dumps(body)}\0"
    )
