"""Runs auth/0009_trace_of_a_saga.sql."""

from infra.postgres.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0009_trace_of_a_saga.sql")
