"""What is done while posts are written: to the worker that decides, the broker, database, a front.

A lock of ours on the posts keeps them from being written until the blow has fallen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing

import psycopg2
import psycopg2.extensions
from aiokafka.admin import AIOKafkaAdminClient

from infra.embedded.stack import Stack
from infra.faust.app import group_of
from schemas.services import CONTENT
from tests.client.known import rows
from tests.client.waiting import eventually, pause
from tests.faults.injections import settled
from tests.faults.posting import DEADLINE

GROUP = group_of(CONTENT.name)
WORKER = f"{CONTENT.name}-1"
DATABASE = "postgres-content"
FRONT = "front-1"
DOWN = 2.0
_WAITING = """
select 1 from pg_stat_activity where wait_event_type = 'Lock'
    and application_name like 'content-%%' and %s = any (pg_blocking_pids(pid))
"""

Blow = Callable[[Stack], Awaitable[None]]


@asynccontextmanager
async def in_its_midst(stack: Stack) -> AsyncIterator[None]:
    """The worker waits in a transaction with posts in its hands, until the end of the block."""
    dsn = stack.dsns[CONTENT.name]

    def locked() -> psycopg2.extensions.connection:
        link = psycopg2.connect(dsn)
        with link.cursor() as cursor:
            cursor.execute("lock table contents in share mode")
        return link

    with closing(await asyncio.to_thread(locked)) as link:
        holder = link.info.backend_pid

        async def waits() -> bool:
            return bool(await asyncio.to_thread(rows, dsn, _WAITING, holder))

        await eventually(waits, DEADLINE, 0.05)
        yield


async def all_there(stack: Stack) -> None:
    """The worker has its partitions."""
    await eventually(lambda: settled(stack, 1, GROUP), DEADLINE)


async def _is_alone(stack: Stack) -> bool:
    """Whether the group has lost its worker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_consumer_groups([GROUP])
        [(_, _, _, _, _, members, *_)] = answer.groups
        return not members
    finally:
        await admin.close()


def killed(name: str) -> Blow:
    """SIGKILL of a process; the supervisor starts it again."""

    async def blow(stack: Stack) -> None:
        async with in_its_midst(stack):
            await asyncio.to_thread(stack.kill, name)
        await asyncio.to_thread(stack.wait_ready, name)

    return blow


async def worker_paused(stack: Stack) -> None:
    """SIGSTOP, until its partitions are nobody's; what it had in its hands is then another's."""
    async with in_its_midst(stack):
        await asyncio.to_thread(stack.pause, WORKER)
        try:
            await eventually(lambda: _is_alone(stack), DEADLINE)
        finally:
            await asyncio.to_thread(stack.resume, WORKER)
    await asyncio.to_thread(stack.wait_ready, WORKER)


async def database_restarted(stack: Stack) -> None:
    """The database is down for some seconds, with a transaction under way."""
    async with in_its_midst(stack):
        await asyncio.to_thread(stack.stop_process, DATABASE)
    await pause(DOWN)
    await asyncio.to_thread(stack.start_process, DATABASE)
    await asyncio.to_thread(stack.wait_ready, DATABASE)


SMALL: Mapping[str, Blow] = {
    "worker paused": worker_paused,
    "broker killed": killed("kafka"),
    "database killed": killed(DATABASE),
    "front killed": killed(FRONT),
}

FULL: Mapping[str, Blow] = {
    **SMALL,
    "worker killed": killed(WORKER),
    "database restarted": database_restarted,
}
