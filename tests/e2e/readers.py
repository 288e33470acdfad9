"""People in real browsers: an account, a browser context of its own, and what went wrong in it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from chatstream.errors import ErrorCode
from tests.client.waiting import eventually

if TYPE_CHECKING:
    from playwright.async_api import (
        APIResponse,
        Browser,
        BrowserContext,
        ConsoleMessage,
        Dialog,
        Page,
        ViewportSize,
    )

log = logging.getLogger(__name__)

PASSWORD = "correct-horse-battery-9"
NARROW: ViewportSize = {"width": 360, "height": 740}
DEADLINE = 45_000  # ms, for a machine that runs much else
# A store that did not answer in time, on a machine that runs much else: the page tells it or asks
# again, and a test waits for what is then to be seen.
BUSY = "the server responded with a status of 503"
ANSWERED_WITHIN = 180.0  # seconds, in which a server may be away

# Runs in every page before its own scripts: policy violations become console errors.
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""


def new_handle(stem: str = "reader") -> str:
    """A handle that nobody has, of letters that spell no listed word: it is said in rooms, too."""
    return f"{stem}-{''.join(secrets.choice('hjkqvwxz') for _ in range(12))}"


@dataclass
class Reader:
    """A person with a browser; `faults` has console errors, script errors and dialogs."""

    base_url: str
    context: BrowserContext
    page: Page
    user_id: str
    name: str
    token: str = ""
    faults: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        """Go to a page of ours."""
        await self.page.goto(self.base_url + path)

    async def api(self, method: str, path: str, body: object | None = None) -> Any:
        """A call of the HTTP interface as this person; the answer's JSON.

        Made again while it is busy or a store did not answer in time, which on a busy machine says
        nothing of what is tested; every such answer says that repeating is safe.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        passing = (ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)

        async def answered() -> APIResponse | None:
            response = await self.context.request.fetch(
                self.base_url + path, method=method, headers=headers, data=body
            )
            if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                return response
            text = await response.text()
            return None if any(code in text for code in passing) else response

        response = await eventually(answered, ANSWERED_WITHIN)
        text = await response.text()
        assert response.ok, f"{method} {path}: {response.status} {text}"
        return await response.json() if text else None

    async def become(self, name: str) -> None:
        """Sign up with a new handle under this name, and be logged in from now on."""
        self.user_id, self.name = new_handle(), name
        await sign_up(self, self.user_id, name)
        await self.log_in()

    async def log_in(self) -> None:
        """A login with the password, as somebody who has an account."""
        account = {"userId": self.user_id, "password": PASSWORD}
        login = await _not_away(self, "/user/login", account)
        assert login.ok, await login.text()
        self.token = (await login.json())["accessToken"]

    async def new_room(self, kind: str, name: str, *participants: str) -> str:
        """Make a room; returns its id."""
        body = {"kind": kind, "name": name, "participants": list(participants)}
        return str((await self.make_room(body))["roomId"])

    async def make_room(self, body: object) -> Any:
        """What `POST /chat` answers once the chat databases know everybody in the body."""

        async def made() -> Any:
            try:
                return await self.api("POST", "/chat", body)
            except AssertionError as error:
                if str(ErrorCode.USER_NOT_FOUND) not in str(error):
                    raise
                return None

        return await eventually(made)

    async def say(self, room_id: str, text: str) -> None:
        """Say something without the page; returns when it is stored, once."""
        body = {"message": text, "messageId": str(uuid4())}
        await self.api("POST", f"/chat/{room_id}", body)

    async def enter(self, room_id: str) -> None:
        """Open the room's page; returns when one can write."""
        await self.open(f"/rooms/{room_id}")
        await self.page.wait_for_selector("#draft:enabled")

    async def write(self, text: str) -> None:
        """Write into the open room with the keyboard and press Enter."""
        await self.page.focus("#draft")
        await self.page.keyboard.insert_text(text)
        await self.page.keyboard.press("Enter")

    async def shown(self) -> list[str]:
        """The texts of the stored bubbles, in order."""
        return await self.page.locator("#lines .bubble").all_text_contents()

    async def sees(self, text: str) -> None:
        """Returns when the open room shows the text as a stored message."""
        await self.page.locator("#lines .bubble", has_text=text).last.wait_for()


async def sign_up(by: Reader, user_id: str, name: str) -> None:
    """A new account, made from this browser; what was not stored in time is repeated."""
    account = {"userId": user_id, "password": PASSWORD, "name": name}
    signup = await _not_away(by, "/user", account)
    assert signup.status == HTTPStatus.CREATED, await signup.text()


async def _not_away(by: Reader, path: str, body: object) -> APIResponse:
    """The first answer to this post that is no 503."""

    async def answered() -> APIResponse | None:
        response = await by.context.request.post(by.base_url + path, data=body)
        is_away = response.status == HTTPStatus.SERVICE_UNAVAILABLE
        return None if is_away else response

    response: APIResponse = await eventually(answered, ANSWERED_WITHIN)
    return response


@asynccontextmanager
async def stranger(browser: Browser, base_url: str, **options: Any) -> AsyncIterator[Reader]:
    """Somebody without an account yet; the context is closed at the end."""
    options.setdefault("locale", "en-GB")
    options.setdefault("timezone_id", "Asia/Seoul")
    context = await browser.new_context(**options)
    context.set_default_timeout(DEADLINE)
    await context.add_init_script(_TELL_VIOLATIONS)
    page = await context.new_page()
    reader = Reader(base_url, context, page, new_handle(), "김민지")
    _record_faults(reader)
    try:
        yield reader
    finally:
        await context.close()


def _record_faults(reader: Reader) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            if BUSY not in message.text:
                reader.faults.append(message.text)
            log.warning("%s: %s", message.location.get("url"), message.text)

    async def on_dialog(dialog: Dialog) -> None:
        reader.faults.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    reader.page.on("console", on_console)
    reader.page.on("pageerror", lambda error: reader.faults.append(str(error)))
    reader.page.on("dialog", on_dialog)


@asynccontextmanager
async def member(
    browser: Browser, base_url: str, name: str = "김민지", **options: Any
) -> AsyncIterator[Reader]:
    """Somebody with an account who is logged in, on no page yet."""
    async with stranger(browser, base_url, **options) as reader:
        await reader.become(name)
        yield reader


@asynccontextmanager
async def visit(somebody: Reader) -> AsyncIterator[Reader]:
    """The same person on a new page; at the end all pages are closed, and the context is online."""
    page = await somebody.context.new_page()
    reader = replace(somebody, page=page, faults=[])
    _record_faults(reader)
    try:
        yield reader
    finally:
        await somebody.context.set_offline(offline=False)
        for each in somebody.context.pages:
            if each is not somebody.page:
                await each.close()


Pair = tuple[Reader, Reader]
"""Two people who see the same."""


async def sign_up_by_page(reader: Reader) -> None:
    """As a new user does it; ends in the list of rooms."""
    page = reader.page
    await reader.open("/")
    await page.click("#tab-signup")
    await page.fill("#signup-name", reader.name)
    await page.fill("#signup-user", reader.user_id)
    await page.fill("#signup-password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/rooms")
