"""Alembic's entry for this lineage."""

from infra.postgres.migrate import run_environment

run_environment()
