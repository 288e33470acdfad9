"""Runs coupon/0002_challenge_key.sql."""

from infra.postgres.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("coupon/0002_challenge_key.sql")
