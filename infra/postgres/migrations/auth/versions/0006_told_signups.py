"""Runs auth/0006_told_signups.sql."""

from infra.postgres.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0006_told_signups.sql")
