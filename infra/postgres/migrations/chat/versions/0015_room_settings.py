"""Runs chat/0015_room_settings.sql."""

from infra.postgres.migrate import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0015_room_settings.sql")
