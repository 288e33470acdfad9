"""Signing up, logging in and out, by the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.e2e.readers import PASSWORD, Reader, member, sign_up_by_page, stranger

if TYPE_CHECKING:
    from playwright.async_api import Browser, Request, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]


AWAY = (
    "https://other.example/",
    "//other.example/x",
    "/\\other.example",
    "/..//other.example/x",
    "/.//other.example/x",
    "/%2e%2e//other.example/x",
    "/\t/other.example/x",
)


async def log_in(reader: Reader) -> None:
    await reader.page.fill("#login-user", reader.user_id)
    await reader.page.fill("#login-password", PASSWORD)
    await reader.page.keyboard.press("Enter")


async def log_out(reader: Reader) -> None:
    await reader.page.click("#open-me")
    await reader.page.click("#logout")
    await reader.page.wait_for_url("**/login")


async def test_who_signs_up_is_logged_in_and_can_leave_and_return(
    base_url: str, browser: Browser
) -> None:
    async with stranger(browser, base_url) as reader:
        await sign_up_by_page(reader)
        await reader.page.wait_for_selector("#my-rooms-note:has-text('No chats yet')")
        await log_out(reader)
        await reader.open("/words")
        await reader.page.wait_for_selector("#login-user:focus")
        assert reader.page.url == f"{base_url}/login?next=/words"
        await log_in(reader)
        await reader.page.wait_for_url("**/words")
        await reader.page.wait_for_selector("#words-as-of:not(:empty)")
        assert reader.faults == []


async def test_a_wrong_password_is_told_beside_the_form(base_url: str, browser: Browser) -> None:
    async with stranger(browser, base_url) as reader:
        await reader.open("/login")
        await log_in(reader)
        await reader.page.wait_for_selector("#login-problem:has-text('wrong')")
        assert reader.page.url.endswith("/login")


async def test_a_name_of_nothing_and_a_common_korean_password_are_told_at_their_fields(
    base_url: str, browser: Browser
) -> None:
    async with stranger(browser, base_url, locale="ko-KR") as reader:
        page = reader.page
        await reader.open("/login")
        await page.click("#tab-signup")
        await page.fill("#signup-name", "\u3164")
        await page.fill("#signup-user", reader.user_id)
        await page.fill("#signup-password", "tkfkdgo12!")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#signup-name[aria-invalid='true']:focus")
        await page.wait_for_selector("#signup .problem:has-text('보이는 글자')")
        await page.fill("#signup-name", reader.name)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#signup-password[aria-invalid='true']:focus")
        await page.wait_for_selector("#signup .problem:has-text('쉬운 비밀번호')")


async def test_the_login_leads_to_no_other_site(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        await reader.context.clear_cookies()
        await reader.open(f"/login?next={quote(AWAY[0], safe='')}")
        await log_in(reader)
        await reader.page.wait_for_url(f"{base_url}/rooms")
        for place in (*AWAY[1:], f"{base_url}//other.example/x"):
            # Who is logged in already goes on without the form.
            await reader.open(f"/login?next={quote(place, safe='')}")
            await reader.page.wait_for_url(f"{base_url}/rooms")
        await reader.open("/login?next=/words?last=5%23chatAdd")
        await reader.page.wait_for_url(f"{base_url}/words?last=5#chatAdd")


async def test_an_ended_access_token_is_renewed_without_the_password(
    base_url: str, browser: Browser
) -> None:
    async with member(browser, base_url) as reader:
        await reader.open("/search")
        # Its page renews the login once, and remembers that there is one.
        await reader.page.wait_for_function("() => localStorage.length")
        # What the page still asks must not find the cookie gone: that is no fault.
        await reader.page.wait_for_load_state("networkidle")
        await reader.context.clear_cookies(name="access")
        await reader.open("/search")
        await reader.page.wait_for_url("**/search")
        await reader.page.wait_for_selector("#query:focus")
        assert reader.faults == []


@pytest.mark.parametrize(
    ("locale", "heading", "lang"), [("ko-KR", "말하면", "ko"), ("en-US", "Talk", "en")]
)
async def test_a_page_speaks_the_browsers_language(
    base_url: str, browser: Browser, locale: str, heading: str, lang: str
) -> None:
    async with stranger(browser, base_url, locale=locale) as reader:
        await reader.open("/login")
        assert heading in await reader.page.inner_text("h1")
        assert await reader.page.get_attribute("html", "lang") == lang


async def test_the_chosen_language_and_theme_stay(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        await reader.open("/rooms")
        await reader.page.click("#open-me")
        await reader.page.check("#me input[name=theme][value=dark]", force=True)
        await reader.page.check("#me input[name=language][value=ko]", force=True)
        await reader.page.wait_for_selector("h1:has-text('채팅')")
        response = await reader.context.request.get(
            f"{base_url}/rooms", headers={"Accept": "text/html"}
        )
        assert '<html lang="ko" data-theme="dark">' in await response.text()


async def test_who_logs_out_leaves_nothing_typed_though_the_page_hears_of_the_end_first(
    base_url: str, browser: Browser
) -> None:
    """Another call of the page is refused before the log-out is answered."""
    async with member(browser, base_url) as reader:
        page = reader.page
        await reader.enter(await reader.new_room("group", "Left"))
        await page.fill("#draft", "typed here")
        assert await page.evaluate(_TYPED) != []
        went: list[str] = []

        async def late(route: Route) -> None:
            answer = await route.fetch()
            async with page.expect_response("**/user/refresh") as refused:
                await page.evaluate(_ASKS)
            assert (await refused.value).status == 401
            await route.fulfill(response=answer)

        page.on("request", lambda each: went.append(each.url) if _leads(each) else None)
        await page.route("**/user/logout", late)
        await log_out(reader)
        assert went == [f"{base_url}/login"]
        assert await page.evaluate(_TYPED) == []


_TYPED = "Object.keys(localStorage).filter((key) => key.includes('/'))"
# The page asks for something: for chats of this name.
_ASKS = """() => { const field = document.getElementById("find-mine-text");
  field.value = "left";
  field.dispatchEvent(new Event("input", {bubbles: true})); }"""


def _leads(request: Request) -> bool:
    return request.is_navigation_request()


async def test_a_logout_ends_every_tab_of_the_login(base_url: str, browser: Browser) -> None:
    async with member(browser, base_url) as reader:
        await reader.open("/rooms")
        other = await reader.context.new_page()
        await other.goto(f"{base_url}/words")
        await other.wait_for_selector("#words-as-of:not(:empty)")
        await log_out(reader)
        await other.wait_for_url("**/login?next=/words")
