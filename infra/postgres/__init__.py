"""Postgres: pools, migrations, and one adapter per port, each next to the SQL it relies on."""
