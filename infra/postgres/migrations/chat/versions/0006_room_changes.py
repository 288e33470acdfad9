"""Runs chat/0006_room_changes.sql."""

from infra.postgres.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0006_room_changes.sql")
