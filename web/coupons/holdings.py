"""/coupon: one's own coupons; they are used, by whoever takes them or by oneself, or given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from uuid_utils.compat import uuid7

from chatstream.domain.coupons.uses import CouponState
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.coupons import Coupon, CouponReader
from chatstream.ports.logins import Caller
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.coupons import CLAIM
from web.coupons.doors import utc_now
from web.coupons.shapes import (
    CouponsQuery,
    CouponsView,
    CouponView,
    UsableQuery,
    UseBody,
    coupon_view,
)
from web.edge.bodies import answer, read_body, read_query
from web.edge.limits import PerMinute
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation
from web.operators import is_operator

_WISHED = (
    ErrorCode.COUPON_NOT_FOUND,
    ErrorCode.ALREADY_USED,
    ErrorCode.EXPIRED,
    ErrorCode.RATE_LIMITED,
    ErrorCode.BUSY,
    ErrorCode.STORE_UNAVAILABLE,
)
NO_COUPON = "there is no such coupon"


@dataclass(frozen=True)
class HoldingPorts:
    """What the views of this module need."""

    wishes: WishSender
    coupons: CouponReader
    changes: PerMinute
    clock: Callable[[], datetime] = utc_now


class HoldingViews:
    """The handlers."""

    def __init__(self, ports: HoldingPorts) -> None:
        self._ports = ports

    @operation("My coupons", query=CouponsQuery, answers={200: CouponsView})
    async def all(self, request: web.Request) -> web.Response:
        """Also those that are used or have expired."""
        query = read_query(request, CouponsQuery)
        return await self._listed(caller_of(request), query, query.state)

    @operation("My usable coupons", query=UsableQuery, answers={200: CouponsView})
    async def usable(self, request: web.Request) -> web.Response:
        """Those that can be used now."""
        query = read_query(request, UsableQuery)
        return await self._listed(caller_of(request), query, CouponState.USABLE)

    async def _listed(
        self, caller: Caller, query: UsableQuery, state: CouponState | None
    ) -> web.Response:
        found, cursor = await self._ports.coupons.coupons(
            caller.account_id,
            state=None if state is None else state.value,
            now=self._ports.clock(),
            cursor=query.cursor,
            limit=query.limit,
        )
        return answer(CouponsView(coupons=list(map(coupon_view, found)), cursor=cursor))

    @operation("Use a coupon", body=UseBody, answers={200: CouponView}, errors=_WISHED)
    async def use(self, request: web.Request) -> web.Response:
        """Its owner, by its id; or an operator who was shown the code, with that in the id's place.

        For the same reference once more, nothing changes.
        """
        caller, body = caller_of(request), await read_body(request, UseBody)
        coupon, as_operator = await self._found(caller, request.match_info["couponId"])
        wish = records.UseCoupon(
            **_wish(caller, coupon), reference=body.reference, as_operator=as_operator
        )
        await self._ask(wish)
        now = await self._ports.coupons.coupon(coupon.coupon_id, self._ports.clock())
        if now is None:
            raise UserError(ErrorCode.COUPON_NOT_FOUND, NO_COUPON)
        return answer(coupon_view(now))

    @operation("Give a coupon back", answers={204: None}, errors=_WISHED)
    async def give_back(self, request: web.Request) -> web.Response:
        """Nobody else gets it; once more, nothing changes."""
        caller = caller_of(request)
        coupon, _ = await self._found(caller, request.match_info["couponId"], by_code=False)
        await self._ask(records.ReturnCoupon(**_wish(caller, coupon)))
        return web.Response(status=204)

    async def _found(
        self, caller: Caller, named: str, *, by_code: bool = True
    ) -> tuple[Coupon, bool]:
        """The coupon, and whether an operator was shown its code; COUPON_NOT_FOUND."""
        now = self._ports.clock()
        try:
            coupon_id = check_uuid("couponId", named)
        except UserError:
            is_shown = by_code and is_operator(caller)
            coupon = await self._ports.coupons.coupon_by_code(named, now) if is_shown else None
            if coupon is None:
                raise UserError(ErrorCode.COUPON_NOT_FOUND, NO_COUPON) from None
            return coupon, True
        coupon = await self._ports.coupons.coupon(coupon_id, now)
        if coupon is None or coupon.account_id != caller.account_id:
            raise UserError(ErrorCode.COUPON_NOT_FOUND, NO_COUPON)
        return coupon, False

    async def _ask(self, wish: records.CouponWish) -> None:
        self._ports.changes.hit(wish.account_id)
        outcome = await self._ports.wishes.ask(CLAIM.request.name, wish)
        if isinstance(outcome, records.CouponRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)


def _wish(caller: Caller, coupon: Coupon) -> dict[str, Any]:
    return {
        "request_id": str(uuid7()),
        "account_id": caller.account_id,
        "campaign_id": coupon.campaign_id,
        "coupon_id": coupon.coupon_id,
        "slice": coupon.slice,
        "requested_at": now_text(),
    }


ROUTES: tuple[Route, ...] = (
    ("GET", "/coupon", HoldingViews.all),
    ("GET", "/coupon/usable", HoldingViews.usable),
    ("POST", "/coupon/{couponId}/use", HoldingViews.use),
    ("POST", "/coupon/{couponId}/return", HoldingViews.give_back),
)


def register(web_app: web.Application, ports: HoldingPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, HoldingViews(ports))
