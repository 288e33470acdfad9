"""What a captured database needs: role, rights, publication; and the state of its slot."""

from __future__ import annotations

import psycopg2
from psycopg2 import sql

from chatstream.errors import TransientFailure
from chatstream.ports.reporting import SlotState
from infra.connect.connectors import PUBLICATION, ROLE, SLOT
from infra.postgres.pool import Database
from schemas.cdc import Captured, of_lineage

_ROLE_THERE = "select 1 from pg_roles where rolname = %s"
_PUBLICATION_THERE = "select 1 from pg_publication where pubname = %s"


def prepare(lineage: str, dsn: str, password: str) -> None:
    """Give the capturing role its rights and publish the allowed columns; nothing beside them.

    Idempotent: what the allow-list no longer has is taken away. Raises TransientFailure when the
    database is away.
    """
    try:
        connection = psycopg2.connect(dsn)
    except psycopg2.OperationalError as error:
        raise TransientFailure(f"database of {lineage}: {str(error).strip()}") from error
    try:
        with connection, connection.cursor() as cursor:
            _role(cursor, password)
            tables = of_lineage(lineage)
            _grant(cursor, tables)
            _publish(cursor, tables)
    finally:
        connection.close()


def _role(cursor: psycopg2.extensions.cursor, password: str) -> None:
    role = sql.Identifier(ROLE)
    cursor.execute(_ROLE_THERE, (ROLE,))
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("create role {} login replication").format(role))
    if password:
        statement = sql.SQL("alter role {} password {}")
        cursor.execute(statement.format(role, sql.Literal(password)))
    # Its errors quote values as everybody's: none of them is logged.
    cursor.execute(sql.SQL("alter role {} set log_min_messages = log").format(role))


def _grant(cursor: psycopg2.extensions.cursor, tables: tuple[Captured, ...]) -> None:
    role = sql.Identifier(ROLE)
    cursor.execute(sql.SQL("revoke all on all tables in schema public from {}").format(role))
    for each in tables:
        statement = sql.SQL("grant select ({}) on {} to {}")
        cursor.execute(statement.format(_columns(each), sql.Identifier(each.table), role))


def _publish(cursor: psycopg2.extensions.cursor, tables: tuple[Captured, ...]) -> None:
    name = sql.Identifier(PUBLICATION)
    cursor.execute(_PUBLICATION_THERE, (PUBLICATION,))
    if cursor.fetchone() is None:
        # A partitioned table is told as the one table that it is.
        statement = sql.SQL("create publication {} with (publish_via_partition_root = true)")
        cursor.execute(statement.format(name))
    listed = sql.SQL(", ").join(
        sql.SQL("{} ({})").format(sql.Identifier(each.table), _columns(each)) for each in tables
    )
    cursor.execute(sql.SQL("alter publication {} set table {}").format(name, listed))


def _columns(table: Captured) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(column) for column in table.columns)


_SLOT = """
select coalesce(s.wal_status = 'lost', false) or s.invalidation_reason is not null,
    coalesce(pg_current_wal_lsn() - s.restart_lsn, 0)::bigint
from pg_replication_slots s where s.slot_name = %s and s.database = current_database()
"""
# Who still reads from it is ended first: a lost slot has nothing more for anybody.
_END_READER = """
select pg_terminate_backend(active_pid) from pg_replication_slots
where slot_name = %s and active_pid is not null
"""
_DROP = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = %s"
_PLACE = "select (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint"


class PostgresCaptured:
    """ports.reporting.CapturedDatabase."""

    def __init__(self, database: Database) -> None:
        self.name = database.name
        self._database = database

    async def slot(self) -> SlotState:
        """See ports.reporting.CapturedDatabase."""
        rows = await self._database.fetch(_SLOT, (SLOT,))
        if not rows:
            return SlotState(is_there=False)
        ((is_lost, behind),) = rows
        return SlotState(is_there=True, is_lost=is_lost, behind=behind)

    async def drop_slot(self) -> int:
        """See ports.reporting.CapturedDatabase."""
        ((place,),) = await self._database.fetch(_PLACE)
        await self._database.fetch(_END_READER, (SLOT,))
        await self._database.fetch(_DROP, (SLOT,))
        return int(place)
