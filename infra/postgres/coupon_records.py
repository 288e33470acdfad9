"""The records that tell of claims and coupons: facts, kept as they are told; other answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatstream.domain.coupons.claims import ERASED, Deny, Issue, TurnAway
from chatstream.domain.decisions import Accept, Refuse, Unchanged
from chatstream.domain.lines import Fact, Numbers
from chatstream.domain.times import to_text
from chatstream.ports.coupons import ClaimWish, CouponAnswer, CouponWish, ReturnWish, UseWish
from infra.postgres.coupon_ledger import ISSUED, REFUSED, RETURNED, SOLD_OUT, USED, JudgedWish
from schemas import records

# Of a campaign: the number of its last fact in each of its partitions.
Upto = Callable[[str], dict[str, int]]


def tell(
    numbers: Numbers, index: int, wish: CouponWish, judged: JudgedWish, upto: Upto
) -> list[CouponAnswer]:
    """The answers to the wish with this index: its facts in their order, or one other record."""
    outcome = judged.outcome
    if outcome is None:
        return [_again(index, fact) for fact in numbers.former[wish.identity]]
    if isinstance(wish, ClaimWish):
        return _claim(numbers, index, wish, judged, upto)
    if not isinstance(outcome, Accept | Unchanged | Refuse):
        raise TypeError(f"{outcome!r} is no outcome of a coupon's wish")
    outcome = numbers.settled.uphold(wish, outcome)
    if isinstance(outcome, Accept):
        return [_coupon(numbers, index, wish, judged)]
    return [CouponAnswer(index, None, records.encode(_unmoved(numbers, wish, outcome)))]


def _again(index: int, fact: Fact) -> CouponAnswer:
    return CouponAnswer(index, fact.fact_no, fact.values["body"].encode())


def _claim(
    numbers: Numbers, index: int, wish: ClaimWish, judged: JudgedWish, upto: Upto
) -> list[CouponAnswer]:
    outcome = judged.outcome
    if isinstance(outcome, TurnAway):
        away = records.ClaimTurnedAway(
            request_id=wish.request_id,
            account_id=wish.account_id,
            campaign_id=wish.campaign_id,
            code=str(outcome.code),
            reason=outcome.reason,
            opens_at=None if outcome.opens_at is None else to_text(outcome.opens_at),
            at=to_text(numbers.now),
        )
        return [CouponAnswer(index, None, records.encode(away))]
    facts = [_kept(numbers, wish, judged)]
    if judged.sells_out:
        sold = records.CampaignSoldOut(
            fact_no=numbers.heads[wish.partition] + 1,
            campaign_id=wish.campaign_id,
            upto=upto(wish.campaign_id),
            at=to_text(numbers.now),
        )
        facts.append(_add(numbers, wish, sold, kind=SOLD_OUT, account_id=None))
    return [_again(index, fact) for fact in facts]


def _kept(numbers: Numbers, wish: ClaimWish, judged: JudgedWish) -> Fact:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "fact_no": numbers.heads[wish.partition] + 1,
        "campaign_id": wish.campaign_id,
        "place": judged.place,
        "offset": wish.offset,
        "appended_at": to_text(judged.at),
        "at": to_text(numbers.now),
    }
    row: dict[str, Any] = {
        "place": judged.place,
        "record_offset": wish.offset,
        "appended_at": judged.at,
    }
    if isinstance(judged.outcome, Issue) and judged.coupon is not None:
        held = judged.coupon.held
        issued = records.CouponIssued(
            **base,
            coupon_id=held.coupon_id,
            coupon_code=judged.coupon.code,
            valid_until=to_text(held.valid_until),
        )
        return _add(numbers, wish, issued, kind=ISSUED, coupon_id=held.coupon_id, **row)
    denied = judged.outcome
    if not isinstance(denied, Deny):
        raise TypeError(f"{denied!r} is no outcome of a claim that is kept")
    if denied.reason == ERASED:  # nothing that is written from now on names the account
        base["account_id"], row["account_id"] = "", None
    refused = records.ClaimRefused(
        **base, code=str(denied.code), reason=denied.reason, coupon_id=denied.coupon_id
    )
    return _add(
        numbers, wish, refused, kind=REFUSED, coupon_id=denied.coupon_id, code=refused.code, **row
    )


def _add(numbers: Numbers, wish: CouponWish, record: Any, **columns: Any) -> Fact:
    """The fact, under the next number; a column that is not named is empty."""
    named = {
        "campaign_id": wish.campaign_id,
        "account_id": wish.account_id,
        "coupon_id": None,
        "place": None,
        "record_offset": None,
        "appended_at": None,
        "code": None,
    }
    return numbers.add(wish, **{**named, **columns}, body=records.encode(record).decode())


def _coupon(
    numbers: Numbers, index: int, wish: UseWish | ReturnWish, judged: JudgedWish
) -> CouponAnswer:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "fact_no": numbers.heads[wish.partition] + 1,
        "campaign_id": wish.campaign_id,
        "coupon_id": wish.coupon_id,
        "owner_id": None if judged.held is None else judged.held.account_id,
        "at": to_text(numbers.now),
    }
    if isinstance(wish, UseWish):
        used = records.CouponUsed(**base, reference=wish.reference)
        return _again(index, _add(numbers, wish, used, kind=USED, coupon_id=wish.coupon_id))
    returned = records.CouponReturned(**base)
    return _again(index, _add(numbers, wish, returned, kind=RETURNED, coupon_id=wish.coupon_id))


def _unmoved(
    numbers: Numbers, wish: UseWish | ReturnWish, outcome: object
) -> records.CouponUnchanged | records.CouponRefused:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "campaign_id": wish.campaign_id,
        "coupon_id": wish.coupon_id,
        "at": to_text(numbers.now),
    }
    if not isinstance(outcome, Refuse):
        return records.CouponUnchanged(**base)
    return records.CouponRefused(**base, code=str(outcome.code), reason=outcome.reason)
