"""Runs chat/0004_blocks.sql."""

from infra.postgres.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0004_blocks.sql")
