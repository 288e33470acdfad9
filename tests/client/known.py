"""What the chat databases know, past every interface."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2

from infra.embedded.stack import Stack


def chat_dsns(stack: Stack) -> list[str]:
    """The databases of the rooms."""
    return [dsn for name, dsn in stack.dsns.items() if name.startswith("chat-")]


def rows_touched(dsn: str, sql: str, *parameters: object) -> int:
    """How many rows a statement finds or changes."""
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def rows(dsn: str, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of one statement on a database."""
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
