"""Campaigns that open while a test runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chatstream.domain.times import to_text


def opening_soon(**terms: Any) -> dict[str, Any]:
    """The body of a campaign of five coupons that opens in a few seconds, with these terms."""
    opens_at = datetime.now(UTC) + timedelta(seconds=5)
    return {
        "title": "겨울 커피 Winter coffee",
        "benefit": {"kind": "amount", "value": 3000, "text": "모든 음료에서 off any drink"},
        "stock": 5,
        "opensAt": to_text(opens_at),
        "closesAt": to_text(opens_at + timedelta(hours=3)),
        "validDays": 30,
    } | terms
