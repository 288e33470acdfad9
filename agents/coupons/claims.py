"""kakao.coupon.claim.REQUEST: claims are decided in the order of the log; facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.coupons.uses import REFERENCE_LIMIT
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage
from chatstream.ports.coupons import ClaimStore, ClaimWish, CouponWish, ReturnWish, UseWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.coupons import CLAIM

LANE = "coupon"
BY_BROKER = 1
"""The timestamp type of a record whose time the broker gave (Kafka's LogAppendTime)."""


@dataclass(frozen=True, slots=True)
class AskedInTime(Asked[records.ClaimRequest]):
    """A wish as it was read, and when the broker appended it."""

    appended_at: datetime = field(kw_only=True)


class ClaimSink(WishSink[records.ClaimRequest, ClaimStore]):
    """Claims, and what is done with coupons."""

    stream = CLAIM

    def check(self, record: records.ClaimRequest) -> None:
        """A reference is short, and no claim names more partitions than there are."""
        if isinstance(record, records.UseCoupon) and not (
            1 <= len(record.reference) <= REFERENCE_LIMIT
        ):
            raise ValueError(f"a reference has 1 to {REFERENCE_LIMIT} characters")
        if isinstance(record, records.ClaimCoupon):
            if record.partitions > self.app.conf.topic_partitions:
                raise ValueError("a campaign has no more partitions than its topic")
        elif not 0 <= record.slice < self.app.conf.topic_partitions:
            raise ValueError("a slice lies in a partition of its topic")

    def _read(self, event: EventT) -> AskedInTime:
        asked = super()._read(event)
        message: Any = event.message
        if message.timestamp is None or message.timestamp_type != BY_BROKER:
            raise PoisonMessage("the record's time is not that of the broker")
        return AskedInTime(
            asked.record,
            asked.partition,
            asked.offset,
            asked.headers,
            asked.replay,
            appended_at=datetime.fromtimestamp(round(message.timestamp * 1000) / 1000, UTC),
        )

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.ClaimRequest]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each) for each in asked if isinstance(each, AskedInTime)]
        answers = await self.stores[lane].carry_out(generation, wishes)
        return [(each.wish, each.body) for each in answers]

    def refusal(
        self, record: records.ClaimRequest, code: ErrorCode, reason: str
    ) -> records.ClaimTurnedAway | records.CouponRefused:
        """See WishSink."""
        base: dict[str, Any] = {
            "request_id": record.request_id,
            "account_id": record.account_id,
            "campaign_id": record.campaign_id,
            "code": str(code),
            "reason": reason,
            "at": now_text(),
        }
        if isinstance(record, records.ClaimCoupon):
            return records.ClaimTurnedAway(**base)
        return records.CouponRefused(**base, coupon_id=record.coupon_id)


def wish_of(asked: AskedInTime) -> CouponWish:
    """What a record in a partition asks."""
    record = asked.record
    base: dict[str, Any] = {
        "partition": asked.partition,
        "offset": asked.offset,
        "appended_at": asked.appended_at,
        "slice": record.spread,
        "request_id": record.request_id,
        "account_id": record.account_id,
        "campaign_id": record.campaign_id,
    }
    match record:
        case records.ClaimCoupon():
            return ClaimWish(**base, partitions=record.partitions)
        case records.UseCoupon():
            return UseWish(
                **base,
                coupon_id=record.coupon_id,
                reference=record.reference,
                as_operator=record.as_operator,
            )
        case records.ReturnCoupon():
            return ReturnWish(**base, coupon_id=record.coupon_id)


def register(app: ChatStreamApp, store: ClaimStore) -> None:
    """Declare the agent `coupon.claims`."""
    declare(app, "coupon.claims", [CLAIM.request.name], ClaimSink(app, {LANE: store}))
