"""Coupons in the browser: waiting for the opening, the claim, a lost network, one's own coupons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.campaigns import new_campaign, open_campaign
from tests.e2e.readers import NARROW, Reader, member
from tests.e2e.test_pages_access import violations

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

GOT = "#standing-head:has-text('You got the coupon')"
CLAIMS = "**/coupon/campaigns/*/claims"


async def test_whoever_waits_for_the_opening_gets_a_coupon_and_shows_its_code(
    reader: Reader, operator: Reader
) -> None:
    campaign_id = await new_campaign(operator)
    page = reader.page
    await page.set_viewport_size(NARROW)
    await reader.open(f"/coupons/{campaign_id}")
    await page.wait_for_selector("#countdown:not(:empty)")
    assert await page.is_disabled("#claim")
    await page.click("#claim:enabled")
    await page.wait_for_selector(GOT)
    assert "Place 1 " in await page.inner_text("#standing-place")
    assert await violations(reader) == []
    await page.reload()
    await page.wait_for_selector(GOT)
    await page.click("#standing-link")
    mine = page.locator("#mine button", has_text="Winter coffee")
    await mine.first.click()
    await page.wait_for_selector("#coupon-picture svg path")
    code = await page.inner_text("#coupon-code")
    assert await violations(reader) == []
    used = await operator.api("POST", f"/coupon/{code}/use", {"reference": "till 3"})
    assert used["state"] == "used"
    assert reader.faults == []


async def test_who_is_behind_the_last_coupon_is_told_so_and_so_is_the_next(
    base_url: str, browser: Browser, reader: Reader, operator: Reader
) -> None:
    campaign_id = await open_campaign(operator, stock=1)
    await reader.open(f"/coupons/{campaign_id}")
    await reader.page.click("#claim:enabled")
    await reader.page.wait_for_selector(GOT)
    async with member(browser, base_url, "Late") as late:
        claim = await late.context.request.post(
            f"{base_url}/coupon/campaigns/{campaign_id}/claims",
            headers={"Authorization": f"Bearer {late.token}"},
            data={},
        )
        assert (claim.status, (await claim.json())["error"]["code"]) == (409, "SOLD_OUT")
        await late.open(f"/coupons/{campaign_id}")
        await late.page.wait_for_selector("#standing-text:has-text('gone before your turn')")
        assert late.faults == []


async def test_a_network_that_is_lost_in_the_rush_ends_with_the_right_answer(
    reader: Reader, operator: Reader
) -> None:
    campaign_id = await open_campaign(operator)
    page = reader.page
    sent: list[str | None] = []

    async def lose_the_answers(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            await route.abort()
        elif len(sent) == 2:
            await route.fetch()  # it arrives, and its answer does not
            await route.abort()
        else:
            await route.continue_()

    await page.route(CLAIMS, lose_the_answers)
    await reader.open(f"/coupons/{campaign_id}")
    await page.click("#claim:enabled")
    await page.wait_for_selector(GOT)
    assert len(set(sent)) == 1
    held = await reader.api("GET", "/coupon")
    assert [each["campaignId"] for each in held["coupons"]].count(campaign_id) == 1


async def test_work_is_done_before_a_claim_where_it_is_asked_for(
    reader: Reader, operator: Reader
) -> None:
    campaign_id = await open_campaign(operator, proofOfWork=12)
    await reader.open(f"/coupons/{campaign_id}")
    await reader.page.click("#claim:enabled")
    await reader.page.wait_for_selector(GOT)
    assert reader.faults == []


async def test_an_operator_makes_a_campaign_and_cancels_it(operator: Reader) -> None:
    page = operator.page
    await operator.open("/ops/coupons")
    await page.click("#open-make")
    await page.fill("#make-title", "Made by hand")
    await page.fill("#make-text", "a test")
    await page.fill("#make-opensAt", "2027-03-01T12:00:00")
    await page.click("#make-form [type=submit]")
    await page.wait_for_selector("#make-closesAt[aria-invalid=true]")
    await page.fill("#make-closesAt", "2027-03-01T13:00:00")
    await page.click("#make-form [type=submit]")
    row = page.locator("#campaigns tr", has_text="Made by hand")
    await row.first.wait_for()
    assert await violations(operator) == []
    await row.first.get_by_role("button", name="Cancel it").click()
    await page.click("#sure-now")
    await row.filter(has_text="Cancelled").first.wait_for()
    # Nobody asks for its audit.
    audited = row.filter(has_text="In order").first
    await audited.wait_for(timeout=120_000)
    await audited.get_by_role("button", name="Audit").click()
    await page.wait_for_selector("#audit-facts dd:visible")
    facts = await page.locator("#audit-facts dd").all_inner_texts()
    campaign_id = await audited.get_attribute("data-campaign")
    proof = await operator.api("GET", f"/coupon/campaigns/{campaign_id}/audit")
    assert facts[:5] == ["0", "0", proof["digest"], proof["kid"], proof["signature"]]
    assert await violations(operator) == []
    assert operator.faults == []
