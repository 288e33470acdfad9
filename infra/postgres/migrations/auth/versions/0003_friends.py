"""Runs auth/0003_friends.sql."""

from infra.postgres.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0003_friends.sql")
