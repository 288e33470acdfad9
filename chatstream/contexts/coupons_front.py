"""Coupons in a front: the calls, what it hears, and what open pages are told."""

from __future__ import annotations

from functools import partial

from aiohttp.web import Application

from chatstream.wiring import Front, Heard, Parts
from infra.faust.app import group_of
from infra.postgres.campaign_audits import PostgresAudits
from infra.postgres.challenge_key import PostgresChallengeKey
from infra.postgres.coupon_reader import PostgresCouponReader
from schemas import databases, services
from schemas.contexts.coupons import CAMPAIGN, CLAIM, WAITING
from web.coupons import campaigns, claims, holdings, ops, pages, proofs
from web.coupons.doors import Doors
from web.coupons.elsewhere import WaitingElsewhere, WaitingTold
from web.coupons.hearing import CouponHearing
from web.coupons.open_claims import OpenClaims
from web.coupons.pace import ClaimPace
from web.edge.limits import PerMinute
from web.lag_board import LagBoard
from web.outcomes import listener


def parts(front: Front) -> Parts:
    """What coupons give a front."""
    limits = front.process.settings.limits
    database = front.process.database(databases.COUPON)
    reader, audits = PostgresCouponReader(database), PostgresAudits(database)
    doors = Doors(reader)
    open_claims = OpenClaims(
        front.wishes, CLAIM.request.name, limits.open_claims, limits.claim_wait
    )
    elsewhere, pace = WaitingElsewhere(), ClaimPace()
    hearing = CouponHearing(doors, open_claims, elsewhere, pace, front.hub.tell)
    key = PostgresChallengeKey(database).key

    def routes(web_app: Application) -> None:
        views = claims.ClaimViews(
            claims.ClaimPorts(
                doors=doors,
                claims=open_claims,
                elsewhere=elsewhere,
                coupons=reader,
                key=key,
                by_account=PerMinute(limits.claims_per_account),
                by_address=PerMinute(limits.claims_per_address),
                tell=WaitingTold(front.process.app).tell,
            )
        )
        claims.register(web_app, views)
        partitions = front.process.settings.kafka.partitions
        campaigns.register(
            web_app,
            campaigns.CampaignPorts(front.wishes, reader, key, views.mine, partitions),
        )
        proofs.register(web_app, proofs.ProofPorts(reader, audits))
        changes = PerMinute(limits.changes_per_minute)
        holdings.register(web_app, holdings.HoldingPorts(front.wishes, reader, changes))
        waiting = partial(_waiting, front.groups)
        ops.register(web_app, ops.OpsPorts(reader, audits, pace, waiting, pages.operators))
        pages.register(web_app)

    return Parts(hears=_hears(front, hearing), routes=routes)


def _waiting(board: LagBoard) -> int | None:
    """Records of claims that wait for their decision; None while the lag monitor is away."""
    if not board.is_current:
        return None
    return sum(
        each.lag
        for group in board.groups()
        if group.sample.group == group_of(services.COUPON.name)
        for topic in group.sample.topics
        if topic.topic == CLAIM.request.name
        for each in topic.behind
    )


def _hears(front: Front, hearing: CouponHearing) -> tuple[Heard, ...]:
    return (
        front.answers(CAMPAIGN, hearing.of_campaign),
        front.answers(CLAIM, hearing.of_claim),
        Heard(topic=WAITING.event, handler=listener(WAITING.event, hearing.of_waiting, _any)),
    )


def _any(_: bytes) -> bool:
    return True
