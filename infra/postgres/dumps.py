"""Dumps of a database by `pg_dump`, and a database made anew from one by `pg_restore`.

Both are programs: they know every kind of object that a schema may have. Passwords reach them by
their environment, never by the command line, which every user of the machine may read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, make_dsn, parse_dsn

from chatstream.errors import ConfigurationError, TransientFailure

OWNER_ONLY = 0o600
EPOCHS_AHEAD = 1_000_000
"""By how much epochs are raised: above those of every worker that has seen the lost state."""

_TABLES = """
select relname from pg_class join pg_namespace n on n.oid = relnamespace
where nspname = 'public' and relkind in ('r', 'p') and not relispartition order by 1
"""
_OTHERS = """
select application_name, count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
group by 1 order by 1
"""
_ENDED = """
update sessions set revoked_at = coalesce(revoked_at, clock_timestamp()),
    announced_at = coalesce(announced_at, clock_timestamp())
where sid = any (%s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Dumped:
    """What was dumped: the newest migration, and the rows of each table in the same snapshot."""

    migration: str
    rows: Mapping[str, int]


def program(name: str) -> str:
    """Where `pg_dump` or `pg_restore` is: with the Postgres that a package brings, or on the PATH.

    Raises ConfigurationError that names the fix.
    """
    from infra.embedded.postgres import binaries  # noqa: PLC0415 (a stack needs more than this)

    try:
        folder = str(binaries())
    except ConfigurationError:
        folder = ""
    found = shutil.which(name, path=folder) or shutil.which(name)
    if found is None:
        raise ConfigurationError(f"{name} is missing: apt-get install -y postgresql-client")
    return found


def dump(dsn: str, file: Path) -> Dumped:
    """Write a database into a file that only its owner may read, as it is at one moment.

    People go on writing meanwhile. TransientFailure when the database is away.
    """
    file.touch(mode=OWNER_ONLY, exist_ok=False)
    with _connected(dsn) as connection:
        connection.set_session(ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("select pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            cursor.execute("select version_num from alembic_version")
            (migration,) = cursor.fetchone()
            _run(
                dsn,
                "pg_dump",
                *("--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges"),
                *("--no-publications", "--no-subscriptions"),
                f"--file={file}",
            )
            return Dumped(migration, _counted(cursor))


def readable(file: Path) -> bool:
    """Whether `pg_restore` finds a table of contents in a file."""
    command = [program("pg_restore"), "--list", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def counts(dsn: str) -> dict[str, int]:
    """How many rows each table has; none in an empty database."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        return _counted(cursor)


def users(dsn: str) -> list[str]:
    """Who else is connected, by the names they give."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        return [name or "(without a name)" for name, _ in cursor.fetchall()]


def restore(dsn: str, file: Path) -> None:
    """Make a database as the file has it, whole or not at all; what was in it is gone."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists public cascade; create schema public")
        connection.commit()
    _run(dsn, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", str(file))
    with _connected(dsn) as connection, connection.cursor() as cursor:
        # Who wrote the lost state, and sleeps, must not write this one.
        cursor.execute("update lines set epoch = epoch + %s", (EPOCHS_AHEAD,))
        connection.commit()
        connection.autocommit = True
        cursor.execute("analyze")


def heads(dsn: str) -> dict[tuple[str, int], int]:
    """The last fact number of each line that the database holds."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("select topic, partition, head from lines")
        return {(topic, partition): head for topic, partition, head in cursor.fetchall()}


def homes(dsn: str) -> dict[int, str]:
    """Which chat database holds a partition; none in a database of another lineage."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('public.homes') is not null")
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute("select partition, database from homes")
        return dict(cursor.fetchall())


def raise_heads(dsn: str, lines: Mapping[tuple[str, int], int]) -> None:
    """Let lines go on behind these numbers, so that none of them is given a second time."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        for (topic, partition), head in lines.items():
            cursor.execute(
                "insert into lines (topic, partition, head) values (%s, %s, %s)"
                " on conflict (topic, partition) do update"
                " set head = greatest(lines.head, excluded.head)",
                (topic, partition, head),
            )
        connection.commit()


def end_logins(dsn: str, sids: Sequence[str]) -> None:
    """End logins that were ended since; in the auth database."""
    with _connected(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(_ENDED, (list(sids),))
        connection.commit()


def _counted(cursor: Any) -> dict[str, int]:
    cursor.execute(_TABLES)
    found = {}
    for (table,) in cursor.fetchall():
        cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
        (found[table],) = cursor.fetchone()
    return found


@contextmanager
def _connected(dsn: str) -> Iterator[Any]:
    """A connection whose statements may take as long as they need."""
    try:
        connection = psycopg2.connect(dsn, application_name="chatstream backup")
    except psycopg2.OperationalError as error:
        raise TransientFailure(f"a database is away: {str(error).strip()}") from error
    try:
        yield connection
    finally:
        connection.close()


def _run(dsn: str, name: str, *arguments: str) -> None:
    """Run a program on a database; ConfigurationError with the end of what it said if it fails."""
    told = parse_dsn(dsn)
    password = told.pop("password", None)
    environment = {**os.environ, **({} if password is None else {"PGPASSWORD": password})}
    command = [program(name), f"--dbname={make_dsn(**told)}", "--no-password", *arguments]
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigurationError(f"{name} of {told.get('dbname')}: {done.stderr.strip()[-800:]}")
