"""Runs content/0001_contents.sql."""

from infra.postgres.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("content/0001_contents.sql")
