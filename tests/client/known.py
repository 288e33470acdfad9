"""What the chat databases know, past every interface."""

from __future__ import annotations

from contextlib import closing

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
