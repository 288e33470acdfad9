"""Runs chat/0016_notices.sql."""

from infra.postgres.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0016_notices.sql")
