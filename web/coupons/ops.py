"""/ops/coupons, page or JSON: how campaigns stand, for operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from chatstream.domain.coupons.campaigns import CampaignState
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.coupon_audits import AuditReader
from chatstream.ports.coupons import Campaign, CouponReader
from web.coupons.campaigns import campaign_id_of
from web.coupons.doors import utc_now
from web.coupons.pace import ClaimPace
from web.coupons.proofs import ProofView, proof_view
from web.coupons.shapes import campaign_view
from web.edge.bodies import Shape, answer, read_query
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.operators import operator_of

PATH = "/ops/coupons"
_OVER = (CampaignState.CLOSED, CampaignState.CANCELLED)


class LiveQuery(Shape):
    """The query of the list."""

    cursor: str | None = Field(None, min_length=1, max_length=200)
    limit: int = Field(20, ge=1, le=50)


class CampaignNumbers(Shape):
    """A campaign's numbers now.

    `rate`: claims decided in a second, over the last ten; `waiting`: records of all campaigns that
    wait for their decision, null when the lag monitor is away; `refused` by code, those that are
    kept.
    """

    rate: float
    waiting: int | None
    issued: int
    left: int
    refused: dict[str, int]


class AuditView(ProofView):
    """The audit that was made at the close; `differences` are the first of `differenceCount`."""

    difference_count: int
    differences: list[str]
    audited_at: str | None


class LiveCampaignView(CampaignNumbers):
    """The same in the list; `audit` null: the campaign is not over, or it is not made yet."""

    campaign_id: str
    title: str
    stock: int
    state: CampaignState
    opens_at: str
    closes_at: str
    audit: AuditView | None


class LiveCampaignsView(Shape):
    """Campaigns with their numbers, the latest opening first."""

    campaigns: list[LiveCampaignView]
    cursor: str | None = None


@dataclass(frozen=True)
class OpsPorts:
    """What the views of this module need; `page` answers browsers."""

    coupons: CouponReader
    audits: AuditReader
    pace: ClaimPace
    waiting: Callable[[], int | None]
    page: Handler
    clock: Callable[[], datetime] = utc_now


class OpsViews:
    """The handlers."""

    def __init__(self, ports: OpsPorts) -> None:
        self._ports = ports

    @operation(
        "How campaigns stand (operators)",
        query=LiveQuery,
        answers={200: LiveCampaignsView},
        errors=(ErrorCode.ACCESS_DENIED,),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the numbers for programs."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        operator_of(request)
        query, now = read_query(request, LiveQuery), self._ports.clock()
        found, cursor = await self._ports.coupons.campaigns(
            state=None, now=now, cursor=query.cursor, limit=query.limit
        )
        shown = [await self._shown(each, now) for each in found]
        return by_accept(answer(LiveCampaignsView(campaigns=shown, cursor=cursor)))

    @operation(
        "How a campaign stands (operators)",
        answers={200: CampaignNumbers},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.CAMPAIGN_NOT_FOUND),
    )
    async def live(self, request: web.Request) -> web.Response:
        """Its numbers now."""
        operator_of(request)
        return answer(await self._numbers(campaign_id_of(request)))

    async def _numbers(self, campaign_id: str) -> CampaignNumbers:
        live = await self._ports.coupons.live(campaign_id)
        if live is None:
            raise UserError(ErrorCode.CAMPAIGN_NOT_FOUND, "there is no such campaign")
        return CampaignNumbers(
            rate=self._ports.pace.rate(campaign_id),
            waiting=self._ports.waiting(),
            issued=live.issued,
            left=live.left,
            refused=dict(live.refused),
        )

    async def _shown(self, campaign: Campaign, now: datetime) -> LiveCampaignView:
        numbers, view = await self._numbers(campaign.campaign_id), campaign_view(campaign, now)
        return LiveCampaignView(
            **{name: getattr(numbers, name) for name in CampaignNumbers.model_fields},
            campaign_id=view.campaign_id,
            title=view.title,
            stock=view.stock,
            state=view.state,
            opens_at=view.opens_at,
            closes_at=view.closes_at,
            audit=await self._audit(view.campaign_id) if view.state in _OVER else None,
        )

    async def _audit(self, campaign_id: str) -> AuditView | None:
        audit = await self._ports.audits.audit(campaign_id)
        if audit is None:
            return None
        proof = proof_view(audit)
        return AuditView(
            **{name: getattr(proof, name) for name in ProofView.model_fields},
            difference_count=audit.difference_count,
            differences=list(audit.differences),
            audited_at=None if audit.audited_at is None else to_text(audit.audited_at),
        )


ROUTES: tuple[Route, ...] = (
    ("GET", PATH, OpsViews.list),
    ("GET", "/ops/coupons/{campaignId}/live", OpsViews.live),
)


def register(web_app: web.Application, ports: OpsPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, OpsViews(ports))
