"""/coupon/campaigns: what there is to claim, for everybody; operators make, change and cancel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web
from pydantic.alias_generators import to_camel
from uuid_utils.compat import uuid7

from chatstream.domain.coupons.campaigns import changed
from chatstream.domain.coupons.proof_of_work import LASTS, Task, challenge_of
from chatstream.domain.coupons.terms import check_terms
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import text_of, to_text
from chatstream.errors import ErrorCode, UserError, check_all, invalid
from chatstream.ports.coupons import Campaign, CouponReader
from chatstream.ports.logins import Caller
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.coupons import CAMPAIGN
from web.coupons.doors import utc_now
from web.coupons.shapes import (
    CampaignBody,
    CampaignChangeBody,
    CampaignsQuery,
    CampaignsView,
    CampaignView,
    ClaimView,
    WorkView,
    campaign_view,
)
from web.edge.bodies import Shape, answer, read_body, read_query
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation
from web.edge.times import moment
from web.operators import operator_of

_WISHED = (ErrorCode.ACCESS_DENIED, ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)
_TIMES = ("opens_at", "closes_at", "valid_until")


@dataclass(frozen=True)
class CampaignPorts:
    """What the views of this module need.

    `key` gives the key of challenges, `mine` an account's claim in a campaign; the topic of claims
    has so many `partitions`.
    """

    wishes: WishSender
    coupons: CouponReader
    key: Callable[[], Awaitable[bytes]]
    mine: Callable[[str, str], Awaitable[ClaimView | None]]
    partitions: int
    clock: Callable[[], datetime] = utc_now


class CampaignViews:
    """The handlers."""

    def __init__(self, ports: CampaignPorts) -> None:
        self._ports = ports

    @operation("Coupon campaigns", query=CampaignsQuery, answers={200: CampaignsView})
    async def list(self, request: web.Request) -> web.Response:
        """The latest opening first; without the caller's own claims."""
        caller_of(request)
        query, now = read_query(request, CampaignsQuery), self._ports.clock()
        state = None if query.state is None else query.state.value
        found, cursor = await self._ports.coupons.campaigns(
            state=state, now=now, cursor=query.cursor, limit=query.limit
        )
        shown = [campaign_view(each, now) for each in found]
        return answer(CampaignsView(campaigns=shown, cursor=cursor))

    @operation(
        "A coupon campaign", answers={200: CampaignView}, errors=(ErrorCode.CAMPAIGN_NOT_FOUND,)
    )
    async def read(self, request: web.Request) -> web.Response:
        """With the caller's claim, and a challenge where a claim costs work."""
        caller = caller_of(request)
        return await self._shown(campaign_id_of(request), caller, 200)

    @operation(
        "Make a coupon campaign (operators)",
        body=CampaignBody,
        answers={201: CampaignView},
        errors=_WISHED,
    )
    async def create(self, request: web.Request) -> web.Response:
        """Again with the same id and terms it is the same campaign."""
        operator, body = operator_of(request), await read_body(request, CampaignBody)
        given = body.campaign_id
        campaign_id = str(uuid7()) if given is None else check_uuid("campaignId", given)
        fields = _fields(body)
        fields.pop("campaign_id", None)
        if body.valid_until is None and body.valid_days is None:
            raise invalid("validDays", "must be given, or `validUntil` instead")
        terms = records.CampaignTerms(**fields)
        check_terms(records.terms_of(terms), self._ports.partitions)
        await self._ask(records.CreateCampaign(**_named(operator, campaign_id), terms=terms))
        return await self._shown(campaign_id, operator, 201)

    @operation(
        "Change a coupon campaign (operators)",
        body=CampaignChangeBody,
        answers={200: CampaignView},
        errors=(
            *_WISHED,
            ErrorCode.CAMPAIGN_NOT_FOUND,
            ErrorCode.CAMPAIGN_OPEN,
            ErrorCode.CLOSED,
        ),
    )
    async def change(self, request: web.Request) -> web.Response:
        """Until it opens; from then on its end alone moves, to later."""
        operator, body = operator_of(request), await read_body(request, CampaignChangeBody)
        campaign_id, fields = campaign_id_of(request), _fields(body)
        if all(value is None for value in fields.values()):
            raise invalid("body", "must have something to change")
        changes = records.CampaignChanges(**fields)
        former = await self._campaign(campaign_id)
        check_terms(changed(former.terms, records.changes_of(changes)), self._ports.partitions)
        await self._ask(records.ChangeCampaign(**_named(operator, campaign_id), changes=changes))
        return await self._shown(campaign_id, operator, 200)

    @operation(
        "Cancel a coupon campaign (operators)",
        answers={200: CampaignView},
        errors=(*_WISHED, ErrorCode.CAMPAIGN_NOT_FOUND),
    )
    async def cancel(self, request: web.Request) -> web.Response:
        """It is over at once; claims that wait are refused as CLOSED."""
        operator, campaign_id = operator_of(request), campaign_id_of(request)
        await self._ask(records.CancelCampaign(**_named(operator, campaign_id)))
        return await self._shown(campaign_id, operator, 200)

    async def _ask(self, wish: records.CampaignWish) -> None:
        outcome = await self._ports.wishes.ask(CAMPAIGN.request.name, wish)
        if isinstance(outcome, records.CampaignRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)

    async def _shown(self, campaign_id: str, caller: Caller, status: int) -> web.Response:
        campaign = await self._campaign(campaign_id)
        now = self._ports.clock()
        work = await self._work(campaign, caller, now)
        mine = await self._ports.mine(campaign_id, caller.account_id)
        return answer(campaign_view(campaign, now, work, mine), status=status)

    async def _campaign(self, campaign_id: str) -> Campaign:
        campaign = await self._ports.coupons.campaign(campaign_id)
        if campaign is None:
            raise UserError(ErrorCode.CAMPAIGN_NOT_FOUND, "there is no such campaign")
        return campaign

    async def _work(self, campaign: Campaign, caller: Caller, now: datetime) -> WorkView | None:
        bits = campaign.terms.proof_of_work
        if not bits:
            return None
        until = int(now.timestamp()) + LASTS
        task = Task(campaign.campaign_id, caller.account_id, bits)
        challenge = challenge_of(await self._ports.key(), task, until)
        return WorkView(challenge=challenge, bits=bits, until=text_of(until))


def campaign_id_of(request: web.Request) -> str:
    """The campaign of the path; CAMPAIGN_NOT_FOUND when it can be no campaign's id."""
    try:
        return check_uuid("campaignId", request.match_info["campaignId"])
    except UserError:
        raise UserError(ErrorCode.CAMPAIGN_NOT_FOUND, "no campaign has such an id") from None


def _named(operator: Caller, campaign_id: str) -> dict[str, Any]:
    return {
        "request_id": str(uuid7()),
        "account_id": operator.account_id,
        "campaign_id": campaign_id,
        "requested_at": to_text(utc_now()),
    }


def _fields(body: Shape) -> dict[str, Any]:
    """The fields of a campaign's body that are given, as its records have them."""
    fields = {name: getattr(body, name) for name in body.model_fields_set}
    times = {name: text for name in _TIMES if (text := fields.get(name)) is not None}
    check_all(*(partial(moment, to_camel(name), text) for name, text in times.items()))
    fields |= {name: to_text(moment(name, text)) for name, text in times.items()}
    benefit = fields.get("benefit")
    if benefit is not None:
        said = {name: getattr(benefit, name) for name in type(benefit).model_fields}
        fields["benefit"] = records.CampaignBenefit(**said)
    return fields


ROUTES: tuple[Route, ...] = (
    ("GET", "/coupon/campaigns", CampaignViews.list),
    ("POST", "/coupon/campaigns", CampaignViews.create),
    ("GET", "/coupon/campaigns/{campaignId}", CampaignViews.read),
    ("PATCH", "/coupon/campaigns/{campaignId}", CampaignViews.change),
    ("POST", "/coupon/campaigns/{campaignId}/cancel", CampaignViews.cancel),
)


def register(web_app: web.Application, ports: CampaignPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, CampaignViews(ports))
