"""Runs auth/0004_sanctions.sql."""

from infra.postgres.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0004_sanctions.sql")
