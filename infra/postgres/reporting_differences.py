"""The reporting database compared with its sources, row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

import psycopg2
from psycopg2.extras import register_uuid

from chatstream.domain.captured_differences import RowDifference, differences
from chatstream.errors import TransientFailure
from chatstream.settings import PostgresSettings
from schemas.cdc import CAPTURED, Captured, Forgets
from schemas.databases import AUTH, REPORTING, dsns_of

_ERASED = "select account_id from accounts where erased_at is not null"
_DIGESTS = "select digest from erased"
_AT_ONCE = 2000

Row = tuple[Any, ...]


def compare(postgres: PostgresSettings) -> list[RowDifference]:
    """Every row that one side has and the other has not, or has otherwise.

    Rows that change meanwhile may be among them. Raises TransientFailure when a database is away.
    """
    with _read(dsns_of(postgres, REPORTING)[REPORTING.name]) as reporting:
        with _read(dsns_of(postgres, AUTH)[AUTH.name]) as auth:
            erased = {account for (account,) in _rows(auth, _ERASED)}
        found = _erased_differences(erased, {bytes(each) for (each,) in _rows(reporting, _DIGESTS)})
        for table in CAPTURED:
            for source, dsn in dsns_of(postgres, table.lineage).items():
                with _read(dsn) as database:
                    theirs = _expected(table, _rows(database, _select(table)), erased)
                    ours = _rows(reporting, _select(table, source), (source,))
                    found += differences(f"{source}.{table.table}", theirs, ours, len(table.key))
    return found


def _select(table: Captured, source: str = "") -> str:
    """The key first, in its order, and the other columns."""
    columns = ", ".join(_in_order(table))
    where = "where source = %s and gone_at is null" if source else ""
    order = ", ".join(table.key)
    return f"select {columns} from {table.table} {where} order by {order}"


def _in_order(table: Captured) -> Sequence[str]:
    return [*table.key, *(name for name in table.columns if name not in table.key)]


def _expected(table: Captured, rows: Iterator[Row], erased: set[UUID]) -> Iterator[Row]:
    """The source's rows as they may be kept, once these accounts are erased."""
    if table.forgets is None:
        yield from rows
        return
    at = _in_order(table).index("account_id")
    for row in rows:
        if row[at] not in erased:
            yield row
        elif table.forgets is Forgets.ACCOUNT:
            yield (*row[:at], None, *row[at + 1 :])


def _erased_differences(erased: set[UUID], digests: set[bytes]) -> list[RowDifference]:
    expected = {hashlib.sha256(account.bytes).digest() for account in erased}
    lacking = [RowDifference("erased", each.hex()[:12], "lacks") for each in expected - digests]
    return [
        *lacking,
        *(RowDifference("erased", each.hex()[:12], "has") for each in digests - expected),
    ]


@contextmanager
def _read(dsn: str) -> Iterator[Any]:
    try:
        connection = psycopg2.connect(dsn, connect_timeout=5)
    except psycopg2.OperationalError as error:
        raise TransientFailure(f"a database is away: {str(error).strip()}") from error
    with closing(connection):
        connection.set_session(readonly=True, isolation_level="REPEATABLE READ")
        register_uuid(conn_or_curs=connection)  # type: ignore[no-untyped-call]
        yield connection


def _rows(connection: Any, statement: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
    """The rows, some thousand in memory at a time."""
    with connection.cursor(name="compared") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(statement, parameters)
        yield from cursor
