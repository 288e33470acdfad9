"""Coupons, wired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas import databases, services
from schemas.contexts.coupons import CAMPAIGN, CLAIM, CONTEXT, ERASURE

if TYPE_CHECKING:
    from infra.postgres.pool import Database
    from web.live.news import News


def _coupon(worker: Worker) -> None:
    from agents.coupons import campaigns, claims, copies
    from agents.erasure import steps
    from infra.postgres.campaigns import PostgresCampaigns
    from infra.postgres.claims import PostgresClaims
    from infra.postgres.coupon_copies import PostgresKnownAccounts
    from infra.postgres.coupon_erasure import PostgresCouponEraser
    from infra.postgres.mutes import PostgresMutes

    app, database = worker.app, worker.database(databases.COUPON)
    partitions = worker.settings.kafka.partitions
    line = worker.line(CAMPAIGN, database)
    campaigns.register(app, PostgresCampaigns(database, line, partitions))
    claims.register(app, PostgresClaims(database, worker.line(CLAIM, database)))
    copies.register(app, PostgresKnownAccounts(database), PostgresMutes(database), worker.recall)
    steps.register(app, ERASURE, steps.RowErasure(PostgresCouponEraser(database).erase))
    _audits(worker, database)


def _audits(worker: Worker, database: Database) -> None:
    """The audit of every campaign at its close."""
    from agents.coupons import audits
    from agents.coupons.examining import CampaignExaminer, claim_log
    from infra.postgres.campaign_audits import PostgresAudits
    from infra.postgres.coupon_audit import PostgresAuditRows
    from infra.security import statements
    from infra.security.keyring import KeyRing

    kafka, auth = worker.settings.kafka, worker.settings.auth
    rows = PostgresAuditRows(database)
    examiner = CampaignExaminer(rows, claim_log(kafka), kafka.partitions)

    def sign(told: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return statements.sign(told, KeyRing(auth.keys_dir, auth.key_settle).signer())
        except (ConfigurationError, OSError) as error:
            raise TransientFailure(f"no key to sign with: {error}") from error

    audits.register(worker.app, rows, PostgresAudits(database), examiner.examine, sign)


def _front(front: Front) -> Parts:
    from chatstream.contexts import coupons_front

    return coupons_front.parts(front)


def _news() -> News:
    from web.live.coupons import NEWS

    return NEWS


WIRING = Wiring(context=CONTEXT, serve={services.COUPON: _coupon}, front=_front, news=_news)
