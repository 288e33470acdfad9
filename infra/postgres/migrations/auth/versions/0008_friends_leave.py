"""Runs auth/0008_friends_leave.sql."""

from infra.postgres.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0008_friends_leave.sql")
