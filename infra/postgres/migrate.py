"""Bringing the databases to the newest schema: plain SQL files, forward only.

Tables and types come from the numbered files of `migrations/`, by Alembic. Functions come from
`functions/`, where each has one file with its live definition, replaced whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import psycopg2
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import Settings
from schemas.catalogue import LINEAGES
from schemas.databases import dsns_of

MIGRATIONS = Path(__file__).parent / "migrations"
FUNCTIONS = Path(__file__).parent / "functions"

_REVISIONS = """
create table if not exists function_revisions (
    revision text not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""
_APPLIED = "select revision from function_revisions order by applied_at desc limit 1"


def run_sql(name: str) -> None:
    """Run a file of `migrations/` as it is; called by the revisions."""
    _run(op.get_bind(), (MIGRATIONS / name).read_text())


def _run(connection: Connection, text: str) -> None:
    # A doubled % reaches the driver as one: the files hold no parameters.
    connection.exec_driver_sql(text.replace("%", "%%"))


def live_functions(lineage: str) -> dict[str, str]:
    """The SQL that makes each function of a lineage's databases, by name; `lines` has each."""
    files = [path for part in ("lines", lineage) for path in (FUNCTIONS / part).glob("*.sql")]
    return {path.stem: path.read_text() for path in sorted(files)}


def _replace_functions(connection: Connection, lineage: str) -> None:
    """Make the live functions unless they are there, by their revision.

    That is the hash of their files and of the newest migration, whose changes may need them anew.
    """
    _run(connection, _REVISIONS)
    (migration,) = connection.exec_driver_sql("select version_num from alembic_version").one()
    text = "\n".join(live_functions(lineage).values())
    revision = hashlib.sha256(f"{migration}\n{text}".encode()).hexdigest()[:12]
    if connection.exec_driver_sql(_APPLIED).scalar() != revision:
        # Functions may name each other in whatever order the files come.
        _run(connection, f"set local check_function_bodies = off;\n{text}")
        _run(connection, f"insert into function_revisions (revision) values ('{revision}')")


def run_environment() -> None:
    """What each lineage's env.py does: migrate over the connection given in the attributes."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def upgrade(lineage: str, dsn: str, revision: str = "head") -> None:
    """Bring one database of a lineage to a revision, and its functions to the live ones.

    Raises TransientFailure when it is away.
    """
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
            command.upgrade(config, revision)
            _replace_functions(connection, lineage)
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
        raise ConfigurationError(f"the databases disagree about the homes: {maps}")
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
    """Upgrade every database of each lineage and store the map of homes of those that are sharded.

    Idempotent. Raises TransientFailure when a database is away, ConfigurationError when stored
    homes do not fit the settings.
    """
    for lineage in LINEAGES:
        if lineage.is_optional and lineage.name not in settings.postgres.lineages:
            continue
        dsns = dsns_of(settings.postgres, lineage)
        for dsn in dsns.values():
            upgrade(lineage.name, dsn)
        if lineage.is_sharded:
            _store_homes(dsns, settings.kafka.partitions)
