"""Locks of ours on what a step of an erasure writes: it is under way until they are let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass

import psycopg2

from infra.embedded.stack import Stack
from schemas.erasure import TOMBSTONE
from tests.client.known import chat_dsns, rows

_PROFILE = "select 1 from profiles where account_id = %s::uuid for update"
_NOTICE = "select 1 from notices where account_id = %s::uuid for update"
_ACCOUNT = "select 1 from accounts where account_id = %s::uuid for update"
# Steps that only read and wait for their own group last some time by themselves.
_LOCKS = {
    **{TOMBSTONE: _ACCOUNT, "coupon": _ACCOUNT},
    **{"friend": _PROFILE, "content": _PROFILE, "chat": _PROFILE, "notices": _NOTICE},
}
_WAITING = """
select count(*) from pg_stat_activity, unnest(%s::int[]) as ours (pid)
where ours.pid = any (pg_blocking_pids(pg_stat_activity.pid))
"""


@dataclass(frozen=True)
class Hold:
    """What is locked: per database the process of its server that has the lock."""

    holders: dict[str, int]

    def is_met(self) -> bool:
        """Whether a statement waits for the lock; of a step without one it is not known."""
        if not self.holders:
            return True
        return any(rows(dsn, _WAITING, [pid])[0][0] for dsn, pid in self.holders.items())


def _databases(stack: Stack, step: str) -> list[str]:
    if step in ("chat", "notices"):
        return chat_dsns(stack)
    return [stack.dsns["auth" if step == TOMBSTONE else step]]


@asynccontextmanager
async def held(stack: Stack, step: str, account_id: str) -> AsyncIterator[Hold]:
    """Whatever the step of this account comes to write waits until the end of the block."""
    holders: dict[str, int] = {}
    with ExitStack() as connections:
        for dsn in _databases(stack, step) if step in _LOCKS else ():
            connection = connections.enter_context(closing(psycopg2.connect(dsn)))
            cursor = connections.enter_context(closing(connection.cursor()))
            await asyncio.to_thread(cursor.execute, _LOCKS[step], (account_id,))
            holders[dsn] = connection.info.backend_pid
        yield Hold(holders)
