"""Runs chat/0014_room_events.sql."""

from infra.postgres.migrate import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0014_room_events.sql")
