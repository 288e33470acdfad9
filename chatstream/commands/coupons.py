"""The commands `coupon audit` and `coupon verify`: a campaign against the log, and its proof."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from chatstream.domain.coupons.audit import (
    ISSUED,
    Audited,
    LoggedClaim,
    differences,
    digest,
    lead,
)
from chatstream.domain.coupons.terms import Terms
from chatstream.domain.partitions import partition_of
from chatstream.errors import ConfigurationError, PoisonMessage
from chatstream.settings import Settings, load_settings
from infra.kafka.log_spans import LoggedRecord, since
from infra.postgres.coupon_audit import KeptCampaign, PostgresAuditRows
from infra.security import keys, statements
from infra.security.keyring import KeyRing
from schemas import codec, records
from schemas.contexts.coupons import CLAIM
from schemas.databases import COUPON

_NOTHING = 2**62
"""An offset behind every record: the partition is not read."""


def register(cli: click.Group) -> None:
    """Add `coupon` with `audit` and `verify`."""

    @cli.group("coupon")
    def group() -> None:
        """Look after campaigns."""

    group.command("audit")(audit)
    group.command("verify")(verify)


@click.argument("campaign_id", type=click.UUID)
def audit(campaign_id: Any) -> None:
    """Compare CAMPAIGN_ID with the log; print what is different, then the signed statement.

    Exit 1 when something is different. Reads the claims' log of the campaign's partitions.
    """
    settings = load_settings()
    found = asyncio.run(examine_campaign(settings, str(campaign_id)))
    for each in found.findings:
        click.echo(f"different: {each}", err=True)
    seconds = found.lead.total_seconds()
    click.echo(f"across partitions a claim won up to {seconds:.3f} s behind one refused", err=True)
    ring = KeyRing(settings.auth.keys_dir, settings.auth.key_settle)
    click.echo(orjson.dumps(statements.sign(found.statement, ring.signer())).decode())
    if found.findings:
        sys.exit(1)


@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def verify(file: Path) -> None:
    """Check the signature of a statement that `audit` printed; asks nobody. Exit 1: it is none."""
    statement = orjson.loads(file.read_bytes())
    known = keys.verifying_keys(load_settings().auth.keys_dir)
    if not isinstance(statement, dict) or not statements.is_signed(statement, known):
        raise ConfigurationError(f"{file}: none of our keys has signed this")
    click.echo(f"signed by {statement['kid']}")


@dataclass
class AuditReport:
    """What an audit found, and what is signed of it."""

    statement: dict[str, Any]
    findings: list[str]
    lead: Any


async def examine_campaign(settings: Settings, campaign_id: str) -> AuditReport:
    """Audit a campaign that is over. Raises ConfigurationError, TransientFailure."""
    from infra.postgres.databases import single_database  # noqa: PLC0415 (slow to load)

    database = single_database(settings, COUPON)
    try:
        rows = PostgresAuditRows(database)
        campaign = await rows.campaign(campaign_id)
        if campaign is None:
            raise ConfigurationError(f"there is no campaign {campaign_id}")
        if campaign.cancelled_at is None and datetime.now(UTC) < campaign.terms.closes_at:
            raise ConfigurationError(f"the campaign {campaign_id} is not over")
        wanted = [
            0 if partition in campaign.closed_after else _NOTHING
            for partition in range(settings.kafka.partitions)
        ]
        logged = since(settings.kafka, {CLAIM.request.name: wanted})
        return await examine(rows, campaign_id, campaign, logged, settings.kafka.partitions)
    finally:
        await database.close()


async def examine(
    rows: PostgresAuditRows,
    campaign_id: str,
    campaign: KeptCampaign,
    logged: AsyncIterator[LoggedRecord],
    partitions: int,
) -> AuditReport:
    """Compare a campaign with its claims' log."""
    log = _Log(campaign_id, campaign.terms, partitions)
    async for record in logged:
        log.take(record)
    unknown = {each.claim_id for each in log.claims} - {each.claim_id for each in campaign.kept}
    foreign = await rows.elsewhere(campaign_id, sorted(unknown))
    audited = Audited(
        terms=campaign.terms,
        logged=[each for each in log.claims if each.claim_id not in foreign],
        kept=campaign.kept,
        closed_after={
            partition: offset
            for partition, offset in campaign.closed_after.items()
            if offset is not None
        },
    )
    statement = {
        "campaignId": campaign_id,
        "claims": len(campaign.kept),
        "issued": sum(each.outcome == ISSUED for each in campaign.kept),
        "digest": digest(campaign.kept),
    }
    return AuditReport(statement, [*differences(audited), *campaign.missing()], lead(audited))


@dataclass
class _Log:
    campaign_id: str
    terms: Terms
    partitions: int
    claims: list[LoggedClaim] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)

    def take(self, logged: LoggedRecord) -> None:
        """Note a claim of the campaign, where it may lie; the time of each record counts."""
        at = self.seen[logged.partition] = max(self.seen.get(logged.partition, 0), logged.at_ms)
        try:
            record = codec.decode(logged.topic, logged.value)
        except PoisonMessage:
            return
        if not isinstance(record, records.ClaimCoupon) or record.campaign_id != self.campaign_id:
            return
        place = (partition_of(record.key, self.partitions) + record.spread) % self.partitions
        if record.partitions != self.terms.partitions or place != logged.partition:
            return
        self.claims.append(
            LoggedClaim(
                logged.partition,
                logged.offset,
                record.request_id,
                record.account_id,
                datetime.fromtimestamp(at / 1000, UTC),
            )
        )
