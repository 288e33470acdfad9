"""Waiting until the chat databases know an account: its signup is the user service's."""

from __future__ import annotations

import asyncio
from contextlib import closing

import psycopg2

from infra.embedded.stack import Stack
from tests.client.waiting import eventually

# The chat workers may have been killed a moment ago.
_WITHIN = 120.0
_COPIES = "select 1 from profiles where user_id = any (%s)"


async def known_to_chat(stack: Stack, *handles: str) -> None:
    """Returns when every chat database has a copy of these accounts; until then none is invited."""
    wanted = list(handles)

    def copies() -> bool:
        return all(rows_touched(dsn, _COPIES, wanted) == len(wanted) for dsn in chat_dsns(stack))

    await eventually(lambda: asyncio.to_thread(copies), _WITHIN)


def chat_dsns(stack: Stack) -> list[str]:
    """The databases of the rooms."""
    return [dsn for name, dsn in stack.dsns.items() if name != "auth"]


def rows_touched(dsn: str, sql: str, *parameters: object) -> int:
    """How many rows a statement finds or changes."""
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
