"""Two browsers that may not use WebSocket chat through the real sockjs-client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from yarl import URL

from tests.e2e.readers import Reader

if TYPE_CHECKING:
    from playwright.async_api import Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

_NO_WEBSOCKET = "delete globalThis.WebSocket;"


async def _without_websocket(reader: Reader, used: list[str]) -> None:
    await reader.page.add_init_script(_NO_WEBSOCKET)

    def note(url: str) -> None:
        if "/stomp/chat/" in url:
            used.append(URL(url).name)

    reader.page.on("request", lambda request: note(request.url))


async def _abort(route: Route) -> None:
    await route.abort()


@pytest.mark.parametrize("transport", ["xhr_streaming", "xhr"])
async def test_two_readers_without_websocket_chat_and_recover(
    owner: Reader, guest: Reader, transport: str
) -> None:
    used: list[str] = []
    for reader in (owner, guest):
        await _without_websocket(reader, used)
        if transport == "xhr":
            await reader.page.route("**/xhr_streaming*", _abort)
    room_id = await owner.new_room("open", "No sockets")
    await owner.enter(room_id)
    await guest.enter(room_id)
    await owner.write("Message Check! I am sending it!")
    await guest.sees("Message Check! I am sending it!")
    await guest.context.set_offline(True)
    await guest.page.wait_for_selector("#connection:has-text('No connection')")
    for number in range(3):
        await owner.write(f"while you slept {number}")
    await owner.sees("while you slept 2")
    await guest.context.set_offline(False)
    await guest.write("awake")
    await owner.sees("awake")
    expected = ["Message Check! I am sending it!"]
    expected += [f"while you slept {number}" for number in range(3)]
    for reader in (owner, guest):
        await reader.sees("awake")
        assert await reader.shown() == [*expected, "awake"]
    assert transport in used
    assert "websocket" not in used


async def test_a_page_whose_sockets_never_open_goes_on_by_sockjs(reader: Reader) -> None:
    room_id = await reader.new_room("group", "Blocked")
    await reader.page.route_web_socket("**/stomp/chat", lambda socket: socket.close(code=1012))
    await reader.enter(room_id)
    await reader.write("through all the same")
    await reader.sees("through all the same")
