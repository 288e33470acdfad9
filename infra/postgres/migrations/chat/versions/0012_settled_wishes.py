"""Runs chat/0012_settled_wishes.sql."""

from infra.postgres.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go forward; there is no way back."""
    run_sql("chat/0012_settled_wishes.sql")
