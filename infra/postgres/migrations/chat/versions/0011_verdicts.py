"""Runs chat/0011_verdicts.sql."""

from infra.postgres.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0011_verdicts.sql")
