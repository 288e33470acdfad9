"""Runs auth/0007_settled_wishes.sql."""

from infra.postgres.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0007_settled_wishes.sql")
