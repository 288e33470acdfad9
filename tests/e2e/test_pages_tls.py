"""The pages through TLS: every step of the first scene, and what a browser keeps of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.e2e.readers import PASSWORD, Reader, sign_up_by_page, stranger
from tests.e2e.secured import (
    HSTS_SECONDS,
    Secured,
    make_room_there,
    secured,
    trusting_browser,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser, Cookie

pytestmark = [pytest.mark.stack, pytest.mark.browser]

_NO_WEBSOCKET = "delete globalThis.WebSocket;"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def behind_tls(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Secured]:
    async with secured(stack, tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chromium(behind_tls: Secured) -> AsyncIterator[Browser]:
    async with trusting_browser(behind_tls.files) as browser:
        yield browser


def _watch(reader: Reader, asked: list[str]) -> None:
    """Note every address that the page fetches from or opens a socket to."""
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.page.on("websocket", lambda socket: asked.append(socket.url))


async def _log_out(reader: Reader) -> None:
    await reader.page.click("#open-me")
    await reader.page.click("#logout")
    await reader.page.wait_for_url("**/login")


async def _log_in(reader: Reader) -> None:
    await reader.page.fill("#login-user", reader.user_id)
    await reader.page.fill("#login-password", PASSWORD)
    await reader.page.keyboard.press("Enter")
    await reader.page.wait_for_url("**/rooms")


async def _cookies(reader: Reader) -> dict[str, Cookie]:
    found: list[Cookie] = await reader.context.cookies(f"{reader.base_url}/user/refresh")
    return {cookie["name"]: cookie for cookie in found}


@asynccontextmanager
async def two_who_answer(
    behind_tls: Secured, chromium: Browser, guests_host: str, *scripts: str
) -> AsyncIterator[tuple[Reader, Reader, list[str]]]:
    """Two new people who were shown each other's message, and every address they asked for."""
    asked: list[str] = []
    async with (
        stranger(chromium, behind_tls.url) as owner,
        stranger(chromium, behind_tls.url.replace("127.0.0.1", guests_host)) as guest,
    ):
        for reader in (owner, guest):
            for script in scripts:
                await reader.page.add_init_script(script)
            _watch(reader, asked)
            await sign_up_by_page(reader)
        await _log_out(owner)
        await _log_in(owner)
        room_id = await make_room_there(owner, "By TLS")
        await owner.enter(room_id)
        await guest.enter(room_id)
        await owner.write("Message Check! I am sending it!")
        await guest.sees("Message Check! I am sending it!")
        await guest.write("got it")
        await owner.sees("got it")
        yield owner, guest, asked
        assert owner.faults == guest.faults == []


async def test_two_people_sign_up_chat_and_leave_and_all_of_it_is_https(
    behind_tls: Secured, chromium: Browser
) -> None:
    async with two_who_answer(behind_tls, chromium, "localhost") as (owner, _, asked):
        assert await owner.page.evaluate("isSecureContext")
        await _log_out(owner)
        assert "__Host-access" not in await _cookies(owner)
    assert {url.partition(":")[0] for url in asked} <= {"https", "wss", "data", "blob"}
    assert {url.partition("//")[2].partition("/")[0] for url in asked if "//" in url} == {
        behind_tls.url.removeprefix("https://"),
        behind_tls.url.removeprefix("https://").replace("127.0.0.1", "localhost"),
    }
    assert any(url.startswith("wss:") for url in asked)


async def test_a_login_is_in_cookies_that_only_this_host_gets_and_only_by_https(
    behind_tls: Secured, chromium: Browser
) -> None:
    async with stranger(chromium, behind_tls.url) as reader:
        await sign_up_by_page(reader)
        cookies = await _cookies(reader)
        assert {"__Host-access", "__Secure-refresh"} <= cookies.keys()
        assert not {"access", "refresh"} & cookies.keys()
        for name in ("__Host-access", "__Secure-refresh"):
            assert cookies[name]["secure"], name
            assert cookies[name]["httpOnly"], name
            assert cookies[name]["sameSite"] == "Strict", name
        assert cookies["__Host-access"]["path"] == "/"
        assert cookies["__Secure-refresh"]["path"] == "/user/refresh"
        await reader.page.click("#open-me")
        await reader.page.check("input[name=theme][value=dark]", force=True)

        async def chosen() -> Cookie | None:
            return (await _cookies(reader)).get("theme")

        assert (await eventually(chosen))["secure"]


async def test_every_answer_keeps_the_browser_to_https(
    behind_tls: Secured, chromium: Browser
) -> None:
    async with stranger(chromium, behind_tls.url) as reader:
        answers = [
            answer
            for path in ("/login", "/healthz", "/nothing-here", "/metrics")
            if (answer := await reader.page.goto(behind_tls.url + path)) is not None
        ]
        for answer in answers:
            headers = await answer.all_headers()
            assert headers["strict-transport-security"] == f"max-age={HSTS_SECONDS}", answer.url
        policy = (await answers[0].all_headers())["content-security-policy"]
        assert "upgrade-insecure-requests" in policy
        assert f"wss://{behind_tls.url.removeprefix('https://')}" in policy


async def test_who_types_http_comes_to_https(behind_tls: Secured, chromium: Browser) -> None:
    async with stranger(chromium, behind_tls.url) as reader:
        await reader.page.goto(behind_tls.url.replace("https:", "http:") + "/login?next=/words")
        assert reader.page.url == f"{behind_tls.url}/login?next=/words"


async def test_without_websocket_they_chat_by_sockjs_over_https(
    behind_tls: Secured, chromium: Browser
) -> None:
    async with two_who_answer(behind_tls, chromium, "127.0.0.1", _NO_WEBSOCKET) as (*_, asked):
        pass
    polls = [url for url in asked if "/xhr" in url]
    assert polls
    assert all(url.startswith("https:") for url in polls)
    assert not any(url.startswith(("ws:", "wss:")) for url in asked)
