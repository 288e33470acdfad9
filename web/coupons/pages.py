"""The pages of coupons: what there is and what one has, one campaign, and the operators' page."""

from __future__ import annotations

from aiohttp import web

from web.pages import UUID, for_members, for_operators


async def coupons(request: web.Request) -> web.StreamResponse:
    """Campaigns and one's own coupons."""
    return for_members("coupons.html", request)


async def campaign(request: web.Request) -> web.StreamResponse:
    """One campaign: when it opens, the claim, and what has become of it."""
    campaign_id = request.match_info["campaign_id"].lower()
    return for_members("campaign.html", request, campaignId=campaign_id)


async def operators(request: web.Request) -> web.StreamResponse:
    """How campaigns stand; ACCESS_DENIED for those who are no operators."""
    return for_operators("ops_coupons.html", request)


def register(web_app: web.Application) -> None:
    """Add the pages that no call shares its path with."""
    web_app.router.add_get("/coupons", coupons)
    web_app.router.add_get(f"/coupons/{{campaign_id:{UUID}}}", campaign)
