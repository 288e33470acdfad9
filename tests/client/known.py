"""Waiting until the chat databases know an account: its signup is the user service's."""

from __future__ import annotations

import asyncio
from contextlib import closing

import psycopg2

from infra.embedded.stack import Stack
from tests.client.waiting import eventually

# The chat workers may have been killed a moment ago.
_WITHIN = 120.0


async def known_to_chat(stack: Stack, *handles: str) -> None:
    """Returns when every chat database has a copy of these accounts; until then none is invited."""

    def copies() -> bool:
        return all(_count(dsn, handles) == len(handles) for dsn in chat_dsns(stack))

    await eventually(lambda: asyncio.to_thread(copies), _WITHIN)


def chat_dsns(stack: Stack) -> list[str]:
    """The databases of the rooms."""
    return [dsn for name, dsn in stack.dsns.items() if name != "auth"]


def _count(dsn: str, handles: tuple[str, ...]) -> int:
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute("select 1 from profiles where user_id = any (%s)", (list(handles),))
        return int(cursor.rowcount)
