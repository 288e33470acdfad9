"""Runs coupon/0001_coupons.sql."""

from infra.postgres.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("coupon/0001_coupons.sql")
