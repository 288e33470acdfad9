"""Campaigns that open while a test runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chatstream.domain.times import to_text
from tests.client.waiting import eventually
from tests.e2e.readers import Reader


async def new_campaign(operator: Reader, **terms: Any) -> str:
    """A campaign of five coupons that opens in a few seconds; returns its id."""
    opens_at = datetime.now(UTC) + timedelta(seconds=5)
    body = {
        "title": "겨울 커피 Winter coffee",
        "benefit": {"kind": "amount", "value": 3000, "text": "모든 음료에서 off any drink"},
        "stock": 5,
        "opensAt": to_text(opens_at),
        "closesAt": to_text(opens_at + timedelta(hours=3)),
        "validDays": 30,
    }
    return str((await operator.api("POST", "/coupon/campaigns", body | terms))["campaignId"])


async def open_campaign(operator: Reader, **terms: Any) -> str:
    """The same, and it is open."""
    campaign_id = await new_campaign(operator, **terms)

    async def is_open() -> bool:
        shown = await operator.api("GET", f"/coupon/campaigns/{campaign_id}")
        return bool(shown["state"] == "open")

    await eventually(is_open)
    return campaign_id
