"""Runs chat/0013_deleted_messages.sql."""

from infra.postgres.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0013_deleted_messages.sql")
