"""Runs auth/0005_erasure.sql."""

from infra.postgres.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("auth/0005_erasure.sql")
