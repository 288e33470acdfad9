"""Bringing the databases to the newest schema: Alembic over plain SQL files, forward only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg2
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"


def run_sql(name: str) -> None:
    """Run a file of `migrations/` as it is; called by the revisions."""
    # A doubled % reaches the driver as one: the files hold no parameters.
    op.get_bind().exec_driver_sql((MIGRATIONS / name).read_text().replace("%", "%%"))


def run_environment() -> None:
    """What each lineage's env.py does: migrate over the connection given in the attributes."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def _upgrade(lineage: str, dsn: str) -> None:
    engine = create_engine(
        "postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn), poolclass=NullPool
    )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / lineage))
    try:
        with engine.connect() as connection:
            # Two migrators at once: the second waits, then finds nothing to do.
            connection.exec_driver_sql("select pg_advisory_lock(7106)")
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except OperationalError as error:
        code = getattr(error.orig, "pgcode", None)
        raise TransientFailure(f"database {lineage}: {code or error.orig}") from error
    finally:
        engine.dispose()


def planned_homes(databases: list[str], partitions: int) -> dict[int, str]:
    """The first map: contiguous runs of partitions, as even as can be."""
    return {p: databases[p * len(databases) // partitions] for p in range(partitions)}


def _store_homes(dsns: Mapping[str, str], partitions: int) -> None:
    maps: dict[str, dict[int, str]] = {}
    for name, dsn in dsns.items():
        with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
            cursor.execute("select partition, database from homes")
            maps[name] = dict(cursor.fetchall())
        connection.close()
    known = [homes for homes in maps.values() if homes]
    if any(homes != known[0] for homes in known):
        raise ConfigurationError(f"the chat databases disagree about the homes: {maps}")
    wanted = known[0] if known else planned_homes(sorted(dsns), partitions)
    if len(wanted) != partitions:
        raise ConfigurationError(
            f"the stored homes hold {len(wanted)} partitions, CHATSTREAM_KAFKA__PARTITIONS says "
            f"{partitions}: they can only be changed together, by a migration of the data"
        )
    for name, dsn in dsns.items():
        if not maps[name]:
            with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
                for partition, home in wanted.items():
                    cursor.execute("insert into homes values (%s, %s)", (partition, home))
            connection.close()


def migrate(settings: Settings) -> None:
    """Upgrade the auth database and every chat database and store the map of homes.

    Idempotent. Raises TransientFailure when a database is away, ConfigurationError when stored
    homes do not fit the settings.
    """
    _upgrade("auth", settings.postgres.auth)
    for dsn in settings.postgres.chat.values():
        _upgrade("chat", dsn)
    _store_homes(settings.postgres.chat, settings.kafka.partitions)
