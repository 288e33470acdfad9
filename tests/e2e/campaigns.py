"""Campaigns that open while a test runs."""

from __future__ import annotations

from typing import Any

from tests.client.campaigns import opening_soon
from tests.client.waiting import eventually
from tests.e2e.readers import Reader


async def new_campaign(operator: Reader, **terms: Any) -> str:
    """A campaign of five coupons that opens in a few seconds; returns its id."""
    body = opening_soon(**terms)
    return str((await operator.api("POST", "/coupon/campaigns", body))["campaignId"])


async def open_campaign(operator: Reader, **terms: Any) -> str:
    """The same, and it is open."""
    campaign_id = await new_campaign(operator, **terms)

    async def is_open() -> bool:
        shown = await operator.api("GET", f"/coupon/campaigns/{campaign_id}")
        return bool(shown["state"] == "open")

    await eventually(is_open)
    return campaign_id
