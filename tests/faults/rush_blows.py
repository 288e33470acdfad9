"""What is done in the midst of a rush: to who decides, the broker, the database, a front.

A lock of ours on the stock of the campaign keeps its claims undecided until the blow has fallen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg2
import psycopg2.extensions

from infra.embedded.stack import Stack
from infra.faust.app import group_of
from schemas.services import COUPON, FRONT_COUPON
from tests.client.known import rows
from tests.client.waiting import eventually, pause
from tests.faults.injections import settled
from tests.faults.rushes import DEADLINE, Rush

GROUP = group_of(COUPON.name)
WORKERS = 2
DATABASE = "postgres-coupon"
FRONT = f"{FRONT_COUPON.name}-1"
DOWN = 2.0
_STOCK = "select 1 from slices where campaign_id = %s::uuid order by slice for update"
_WAITING = """
select application_name from pg_stat_activity where wait_event_type = 'Lock'
    and application_name like 'coupon-%%' and %s = any (pg_blocking_pids(pid))
"""

Blow = Callable[[Rush], Awaitable[None]]


@dataclass(frozen=True)
class Hold:
    """Our lock on the stock of a campaign."""

    dsn: str
    link: psycopg2.extensions.connection

    async def met(self) -> str:
        """The worker that waits for it with claims in its hands."""

        async def waiting() -> str | None:
            found = await asyncio.to_thread(rows, self.dsn, _WAITING, self.link.info.backend_pid)
            return str(found[0][0]) if found else None

        return str(await eventually(waiting, DEADLINE, 0.05))

    async def release(self) -> None:
        """Let it go; nothing when it is gone already."""
        await asyncio.to_thread(self.link.close)


def _connected(dsn: str) -> psycopg2.extensions.connection:
    return psycopg2.connect(dsn)


@asynccontextmanager
async def held(rush: Rush) -> AsyncIterator[Hold]:
    """Nothing of the campaign is decided until the end of the block."""
    dsn = rush.stack.dsns[COUPON.name]
    hold = Hold(dsn, await asyncio.to_thread(_connected, dsn))
    try:
        with hold.link.cursor() as cursor:
            await asyncio.to_thread(cursor.execute, _STOCK, (rush.campaign_id,))
        yield hold
    finally:
        await hold.release()


async def all_there(stack: Stack) -> None:
    """Every coupon worker has its partitions, as before any blow."""
    await eventually(lambda: settled(stack, WORKERS, GROUP), DEADLINE)


async def decider_killed(rush: Rush) -> None:
    """SIGKILL of the worker that is in the middle of the transaction."""
    async with held(rush) as hold:
        name = await hold.met()
        await asyncio.to_thread(rush.stack.kill, name)
    await asyncio.to_thread(rush.stack.wait_ready, name)


async def decider_paused(rush: Rush) -> None:
    """SIGSTOP of that worker, until another one has its partitions and has decided there."""
    stack = rush.stack
    async with held(rush) as hold:
        name = await hold.met()
        await asyncio.to_thread(stack.pause, name)
        try:
            await eventually(lambda: settled(stack, WORKERS - 1, GROUP), DEADLINE)
            before = rush.answered()
            await hold.release()

            async def goes_on() -> bool:
                return rush.answered() > before

            await eventually(goes_on, DEADLINE)
        finally:
            await asyncio.to_thread(stack.resume, name)
    await asyncio.to_thread(stack.wait_ready, name)


async def broker_killed(rush: Rush) -> None:
    """SIGKILL of the broker: what is decided right after that can be told when it is back."""
    async with held(rush) as hold:
        await hold.met()
        await asyncio.to_thread(rush.stack.kill, "kafka")
    await asyncio.to_thread(rush.stack.wait_ready, "kafka")


async def database_restarted(rush: Rush) -> None:
    """The coupon database is down for some seconds, with a transaction under way."""
    stack = rush.stack
    async with held(rush) as hold:
        await hold.met()
        await asyncio.to_thread(stack.stop_process, DATABASE)
    await pause(DOWN)
    await asyncio.to_thread(stack.start_process, DATABASE)
    await asyncio.to_thread(stack.wait_ready, DATABASE)


async def database_killed(rush: Rush) -> None:
    """SIGKILL of it."""
    async with held(rush) as hold:
        await hold.met()
        await asyncio.to_thread(rush.stack.kill, DATABASE)
    await asyncio.to_thread(rush.stack.wait_ready, DATABASE)


async def front_killed(rush: Rush) -> None:
    """SIGKILL of a front of coupons, when all who wait were told that they are in the log."""
    async with held(rush) as hold:
        await hold.met()

        async def are_open() -> bool:
            return rush.all_wait()

        await eventually(are_open, DEADLINE)
        await asyncio.to_thread(rush.stack.kill, FRONT)
    await asyncio.to_thread(rush.stack.wait_ready, FRONT)


SMALL: Mapping[str, Blow] = {
    "decider killed": decider_killed,
    "decider paused": decider_paused,
    "broker killed": broker_killed,
    "database restarted": database_restarted,
    "front killed": front_killed,
}
FULL: Mapping[str, Blow] = {**SMALL, "database killed": database_killed}
