"""The commands `coupon audit` and `coupon verify`: a campaign against the log, and its proof."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click
import orjson

from chatstream.domain.coupons.audit import SHOWN, CampaignAudit
from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings
from infra.security import keys, statements
from infra.security.keyring import KeyRing
from schemas.databases import COUPON


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

    Exit 1 when something is different. Reads the claims' log of the campaign's partitions, and
    changes nothing: what was kept at its close stays.
    """
    settings = load_settings()
    found = asyncio.run(examined(settings, str(campaign_id)))
    for each in found.found:
        click.echo(f"different: {each}", err=True)
    if found.count > SHOWN:
        click.echo(f"different: {found.count - SHOWN} more", err=True)
    seconds = found.lead.total_seconds()
    click.echo(f"across partitions a claim won up to {seconds:.3f} s behind one refused", err=True)
    ring = KeyRing(settings.auth.keys_dir, settings.auth.key_settle)
    told = statements.sign(found.statement(str(campaign_id)), ring.signer())
    click.echo(orjson.dumps(told).decode())
    if found.count:
        sys.exit(1)


@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def verify(file: Path) -> None:
    """Check the signature of a statement, as `audit` and GET /coupon/campaigns/{id}/audit give it.

    Asks nobody. Exit 1: none of our keys has signed it.
    """
    statement = orjson.loads(file.read_bytes())
    known = keys.verifying_keys(load_settings().auth.keys_dir)
    if not isinstance(statement, dict) or not statements.is_signed(statement, known):
        raise ConfigurationError(f"{file}: none of our keys has signed this")
    click.echo(f"signed by {statement['kid']}")


async def examined(settings: Settings, campaign_id: str) -> CampaignAudit:
    """The audit of a campaign that is over. Raises ConfigurationError, TransientFailure."""
    from agents.coupons.examining import CampaignExaminer, claim_log  # noqa: PLC0415
    from infra.postgres.coupon_audit import PostgresAuditRows  # noqa: PLC0415
    from infra.postgres.databases import single_database  # noqa: PLC0415 (slow to load)

    database = single_database(settings, COUPON)
    try:
        rows = PostgresAuditRows(database)
        campaign = await rows.campaign(campaign_id)
        if campaign is None:
            raise ConfigurationError(f"there is no campaign {campaign_id}")
        if campaign.over_for < 0:
            raise ConfigurationError(f"the campaign {campaign_id} is not over")
        log = claim_log(settings.kafka)
        found = await CampaignExaminer(rows, log, settings.kafka.partitions).examine(campaign)
        if found is None:
            raise ConfigurationError(f"claims of the campaign {campaign_id} are not decided yet")
        return found
    finally:
        await database.close()
