"""/coupon/campaigns/{campaignId}/audit: the signed proof of a campaign that is over."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.coupon_audits import AuditReader, SignedAudit
from chatstream.ports.coupons import CouponReader
from web.coupons.campaigns import campaign_id_of
from web.edge.bodies import Shape, answer
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation


class ProofView(Shape):
    """How many claims came before the close, and how many got a coupon; it is signed as it stands.

    `digest`: SHA-256 over a line "partition offset claimId outcome place" for each claim, in the
    order of the log. `signature`: Ed25519 by the key `kid` of /.well-known/jwks.json, over
    "chatstream statement", a line's end, and the JSON of the first four fields in the order of
    their names, without spaces.
    """

    campaign_id: str
    claims: int
    issued: int
    digest: str
    signature: str
    kid: str


@dataclass(frozen=True)
class ProofPorts:
    """What the views of this module need."""

    coupons: CouponReader
    audits: AuditReader


class ProofViews:
    """The handlers."""

    def __init__(self, ports: ProofPorts) -> None:
        self._ports = ports

    @operation(
        "The proof of a coupon campaign",
        answers={200: ProofView},
        errors=(ErrorCode.CAMPAIGN_NOT_FOUND, ErrorCode.NOT_CLOSED),
    )
    async def read(self, request: web.Request) -> web.Response:
        """As it was made at the close, when every claim that came before it was decided."""
        caller_of(request)
        campaign_id = campaign_id_of(request)
        audit = await self._ports.audits.audit(campaign_id)
        if audit is not None:
            return answer(proof_view(audit))
        if await self._ports.coupons.campaign(campaign_id) is None:
            raise UserError(ErrorCode.CAMPAIGN_NOT_FOUND, "there is no such campaign")
        raise UserError(ErrorCode.NOT_CLOSED, "it is not over, or its audit is not made yet")


def proof_view(audit: SignedAudit) -> ProofView:
    """What was signed."""
    return ProofView(
        campaign_id=audit.campaign_id,
        claims=audit.claims,
        issued=audit.issued,
        digest=audit.digest,
        signature=audit.signature,
        kid=audit.kid,
    )


ROUTES: tuple[Route, ...] = (("GET", "/coupon/campaigns/{campaignId}/audit", ProofViews.read),)


def register(web_app: web.Application, ports: ProofPorts) -> None:
    """Add the route."""
    mount(web_app, ROUTES, ProofViews(ports))
