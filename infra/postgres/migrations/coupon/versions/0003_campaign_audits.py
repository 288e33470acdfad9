"""Runs coupon/0003_campaign_audits.sql."""

from infra.postgres.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("coupon/0003_campaign_audits.sql")
