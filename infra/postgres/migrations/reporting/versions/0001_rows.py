"""Runs reporting/0001_rows.sql."""

from infra.postgres.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("reporting/0001_rows.sql")
