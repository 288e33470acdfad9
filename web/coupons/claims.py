"""POST /coupon/campaigns/{campaignId}/claims and GET /coupon/claims/{claimId}.

A claim is a record of the log, and its answer the outcome that its campaign's agent writes. Only
what is certain without the log is answered here: see web.coupons.doors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from uuid_utils.compat import uuid7

from chatstream.domain.coupons.proof_of_work import Task, check_proof
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import from_text, now_text
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.coupons import Campaign, Claim, Coupon, CouponReader
from chatstream.ports.logins import Caller
from schemas import records
from web.coupons.campaigns import campaign_id_of
from web.coupons.doors import Doors, not_open_yet, utc_now
from web.coupons.elsewhere import WaitingElsewhere
from web.coupons.open_claims import OpenClaim, OpenClaims, Waiting
from web.coupons.shapes import (
    ClaimBody,
    ClaimView,
    CouponView,
    IssuedView,
    WaitingView,
    claim_view,
    coupon_view,
)
from web.edge.bodies import answer, read_body
from web.edge.limits import PerMinute
from web.edge.middleware import COUNTED, caller_address, caller_of
from web.edge.openapi import Route, mount, operation


@dataclass(frozen=True)
class ClaimPorts:
    """What the views of this module need.

    `elsewhere` are claims that other fronts took; `key` gives the key of challenges; `tell` lets
    all fronts know of a claim that waits.
    """

    doors: Doors
    claims: OpenClaims
    elsewhere: WaitingElsewhere
    coupons: CouponReader
    key: Callable[[], Awaitable[bytes]]
    by_account: PerMinute
    by_address: PerMinute
    tell: Callable[[records.ClaimWaits], Awaitable[None]]
    clock: Callable[[], datetime] = utc_now


class ClaimViews:
    """The handlers."""

    def __init__(self, ports: ClaimPorts) -> None:
        self._ports = ports

    @operation(
        "Claim a coupon",
        body=ClaimBody,
        answers={200: IssuedView, 201: IssuedView, 202: WaitingView},
        errors=(
            ErrorCode.CAMPAIGN_NOT_FOUND,
            ErrorCode.NOT_OPEN_YET,
            ErrorCode.NOT_ELIGIBLE,
            ErrorCode.SOLD_OUT,
            ErrorCode.ALREADY_ISSUED,
            ErrorCode.CLAIM_ID_REUSED,
            ErrorCode.CLOSED,
            ErrorCode.RATE_LIMITED,
            ErrorCode.BUSY,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def claim(self, request: web.Request) -> web.Response:
        """201 with the coupon, 202 when it is in the log and not decided yet; safe to repeat.

        A repeat with the same claimId gets the stored outcome: 200 when that is a coupon. A second
        claim while the first is under way is answered as the first, unless it has an outcome of its
        own: the log may have taken it although nobody could say so.
        """
        caller, ports = caller_of(request), self._ports
        body = await read_body(request, ClaimBody)
        given = None if body.claim_id is None else check_uuid("claimId", body.claim_id)
        campaign_id = campaign_id_of(request)
        ports.by_account.hit(caller.account_id)
        ports.by_address.hit(caller_address(request))
        campaign = await self._let_in(request, campaign_id, caller)
        await self._check_work(campaign, caller, body.proof)
        wish = records.ClaimCoupon(
            request_id=given or str(uuid7()),
            account_id=caller.account_id,
            campaign_id=campaign_id,
            partitions=campaign.terms.partitions,
            requested_at=now_text(),
        )
        waiting, outcome = await ports.claims.claim(wish)
        if waiting.claim.request_id != wish.request_id:
            # Both lie in one partition: what came before the other one is kept by now.
            waits, joined = outcome is None, waiting.claim
            own = await self._found(wish, waits=waits)
            if own is not None:
                return await self._kept(own)
            if waits and await self._found(joined, waits=waits) is not None:
                # It is decided, which this front did not hear.
                ports.claims.heard(joined.campaign_id, joined.account_id, joined.request_id)
                waiting, outcome = await ports.claims.claim(wish)
        if outcome is None:
            return await self._wait(waiting)
        return await self._answer(campaign, waiting, outcome)

    async def _let_in(self, request: web.Request, campaign_id: str, caller: Caller) -> Campaign:
        """Raises what the doors refuse; in a rush these are most calls, and they are counted."""
        try:
            return await self._ports.doors.pass_through(campaign_id, caller.account_id)
        except UserError as refused:
            request[COUNTED] = refused.code is not ErrorCode.CAMPAIGN_NOT_FOUND
            raise

    async def _found(self, claim: OpenClaim, *, waits: bool) -> Claim | None:
        """What is kept of a claim; None as well while nobody can look, if its answer `waits`."""
        try:
            return await self._ports.coupons.claim(claim.request_id, claim.account_id)
        except TransientFailure:
            if not waits:
                raise
            return None

    async def _wait(self, waiting: Waiting) -> web.Response:
        """Every front may be asked for it from now on, and the account's pages are told."""
        claim = waiting.claim
        if waiting.place is not None:
            partition, offset = waiting.place
            told = records.ClaimWaits(
                request_id=claim.request_id,
                account_id=claim.account_id,
                campaign_id=claim.campaign_id,
                partition=partition,
                offset=offset,
                ahead=await self._ahead(waiting),
            )
            await self._ports.tell(told)
        return answer(WaitingView(claim_id=claim.request_id), status=202)

    async def _check_work(self, campaign: Campaign, caller: Caller, proof: str | None) -> None:
        bits = campaign.terms.proof_of_work
        if bits:
            task = Task(campaign.campaign_id, caller.account_id, bits)
            check_proof(await self._ports.key(), task, proof, self._ports.clock().timestamp())

    async def _answer(self, campaign: Campaign, waiting: Waiting, outcome: object) -> web.Response:
        if not isinstance(outcome, records.CouponIssued):
            raise self._refusal(outcome)
        is_new = waiting.place is None or waiting.place[1] == outcome.offset
        view = _new_coupon(campaign, outcome) if is_new else await self._coupon(outcome.coupon_id)
        issued = IssuedView(
            claim_id=outcome.claim_id,
            coupon_id=outcome.coupon_id,
            place=outcome.place,
            coupon=view,
        )
        return answer(issued, status=201 if is_new else 200)

    def _refusal(self, outcome: object) -> UserError:
        if isinstance(outcome, records.ClaimTurnedAway):
            if outcome.code == ErrorCode.NOT_OPEN_YET and outcome.opens_at is not None:
                return not_open_yet(outcome.opens_at, self._ports.clock())
            return UserError(ErrorCode(outcome.code), outcome.reason)
        if not isinstance(outcome, records.ClaimRefused):
            raise TypeError(f"a claim was answered with {type(outcome).__name__}")
        return _refused(outcome.code, outcome.reason, outcome.coupon_id)

    async def _kept(self, claim: Claim) -> web.Response:
        """As a repeat of it is answered."""
        if claim.code is not None:
            raise _refused(claim.code, claim.reason, claim.coupon_id)
        if claim.coupon_id is None:
            raise TypeError(f"{claim.claim_id} has neither a coupon nor a code")
        issued = IssuedView(
            claim_id=claim.claim_id,
            coupon_id=claim.coupon_id,
            place=claim.place,
            coupon=await self._coupon(claim.coupon_id),
        )
        return answer(issued)

    async def _coupon(self, coupon_id: str) -> CouponView:
        coupon = await self._ports.coupons.coupon(coupon_id, self._ports.clock())
        if coupon is None:
            raise UserError(ErrorCode.COUPON_NOT_FOUND, "there is no such coupon")
        return coupon_view(coupon)

    @operation(
        "What has become of a claim",
        answers={200: ClaimView},
        errors=(ErrorCode.CLAIM_NOT_FOUND,),
    )
    async def read(self, request: web.Request) -> web.Response:
        """The caller's own. CLAIM_NOT_FOUND also of one that is not known to wait.

        Such a claim may be made again with the same id.
        """
        caller = caller_of(request)
        try:
            claim_id = check_uuid("claimId", request.match_info["claimId"])
        except UserError:
            raise UserError(ErrorCode.CLAIM_NOT_FOUND, "no claim has such an id") from None
        claim = await self._ports.coupons.claim(claim_id, caller.account_id)
        if claim is not None:
            return answer(claim_view(claim))
        named = claim_id, caller.account_id
        waiting = self._ports.claims.named(*named) or self._ports.elsewhere.named(*named)
        if waiting is None:
            raise UserError(ErrorCode.CLAIM_NOT_FOUND, "there is no such claim")
        return answer(await self.waiting_view(waiting))

    async def mine(self, campaign_id: str, account_id: str) -> ClaimView | None:
        """The account's claim in a campaign: one that waits here, else what is kept; None: none."""
        waiting = self._ports.claims.of(campaign_id, account_id)
        if waiting is not None:
            return await self.waiting_view(waiting)
        claim = await self._ports.coupons.claim_in(campaign_id, account_id)
        return None if claim is None else claim_view(claim)

    async def waiting_view(self, waiting: Waiting) -> ClaimView:
        """A claim that waits: about how many are before it, once its place in the log is known."""
        return ClaimView(
            claim_id=waiting.claim.request_id,
            state="waiting",
            place=None,
            ahead=await self._ahead(waiting),
        )

    async def _ahead(self, waiting: Waiting) -> int | None:
        """About how many are before it; None while that cannot be known."""
        if waiting.place is None:
            return None
        partition, offset = waiting.place
        try:
            decided = await self._ports.coupons.decided(waiting.claim.campaign_id)
        except TransientFailure:
            return None
        return max(0, offset - decided.get(partition, 0))


def _refused(code: str, reason: str, coupon_id: str | None) -> UserError:
    """A refusal that is kept, as it is told; with the coupon that the account has already."""
    known, details = ErrorCode(code), {}
    if known is ErrorCode.ALREADY_ISSUED and coupon_id is not None:
        details["couponId"] = coupon_id
    if known is ErrorCode.NOT_ELIGIBLE:
        details["reason"] = reason
    return UserError(known, reason, details=details)


def _new_coupon(campaign: Campaign, fact: records.CouponIssued) -> CouponView:
    """The coupon as the fact tells of it, without asking for it."""
    benefit = campaign.terms.benefit
    return coupon_view(
        Coupon(
            coupon_id=fact.coupon_id,
            campaign_id=fact.campaign_id,
            slice=0,
            account_id=fact.account_id,
            title=campaign.terms.title,
            benefit_kind=benefit.kind,
            benefit_value=benefit.value,
            benefit_text=benefit.text,
            code=fact.coupon_code,
            issued_at=from_text(fact.at),
            valid_until=from_text(fact.valid_until),
            state="usable",
        )
    )


ROUTES: tuple[Route, ...] = (
    ("POST", "/coupon/campaigns/{campaignId}/claims", ClaimViews.claim),
    ("GET", "/coupon/claims/{claimId}", ClaimViews.read),
)


def register(web_app: web.Application, views: ClaimViews) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, views)
