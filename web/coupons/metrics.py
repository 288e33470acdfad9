"""What a front measures of claims."""

from __future__ import annotations

from prometheus_client import Counter

REFUSED = Counter(
    "chatstream_coupon_edge_refusals",
    "claims that were refused at the edge, without a record",
    ["code"],
)
