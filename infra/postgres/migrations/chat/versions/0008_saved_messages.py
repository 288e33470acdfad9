"""Runs chat/0008_saved_messages.sql."""

from infra.postgres.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0008_saved_messages.sql")
