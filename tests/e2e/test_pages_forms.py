"""What a form says of what is wrong: at the field, all at once, in the language of the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import PASSWORD, Reader, member, new_handle, stranger, visit
from tests.e2e.scenery import speaker
from tests.e2e.test_pages_access import judge, looking

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SIGNUP = {
    "ko": {
        "signup-name": "이름은 1~40자여야 해요.",
        "signup-user": "아이디는 영문 소문자로 시작하고",
        "signup-password": "비밀번호는 8~256자여야 해요.",
    },
    "en": {
        "signup-name": "The name must have 1 to 40 characters.",
        "signup-user": "The user ID must have 3 to 40 lower-case letters",
        "signup-password": "The password must have 8 to 256 characters.",
    },
}
REQUIRED = {"ko": "이 항목을 입력해 주세요.", "en": "Fill in this field."}
WRONG = {"ko": "비밀번호가 맞지 않아요.", "en": "The password is wrong."}
NAMELESS = {"ko": "이름은 비워 둘 수 없어요.", "en": "The name must not be empty."}
NOBODY = {"ko": "‘{id}’: 이 아이디를 쓰는 사람이 없어요.", "en": "Nobody has the user ID {id}."}
TAKEN = {"ko": "이미 사용 중인 아이디예요.", "en": "This user ID is taken."}


@pytest.fixture(scope="module", params=["ko", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """The language of the page, and of who looks at it."""
    return str(request.param)


@pytest.fixture(scope="module")
async def account(base_url: str, browser: Browser, language: str) -> AsyncIterator[Reader]:
    """A member whose browser is of that language."""
    async with member(browser, base_url, **looking(language)) as somebody:
        yield somebody


@pytest.fixture
async def looker(account: Reader) -> AsyncIterator[Reader]:
    """That member on a new page."""
    async with visit(account) as reader:
        yield reader


async def said_at(reader: Reader, field: str) -> str:
    """What the page says of a field, as a screen reader finds it; empty for nothing."""
    described = await reader.page.get_attribute(f"#{field}", "aria-describedby") or ""
    invalid = await reader.page.get_attribute(f"#{field}", "aria-invalid")
    if f"{field}-problem" not in described.split():
        assert invalid != "true"
        return ""
    assert invalid == "true"
    assert await reader.page.get_attribute(f"#{field}", "aria-errormessage") == f"{field}-problem"
    return await reader.page.inner_text(f"#{field}-problem")


async def submit(reader: Reader, form: str) -> None:
    await reader.page.click(f"#{form} button[type=submit]")
    await reader.page.wait_for_selector(f"#{form} [aria-invalid=true]:focus")


async def test_a_signup_tells_all_its_faults_at_their_fields(
    base_url: str, browser: Browser, language: str, minji: Reader
) -> None:
    # The page is in one language, the browser and the cookie in the other.
    other = {"ko": "en", "en": "ko"}[language]
    async with stranger(browser, base_url, **looking(other)) as reader:
        page = reader.page
        await reader.context.add_cookies([{"name": "lang", "value": other, "url": base_url}])
        await reader.open(f"/login?lang={language}")
        await page.click("#tab-signup")
        await submit(reader, "signup")
        assert {await said_at(reader, field) for field in SIGNUP[language]} == {REQUIRED[language]}
        name, user_id, password = SIGNUP[language]
        await page.fill(f"#{name}", "x" * 41)
        assert await said_at(reader, name) == ""
        assert await said_at(reader, user_id) == REQUIRED[language]
        await page.fill(f"#{user_id}", "Not A Handle")
        await page.fill(f"#{password}", "short")
        await submit(reader, "signup")
        for field, text in SIGNUP[language].items():
            assert (await said_at(reader, field)).startswith(text)
        assert await page.evaluate("document.activeElement.id") == name
        assert await page.inner_text("#signup-problem") == ""
        assert await judge(reader, f"signup-faults-{language}") == []
        await page.fill(f"#{name}", "김민지")
        await page.fill(f"#{user_id}", minji.user_id)
        await page.fill(f"#{password}", PASSWORD)
        await submit(reader, "signup")
        assert (await said_at(reader, user_id)).startswith(TAKEN[language])
        assert [await said_at(reader, field) for field in (name, password)] == ["", ""]


async def test_a_new_chat_names_the_id_that_is_nobodys(
    base_url: str, looker: Reader, language: str
) -> None:
    reader = looker
    async with (
        speaker(base_url, "friend") as friend,
        speaker(base_url, "other") as other,
    ):
        page = reader.page
        nobody = new_handle("nobody")
        await reader.make_room({"kind": "group", "participants": [friend.user_id, other.user_id]})
        await reader.open("/rooms")
        await page.click("#open-create")
        await page.check("#create input[value=open]", force=True)
        await submit(reader, "create-form")
        assert await said_at(reader, "create-name") == NAMELESS[language]
        await page.check("#create input[value=group]", force=True)
        await page.fill("#create-name", "셋")
        await page.fill("#create-people", f"{friend.user_id}, {nobody} @{other.user_id}")
        await submit(reader, "create-form")
        assert await said_at(reader, "create-name") == ""
        assert await said_at(reader, "create-people") == NOBODY[language].format(id=nobody)
        assert await judge(reader, f"create-faults-{language}") == []


async def test_the_other_forms_say_what_is_wrong_at_the_field(
    looker: Reader, language: str
) -> None:
    reader = looker
    page = reader.page
    await reader.open("/friends")
    await page.click("#edit-name")
    await page.fill("#own-name", " ")
    await submit(reader, "name-form")
    assert await said_at(reader, "own-name") == SIGNUP[language]["signup-name"]
    assert await judge(reader, f"name-faults-{language}") == []
    await page.click("#open-me")
    await page.click("#open-erase")
    await submit(reader, "erase-form")
    assert await said_at(reader, "erase-password") == REQUIRED[language]
    await page.fill("#erase-password", "not the password")
    await submit(reader, "erase-form")
    assert await said_at(reader, "erase-password") == WRONG[language]
    await reader.enter(await reader.new_room("group", "Named"))
    await page.click("#open-info")
    nobody = new_handle("nobody")
    await submit(reader, "invite")
    assert await said_at(reader, "invite-user") == REQUIRED[language]
    await page.fill("#invite-user", nobody)
    await submit(reader, "invite")
    assert await said_at(reader, "invite-user") == NOBODY[language].format(id=nobody)
    await page.fill("#rename-name", "x" * 61)
    await submit(reader, "rename")
    assert "60" in await said_at(reader, "rename-name")
    assert await judge(reader, f"room-faults-{language}") == []
    await reader.open("/search")
    await submit(reader, "search")
    assert await said_at(reader, "query") == REQUIRED[language]
    assert await judge(reader, f"search-faults-{language}") == []
