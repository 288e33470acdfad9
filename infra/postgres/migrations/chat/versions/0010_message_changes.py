"""Runs chat/0010_message_changes.sql."""

from infra.postgres.migrate import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0010_message_changes.sql")
