"""Runs chat/0007_mutes.sql."""

from infra.postgres.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0007_mutes.sql")
