"""Databases of the bench's own."""

from __future__ import annotations

import uuid

import psycopg2


class OwnDatabase:
    """A new database on a server, after one statement, if there is one; gone after the block."""

    def __init__(self, dsn: str, statement: str = "") -> None:
        self._dsn = dsn
        self._statement = statement
        self.name = f"bench_{uuid.uuid4().hex[:12]}"
        self.dsn = " ".join(
            f"dbname={self.name}" if part.startswith("dbname=") else part for part in dsn.split()
        )

    def _run(self, dsn: str, statement: str) -> None:
        connection = psycopg2.connect(dsn)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def __enter__(self) -> OwnDatabase:
        self._run(self._dsn, f"create database {self.name}")
        if self._statement:
            self._run(self.dsn, self._statement)
        return self

    def __exit__(self, *exc: object) -> None:
        self._run(self._dsn, f"drop database {self.name} with (force)")
