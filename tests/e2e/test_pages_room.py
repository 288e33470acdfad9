"""A room in the browser: live messages, the optimistic echo, recovery, scrolling back, members."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import Reader, member

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route, WebSocketRoute

pytestmark = [pytest.mark.stack, pytest.mark.browser]

NARROW = {"width": 360, "height": 740}


async def two_in_a_room(stack: AsyncExitStack, browser: Browser, base_url: str) -> list[Reader]:
    """Two people with the same open room on their screens."""
    owner = await stack.enter_async_context(member(browser, base_url, "김민지"))
    guest = await stack.enter_async_context(member(browser, base_url, "Alex", viewport=NARROW))
    room_id = await owner.new_room("open", "주말 등산")
    await owner.enter(room_id)
    await guest.enter(room_id)
    return [owner, guest]


async def test_what_one_writes_both_see_and_it_is_marked_as_stored(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner, guest = await two_in_a_room(stack, browser, base_url)
        await owner.write("토요일에 봐요!")
        await guest.sees("토요일에 봐요!")
        await owner.sees("토요일에 봐요!")
        await owner.page.wait_for_selector("#waiting", state="hidden")
        own = owner.page.locator("#lines .said.own", has_text="토요일에 봐요!")
        assert "Stored" in (await own.locator(".meta").text_content() or "")
        theirs = guest.page.locator("#lines .said:not(.own)", has_text="토요일에 봐요!")
        assert await theirs.locator(".author").inner_text() != ""
        await guest.write("See you\nthere")
        await owner.sees("See you\nthere")
        assert owner.faults + guest.faults == []


async def test_the_keyboard_alone_is_enough(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        await reader.new_room("group", "Only keys")
        page, keys = reader.page, reader.page.keyboard
        await reader.open("/rooms")
        link = page.locator("#my-rooms .room-link")
        await link.wait_for()
        await page.locator("#tab-mine").focus()
        await keys.press("Tab")
        assert await link.evaluate("node => node === document.activeElement")
        await keys.press("Enter")
        await page.wait_for_selector("#draft:enabled:focus")
        await keys.type("first line")
        await keys.press("Shift+Enter")
        await keys.type("second line")
        await keys.press("Enter")
        await reader.sees("first line\nsecond line")
        assert await page.input_value("#draft") == ""
        assert await page.locator("#draft").evaluate("node => node === document.activeElement")


async def test_enter_ends_a_hangul_syllable_and_sends_nothing(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        await reader.enter(await reader.new_room("group", "한글"))
        page = reader.page
        devtools = await reader.context.new_cdp_session(page)
        await page.focus("#draft")
        for syllable in ("ㅎ", "하", "한"):
            await devtools.send(
                "Input.imeSetComposition",
                {"text": syllable, "selectionStart": 1, "selectionEnd": 1},
            )
        await page.evaluate(
            """() => document.getElementById("draft").dispatchEvent(new KeyboardEvent("keydown",
              {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
        )
        assert await page.input_value("#draft") == "한"
        await devtools.send("Input.insertText", {"text": "한"})
        await page.keyboard.press("Enter")
        await reader.sees("한")
        assert await reader.shown() == ["한"]


async def test_the_limit_counts_characters_and_is_shown_near_the_end(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        await reader.enter(await reader.new_room("group", "Long"))
        page = reader.page
        await page.fill("#draft", "a" * 3_799)
        assert await page.inner_text("#draft-counter") == ""
        await page.fill("#draft", "😀" * 4_000)
        assert "0 characters left" in await page.inner_text("#draft-counter")
        assert await page.is_enabled("#send")
        await page.fill("#draft", "😀" * 4_001)
        assert "1 characters too many" in await page.inner_text("#draft-counter")
        assert await page.is_disabled("#send")
        await page.fill("#draft", "😀" * 4_000)
        await page.keyboard.press("Enter")
        await reader.sees("😀" * 4_000)


async def test_what_is_written_without_a_connection_arrives_once_when_it_is_back(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner, guest = await two_in_a_room(stack, browser, base_url)
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


async def test_what_waits_for_the_connection_survives_a_reload(
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

        await reader.page.route_web_socket("**/stomp/chat", gate)
        await reader.enter(room_id)
        await reader.write("patience")
        await reader.page.wait_for_selector("#waiting [data-state=waiting]")
        is_away = False
        await reader.page.reload()
        await reader.sees("patience")
        assert await reader.shown() == ["patience"]


async def test_a_room_that_cannot_be_entered_yet_is_entered_when_it_can(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
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
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner, guest = await two_in_a_room(stack, browser, base_url)

        async def short_lived(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(response=answer, json={**await answer.json(), "expiresIn": 8})

        await guest.page.route("**/user/refresh", short_lived)
        await guest.page.evaluate("localStorage.clear()")
        async with guest.page.expect_websocket() as first:
            await guest.page.reload()
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
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        sent: list[str] = []

        def refuse_once(route: WebSocketRoute) -> None:
            server = route.connect_to_server()

            def on_page(frame: str | bytes) -> None:
                text = frame if isinstance(frame, str) else frame.decode()
                if not text.startswith("SEND"):
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
        assert "not today" in await trouble.inner_text()
        await reader.page.click("#waiting .retry")
        await reader.sees("hello there")
        assert sent == [sent[0]] * 2
        assert await reader.page.get_attribute("#lines .said", "data-message") == sent[0]


def refusal(message_id: str, user_id: str) -> str:
    """A MESSAGE frame as the server sends it; the page subscribes to its own account first."""
    body = {"type": "refused", "messageId": message_id, "code": "MESSAGE_REFUSED"}
    return (
        f"MESSAGE\nsubscription:sub-0\ndestination:/sub/user/{user_id}\nmessage-id:u1\n"
        f"content-type:application/json\n\n{json.dumps({**body, 'reason': 'not today'})}\0"
    )


async def test_scrolling_back_shows_every_message_once_and_in_order(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        room_id = await reader.new_room("group", "Long history")
        for number in range(1, 121):
            await reader.say(room_id, f"message {number}")
        await reader.enter(room_id)
        page = reader.page
        await reader.sees("message 120")
        assert await page.locator("#lines .bubble").count() < 120
        for _ in range(20):
            if await page.is_visible("#beginning"):
                break
            shown = await page.locator("#lines .bubble").count()
            await page.evaluate("document.getElementById('scroller').scrollTop = 0")
            await page.wait_for_function(
                "n => document.querySelectorAll('#lines .bubble').length > n", arg=shown
            )
        assert await reader.shown() == [f"message {number}" for number in range(1, 121)]
        assert await page.locator("#lines .day").count() == 1


async def test_who_reads_older_messages_stays_there_and_is_told_of_news(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner, guest = await two_in_a_room(stack, browser, base_url)
        for number in range(30):
            await owner.write(f"line {number}")
        await guest.sees("line 29")
        await guest.page.evaluate("document.getElementById('scroller').scrollTop = 0")
        await guest.page.wait_for_selector("#to-newest:visible")
        await owner.write("news!")
        await guest.page.wait_for_selector("#to-newest:has-text('news!')")
        top = await guest.page.evaluate("document.getElementById('scroller').scrollTop")
        assert top == 0
        await guest.page.click("#to-newest")
        await guest.page.wait_for_selector("#to-newest", state="hidden")


async def test_who_is_invited_sees_the_room_at_once_and_who_leaves_loses_it(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(member(browser, base_url, "김민지"))
        guest = await stack.enter_async_context(member(browser, base_url, "Alex"))
        room_id = await owner.new_room("group", "By invitation")
        await guest.open("/rooms")
        await guest.page.wait_for_selector("#my-rooms-note:not(:empty)")
        await owner.enter(room_id)
        await owner.page.click("#open-info")
        await owner.page.fill("#invite-user", guest.user_id)
        await owner.page.keyboard.press("Enter")
        await owner.page.wait_for_selector(f"#members li:has-text('@{guest.user_id}')")
        await owner.page.wait_for_selector("#lines .event:has-text('Alex')", state="attached")
        await guest.page.click("#my-rooms .room-link:has-text('By invitation')")
        await guest.page.wait_for_selector("#draft:enabled")
        await guest.page.click("#open-info")
        await guest.page.click("#leave")
        await guest.page.click("#leave-now")
        await guest.page.wait_for_url("**/rooms")
        await guest.page.wait_for_selector("#my-rooms-note:not(:empty)")
        await owner.page.wait_for_selector("#lines .event:has-text('went out')", state="attached")
        await guest.open(f"/rooms/{room_id}")
        await guest.page.wait_for_selector("#cover:visible")
        assert await guest.page.is_disabled("#draft")


async def test_a_link_from_another_site_asks_before_it_joins(
    base_url: str, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(member(browser, base_url))
        guest = await stack.enter_async_context(member(browser, base_url, "Alex"))
        room_id = await owner.new_room("open", "Asked first")
        await guest.open(f"/rooms/{room_id}?ask=1")
        await guest.page.wait_for_selector("#cover:visible")
        room = await owner.api("GET", f"/chat/{room_id}")
        assert room["memberCount"] == 1
        await guest.page.click("#cover button")
        await guest.page.wait_for_selector("#draft:enabled")
        room = await owner.api("GET", f"/chat/{room_id}")
        assert room["memberCount"] == 2


async def test_the_list_shows_the_last_message_as_it_comes(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        quiet = await reader.new_room("group", "Quiet")
        await reader.new_room("group", "Later")
        await reader.open("/rooms")
        first = reader.page.locator("#my-rooms .room-link").first
        await first.filter(has_text="Later").wait_for()
        await reader.say(quiet, "not so quiet")
        await first.filter(has_text="not so quiet").wait_for()
        assert reader.faults == []


async def test_a_room_is_made_in_the_dialog(base_url: str, browser: Browser) -> None:
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(member(browser, base_url))
        guest = await stack.enter_async_context(member(browser, base_url, "Alex"))
        await owner.open("/rooms")
        await owner.page.click("#open-create")
        await owner.page.fill("#create-name", "새 방")
        await owner.page.fill("#create-people", f"@{guest.user_id}")
        await owner.page.keyboard.press("Enter")
        await owner.page.wait_for_selector("#room-name:has-text('새 방')")
        await owner.page.wait_for_selector("#room-count:has-text('2 members')")
        assert owner.faults == []
