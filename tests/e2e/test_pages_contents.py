"""Posts in the browser: written, previewed, followed to their verdict, read, shared, decided on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.waiting import eventually
from tests.e2e.posts import doubtful, published, stands
from tests.e2e.readers import NARROW, Reader, member
from tests.e2e.test_pages_access import violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.stack, pytest.mark.browser]

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "</textarea><script>alert(1)</script>",
    "[go](javascript:alert(1)) ![see](http://evil.example/x.png)",
    '[go](https://a.example/"onmouseover="alert(1))',
    "<style>*{display:none}</style> {{ 7 * 7 }} ${7 * 7}",
)
PUBLISHED = "#standing[data-state=published]"


async def lead_to(operator: Reader, row: Locator) -> None:
    """Read the queue on until the row is there: the newest is the last."""
    more = operator.page.locator("#inspections-more:visible")
    await operator.page.locator(".inspection").first.wait_for()
    while not await row.count() and await more.count():
        async with operator.page.expect_response("**/ops/inspections?*"):
            await more.click()
    await row.wait_for()


async def test_a_post_is_written_kept_previewed_and_published(
    base_url: str, browser: Browser, reader: Reader
) -> None:
    page = reader.page
    await page.set_viewport_size(NARROW)
    await reader.open("/write")
    await page.fill("#write-title", "Snow at the sea")
    await page.fill("#write-body", "# White\n\n**waves** <script>alert(1)</script>")
    await page.fill("#write-tags", "sea, #snow, Sea")
    await page.wait_for_selector("#write-kept:not(:empty)")
    await page.reload()
    assert await page.input_value("#write-title") == "Snow at the sea"
    await page.click("#tab-preview")
    await page.wait_for_selector("#preview-body h2:has-text('White')")
    assert await page.locator("#preview-body strong").inner_text() == "waves"
    assert "<script>" in await page.inner_text("#preview-body")
    assert await violations(reader) == []
    await page.click("#tab-write")
    await page.click("#write [type=submit]")
    await page.wait_for_selector(PUBLISHED)
    assert await violations(reader) == []
    await page.click("#standing-link")
    await page.wait_for_selector("#post:visible")
    assert await page.locator("#tags li").all_inner_texts() == ["#sea", "#snow"]
    async with member(browser, base_url, "Another") as other:
        await other.page.goto(page.url)
        await other.page.click("#like")
        await other.page.wait_for_selector("#like[aria-pressed=true]:has-text('1 like')")
        assert await violations(other) == []
        await reader.open("/write")
        assert await page.input_value("#write-title") == ""
        await page.go_back()
        await page.click("#delete")
        await page.click("#sure-now")
        await page.wait_for_url("**/feed")
        await other.page.reload()
        await other.page.wait_for_selector("#post-note:has-text('does not exist')")
        # The browser itself tells of the 404 that is meant.
        assert [each for each in other.faults if "404" not in each] == []
    assert reader.faults == []


async def test_two_who_change_a_post_are_told_and_lose_nothing(reader: Reader) -> None:
    content_id = await published(reader, title="First")
    page, path = reader.page, f"/content/{content_id}"
    await reader.open(f"/write?content={content_id}")
    await page.fill("#write-title:enabled", "Mine")
    await page.wait_for_selector("#write-kept:not(:empty)")
    await reader.api("PATCH", path, {"version": 1, "title": "Theirs"})
    await page.click("#write [type=submit]")
    await page.wait_for_selector("#write-problem:has-text('changed elsewhere')")
    assert await page.input_value("#write-title") == "Mine"
    await page.click("#write-latest")
    await page.wait_for_function("() => document.getElementById('write-title').value === 'Theirs'")
    await page.fill("#write-title", "Mine again")
    await page.wait_for_selector("#write-kept:not(:empty)")
    await stands(reader, content_id, "published", 2)
    await reader.api("PATCH", path, {"version": 2, "title": "Theirs again"})
    await page.reload()
    await page.wait_for_selector("#write-problem:has-text('changed elsewhere')")
    assert await page.input_value("#write-title") == "Mine again"
    assert await violations(reader) == []
    await page.click("#write [type=submit]")
    await page.wait_for_selector(PUBLISHED)
    assert (await reader.api("GET", path))["title"] == "Mine again"
    assert [each for each in reader.faults if "409" not in each] == []


async def test_a_draft_that_is_open_twice_makes_one_post(reader: Reader) -> None:
    page = reader.page
    await reader.open("/write")
    await page.fill("#write-title:enabled", "Once")
    await page.fill("#write-body", "text")
    await page.wait_for_selector("#write-kept:not(:empty)")
    second = await reader.context.new_page()
    await second.goto(page.url)
    await second.wait_for_selector("#write-title:enabled")
    assert await second.input_value("#write-title") == "Once"
    await page.click("#write [type=submit]")
    await page.wait_for_selector(PUBLISHED)
    await second.fill("#write-title", "Twice")
    await second.click("#write [type=submit]")
    await second.wait_for_selector("#write-problem:has-text('changed elsewhere')")
    await second.click("#write [type=submit]")
    await second.wait_for_selector(PUBLISHED)
    contents = (await reader.api("GET", f"/content?author={reader.user_id}"))["contents"]
    titles = [each["title"] for each in contents if each["title"] in ("Once", "Twice")]
    assert titles == ["Twice"]
    await second.close()
    assert [each for each in reader.faults if "409" not in each] == []


async def test_what_waits_for_a_person_is_decided_and_its_author_is_told(
    reader: Reader, operator: Reader
) -> None:
    content_id = await doubtful(reader, title=f"Links of {reader.user_id}")
    await reader.open(f"/content/{content_id}")
    await reader.page.wait_for_selector("#standing[data-state=review]")
    await reader.page.wait_for_selector("#unpublished:visible")
    await operator.open("/ops/inspections")
    row = operator.page.locator(f".inspection[data-inspection='{content_id}/1']")
    await lead_to(operator, row)
    assert await violations(operator) == []
    await row.locator("textarea").fill("Too many links")
    await row.get_by_role("button", name="Refuse").click()
    await row.wait_for(state="detached")
    await reader.page.wait_for_selector("#standing[data-state=refused]")
    await reader.page.wait_for_selector("#standing-note:has-text('Too many links')")
    assert await violations(reader) == []
    await reader.page.fill("#appeal-text", "They are all mine")
    await reader.page.click("#appeal [type=submit]")
    await reader.page.wait_for_selector("#standing[data-state=review]")
    await operator.page.reload()
    await lead_to(operator, row)
    await row.locator(".appeal-text:has-text('They are all mine')").wait_for()
    await row.locator("textarea").fill("Fine then")
    await row.get_by_role("button", name="Accept").click()
    await row.wait_for(state="detached")
    await reader.page.wait_for_selector("#unpublished", state="hidden")
    await reader.page.wait_for_selector("#like:visible")
    assert (reader.faults, operator.faults) == ([], [])


async def test_a_post_that_is_shared_into_a_room_is_followed_by_its_card(
    base_url: str, browser: Browser, reader: Reader
) -> None:
    content_id = await published(reader, title="Before")
    room_id = await reader.new_room("open", f"Readers of {reader.user_id}")
    await reader.open(f"/content/{content_id}")
    await reader.page.click("#share")
    await reader.page.get_by_role("button", name=f"Readers of {reader.user_id}").click()
    await reader.page.wait_for_selector("#announcer:has-text('Shared into')", state="attached")
    async with member(browser, base_url, "Another") as other:
        await other.enter(room_id)
        card = other.page.locator(".post-card")
        await card.filter(has_text="Before").wait_for()
        assert await violations(other) == []
        await reader.api("PATCH", f"/content/{content_id}", {"version": 1, "title": "After"})
        await stands(reader, content_id, "published", 2)

        async def is_seen_changed() -> bool:
            # What a worker holds may be a second old (ADR 0082): who looks then looks once more.
            if await card.filter(has_text="After").count():
                return True
            await other.page.evaluate("dispatchEvent(new Event('focus'))")
            return False

        await eventually(is_seen_changed)
        await reader.api("DELETE", f"/content/{content_id}")
        await other.page.evaluate("dispatchEvent(new Event('focus'))")
        await card.filter(has_text="no longer there").wait_for()
        assert [each for each in other.faults if "404" not in each] == []


async def test_who_subscribes_finds_posts_in_the_feed_and_by_their_tag(
    base_url: str, browser: Browser, reader: Reader
) -> None:
    async with member(browser, base_url, "Author") as author:
        content_id = await published(author, title="For my readers")
        await reader.open(f"/people/{author.user_id}")
        await reader.page.click("#subscribe:visible")
        await reader.page.wait_for_selector("#subscribe:has-text('Unsubscribe')")
        assert await violations(reader) == []
        await reader.open("/feed")
        post = reader.page.locator(f".post[data-content='{content_id}']")
        await post.wait_for()
        assert await violations(reader) == []
        await post.get_by_role("link", name="#winter").click()
        await reader.page.wait_for_selector("#tag:has-text('#winter')")
        await post.wait_for()
        await reader.page.click("#lists [data-list=authors]")
        await reader.page.get_by_role("link", name="Author").wait_for()
    assert reader.faults == []


async def test_nothing_that_is_written_in_a_post_can_act(reader: Reader) -> None:
    for text in HOSTILE:
        content_id = await published(reader, title=text[:100], body=text, tags=[text[:30]])
        await reader.open(f"/content/{content_id}")
        await reader.page.wait_for_selector("#post:visible")
        assert await reader.page.inner_text("#title") == text[:100]
        assert await reader.page.locator("#post :is(img, script, style, iframe)").count() == 0
        hrefs = await reader.page.locator("#body a").evaluate_all("(all) => all.map((a) => a.href)")
        assert all(href.startswith(("https://", "http://")) for href in hrefs)
    await reader.open(f"/people/{reader.user_id}")
    await reader.page.locator(".post").nth(len(HOSTILE) - 1).wait_for()
    assert await reader.page.locator(".posts :is(img, script, style, iframe)").count() == 0
    assert reader.faults == []
