"""Runs auth/0001_accounts.sql."""

from infra.postgres.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0001_accounts.sql")
