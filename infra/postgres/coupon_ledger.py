"""What a batch of claims and uses is judged by, under its locks, and what comes of each wish."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from chatstream.domain.coupons import claims, uses
from chatstream.domain.coupons.claims import Claimant, ClaimBoard, ClaimClock, Decided, Deny, Issue
from chatstream.domain.coupons.uses import HeldCoupon
from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.lines import Identity
from chatstream.errors import ErrorCode
from chatstream.ports.coupons import ClaimWish, CouponWish, Placed, ReturnWish, UseWish

ISSUED, REFUSED, SOLD_OUT, USED, RETURNED = "issued", "refused", "soldOut", "used", "returned"
"""The kinds of facts of the line."""

_COUPONS = UUID("f4a0f5d2-3a41-4d0e-9c0e-6f1b4d8a7c35")
# Crockford's Base32 (https://www.crockford.com/base32.html): no letter is taken for another one.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 16

MISUSED = Refuse(ErrorCode.INVALID_INPUT, "the requestId is another wish's")


def new_code() -> str:
    """80 bits that nobody guesses."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


@dataclass(frozen=True, slots=True)
class Former:
    """A wish that has a fact: what it was about, and whose it was (None: erased since)."""

    kinds: tuple[str, ...]
    campaign_id: str
    account_id: str | None
    coupon_id: str | None = None


@dataclass(slots=True, kw_only=True)
class NewCoupon:
    """A coupon that is given out."""

    held: HeldCoupon
    claim_id: str
    place: int
    code: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWish:
    """What came of a wish at its time; None: it has its facts already."""

    outcome: Decided | Decision[str] | None
    at: datetime
    place: int = 0
    coupon: NewCoupon | None = None
    held: HeldCoupon | None = None
    sells_out: bool = False


@dataclass(slots=True)
class Ledger:
    """The state under the locks; judging changes it, and says what must be written."""

    boards: dict[str, ClaimBoard]
    clocks: dict[int, ClaimClock]
    claimants: dict[tuple[str, str], Claimant]
    coupons: dict[str, HeldCoupon]
    former: dict[Identity, Former]
    settled: Mapping[Identity, Refuse | Unchanged]
    issued: list[NewCoupon] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def judge(self, wish: CouponWish) -> JudgedWish:
        """What comes of a wish; raises ShortError when other slices must be held first."""
        clock = self.clocks[wish.partition]
        is_again = wish.offset < clock.decided
        at = clock.pass_on(wish.offset, wish.appended_at)
        if isinstance(wish, ClaimWish):
            return self._claim(wish, at, is_again)
        return self._coupon(wish, at)

    def _claim(self, wish: ClaimWish, at: datetime, is_again: bool) -> JudgedWish:
        if known := self.former.get(wish.identity):
            is_same = known.kinds[0] in (ISSUED, REFUSED) and known.campaign_id == wish.campaign_id
            is_own = known.account_id in (None, wish.account_id)
            return JudgedWish(outcome=None if is_same and is_own else claims.REUSED, at=at)
        board = self.boards.get(wish.campaign_id)
        if board is not None and (
            wish.partitions != board.terms.partitions or wish.slice not in board.slices
        ):
            return JudgedWish(outcome=claims.ELSEWHERE, at=at)
        claimant = self.claimants.setdefault((wish.campaign_id, wish.account_id), Claimant())
        outcome = claims.decide_claim(board, claimant, wish.slice, at, is_again=is_again)
        if board is None or not isinstance(outcome, Issue | Deny):
            return JudgedWish(outcome=outcome, at=at)
        own = board.slices[wish.slice]
        own.last_place += 1
        is_issued = isinstance(outcome, Issue)
        self.former[wish.identity] = Former(
            (ISSUED if is_issued else REFUSED,), wish.campaign_id, wish.account_id
        )
        sells_out, board.sells_out = board.sells_out, False
        coupon = self._give(wish, board, claimant, at, own.last_place) if is_issued else None
        if isinstance(outcome, Deny):
            own.refused[str(outcome.code)] = own.refused.get(str(outcome.code), 0) + 1
        return JudgedWish(
            outcome=outcome, at=at, place=own.last_place, coupon=coupon, sells_out=sells_out
        )

    def _give(
        self, wish: ClaimWish, board: ClaimBoard, claimant: Claimant, at: datetime, place: int
    ) -> NewCoupon:
        held = HeldCoupon(
            coupon_id=str(uuid5(_COUPONS, wish.request_id)),
            campaign_id=wish.campaign_id,
            slice=wish.slice,
            account_id=wish.account_id,
            valid_until=board.terms.good_until(at),
        )
        given = NewCoupon(
            held=held, claim_id=wish.request_id, place=place, code=new_code(), issued_at=at
        )
        claimant.coupons.append(held.coupon_id)
        self.coupons[held.coupon_id] = held
        self.issued.append(given)
        return given

    def _coupon(self, wish: UseWish | ReturnWish, at: datetime) -> JudgedWish:
        kind = USED if isinstance(wish, UseWish) else RETURNED
        if known := self.former.get(wish.identity):
            is_same = known.kinds[0] == kind and known.coupon_id == wish.coupon_id
            return JudgedWish(outcome=None if is_same else MISUSED, at=at)
        held = self._held(wish)
        decision: Decision[str] = self.settled.get(wish.identity) or self._decide(wish, held, at)
        if isinstance(decision, Accept) and held is not None:
            self._apply(wish, held)
            self.former[wish.identity] = Former(
                (kind,), wish.campaign_id, held.account_id, wish.coupon_id
            )
        return JudgedWish(outcome=decision, at=at, held=held)

    def _held(self, wish: UseWish | ReturnWish) -> HeldCoupon | None:
        held = self.coupons.get(wish.coupon_id)
        place = wish.campaign_id, wish.slice
        return held if held is not None and (held.campaign_id, held.slice) == place else None

    def _decide(
        self, wish: UseWish | ReturnWish, held: HeldCoupon | None, at: datetime
    ) -> Decision[str]:
        if isinstance(wish, UseWish):
            return uses.decide_use(
                held, wish.account_id, wish.reference, at, as_operator=wish.as_operator
            )
        return uses.decide_return(held, wish.account_id, at)

    def _apply(self, wish: UseWish | ReturnWish, held: HeldCoupon) -> None:
        if isinstance(wish, UseWish):
            held.used_for = wish.reference
        else:
            held.is_returned = True
        self.changed.add(held.coupon_id)


def wanted(wish: Placed) -> tuple[str, int]:
    """The slice that a wish is about."""
    return wish.campaign_id, wish.slice
