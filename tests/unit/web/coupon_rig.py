"""The calls of coupons over fakes, behind a real aiohttp server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import ClientResponse
from aiohttp.web import Application, Request, Response, StreamResponse

from chatstream.ports.coupon_audits import SignedAudit
from chatstream.ports.coupons import Coupon
from schemas import records
from schemas.contexts.coupons import CLAIM
from tests.fakes.changes import Changes
from tests.fakes.coupon_audits import FakeAudits
from tests.fakes.coupon_reading import CAMPAIGN_ID, OPENS, FakeCoupons, campaign_of
from tests.fakes.wishes import FakeWishes
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import bearer
from web.coupons import campaigns, claims, holdings, ops, proofs
from web.coupons.doors import Doors
from web.coupons.elsewhere import WaitingElsewhere
from web.coupons.open_claims import OpenClaims
from web.coupons.pace import ClaimPace
from web.edge.limits import PerMinute

AT = "2026-12-01T12:00:01.000Z"
KEY = b"k" * 32
CLAIMS = f"/coupon/campaigns/{CAMPAIGN_ID}/claims"
AUDIT = SignedAudit(
    campaign_id=CAMPAIGN_ID,
    claims=9,
    issued=3,
    digest="d" * 64,
    kid="the key",
    signature="signed",
)
PROOF = {
    "campaignId": CAMPAIGN_ID,
    "claims": 9,
    "issued": 3,
    "digest": "d" * 64,
    "signature": "signed",
    "kid": "the key",
}


def issued(wish: records.ClaimCoupon, offset: int, place: int = 1) -> records.CouponIssued:
    """The claim got a coupon; its record lies at the offset."""
    return records.CouponIssued(
        request_id=wish.request_id,
        account_id=wish.account_id,
        fact_no=1,
        campaign_id=wish.campaign_id,
        place=place,
        offset=offset,
        appended_at=AT,
        at=AT,
        coupon_id=f"0199c0de-0000-7000-8000-{offset:012d}",
        coupon_code=f"CODE-{offset}",
        valid_until="2026-12-31T12:00:01.000Z",
    )


def denied(code: str, reason: str = "", coupon_id: str | None = None) -> Callable[[Any], object]:
    """Claims are refused, for ever."""

    def answer(wish: records.ClaimCoupon) -> object:
        return records.ClaimRefused(
            request_id=wish.request_id,
            account_id=wish.account_id,
            fact_no=1,
            campaign_id=wish.campaign_id,
            place=1,
            offset=1,
            appended_at=AT,
            at=AT,
            code=code,
            reason=reason,
            coupon_id=coupon_id,
        )

    return answer


def coupon_of(account_id: str, state: str = "usable", number: int = 1) -> Coupon:
    """A coupon of the account, in slice 3."""
    return Coupon(
        coupon_id=f"0199c0de-0000-7000-8000-{number:012d}",
        campaign_id=CAMPAIGN_ID,
        slice=3,
        account_id=account_id,
        title="Winter coffee",
        benefit_kind="percent",
        benefit_value=10,
        benefit_text="off any drink",
        code=f"CODE-{number}",
        issued_at=OPENS,
        valid_until=OPENS.replace(day=31),
        state=state,
    )


@dataclass(frozen=True)
class Limits:
    """What a front allows."""

    open_claims: int = 2000
    claim_wait: float = 30.0
    per_account: int = 60
    per_address: int = 60
    changes: int = 60


@dataclass
class Rig:
    """People over fakes; `now` is the clock, `answer` makes the outcomes."""

    now: datetime = OPENS
    coupons: FakeCoupons = field(default_factory=lambda: FakeCoupons({CAMPAIGN_ID: campaign_of()}))
    audits: FakeAudits = field(default_factory=FakeAudits)
    told: list[records.ClaimWaits] = field(default_factory=list)
    elsewhere: WaitingElsewhere = field(default_factory=WaitingElsewhere)
    pace: ClaimPace = field(default_factory=ClaimPace)
    queue: int | None = 7
    limits: Limits = field(default_factory=Limits)

    async def start(self, make_edge: MakeEdge) -> Rig:
        self.wishes = FakeWishes(self._first, Changes())
        self.edge = await make_edge(self._routes)
        self.headers = bearer((await self.edge.tokens())["accessToken"])
        self.account_id = self.edge.accounts.by_handle["minsu"].account.account_id
        return self

    def _first(self, wish: object) -> object:
        assert isinstance(wish, records.ClaimCoupon)
        return issued(wish, len(self.wishes.asked))

    def _clock(self) -> datetime:
        return self.now

    async def _key(self) -> bytes:
        return KEY

    async def _tell(self, record: records.ClaimWaits) -> None:
        self.told.append(record)

    async def _page(self, request: Request) -> StreamResponse:
        return Response(text="<!doctype html>", content_type="text/html")

    def _routes(self, app: Application) -> None:
        limits = self.limits
        self.open = OpenClaims(
            self.wishes, CLAIM.request.name, limits.open_claims, limits.claim_wait
        )
        self.doors = Doors(self.coupons, self._clock)
        views = claims.ClaimViews(
            claims.ClaimPorts(
                doors=self.doors,
                claims=self.open,
                elsewhere=self.elsewhere,
                coupons=self.coupons,
                key=self._key,
                by_account=PerMinute(limits.per_account),
                by_address=PerMinute(limits.per_address),
                tell=self._tell,
                clock=self._clock,
            )
        )
        claims.register(app, views)
        campaigns.register(
            app,
            campaigns.CampaignPorts(
                wishes=self.wishes,
                coupons=self.coupons,
                key=self._key,
                mine=views.mine,
                partitions=4,
                clock=self._clock,
            ),
        )
        changes = PerMinute(limits.changes)
        holdings.register(
            app, holdings.HoldingPorts(self.wishes, self.coupons, changes, self._clock)
        )
        proofs.register(app, proofs.ProofPorts(self.coupons, self.audits))
        ops.register(
            app,
            ops.OpsPorts(
                self.coupons,
                self.audits,
                self.pace,
                lambda: self.queue,
                self._page,
                self._clock,
            ),
        )

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> ClientResponse:
        """As minsu, or as whoever the headers are of."""
        response: ClientResponse = await self.edge.client.request(
            method, path, json=body, headers=headers or self.headers
        )
        return response
