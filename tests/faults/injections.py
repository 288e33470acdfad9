"""The faults: each takes the stack, hurts it, leaves it whole again, and says when that was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import psycopg2
from aiokafka.admin import AIOKafkaAdminClient

from infra.embedded.stack import Stack
from tests.client.known import chat_dsns
from tests.client.waiting import eventually, pause
from tests.faults.silence import Outage
from tests.faults.traffic import Traffic
from tests.faults.verify import rows

Fault = Callable[[Stack, Traffic], Awaitable[Outage]]
DOWN = 4.0
CHAT_GROUP = "chatstream-chat"


async def _blocking(function: Callable[..., object], *arguments: object) -> None:
    await asyncio.to_thread(function, *arguments)


def killed(name: str) -> Fault:
    """SIGKILL; the supervisor starts it again."""

    async def fault(stack: Stack, _traffic: Traffic) -> Outage:
        began = time.monotonic()
        await _blocking(stack.kill, name)
        await _blocking(stack.wait_ready, name)
        return Outage(fault.__name__, name, began, time.monotonic())

    fault.__name__ = f"{name} killed"
    return fault


def down(name: str, seconds: float = DOWN) -> Fault:
    """Stopped for some seconds and started again."""

    async def fault(stack: Stack, _traffic: Traffic) -> Outage:
        began = time.monotonic()
        await _blocking(stack.stop_process, name)
        await pause(seconds)
        await _blocking(stack.start_process, name)
        await _blocking(stack.wait_ready, name)
        return Outage(fault.__name__, name, began, time.monotonic())

    fault.__name__ = f"{name} down"
    return fault


def restarted_while_down(store: str, service: str) -> Fault:
    """SIGTERM of a worker, and so two rebalances, while a store is down."""

    async def fault(stack: Stack, _traffic: Traffic) -> Outage:
        began = time.monotonic()
        await _blocking(stack.stop_process, store)
        await _blocking(stack.stop_process, service)
        await _blocking(stack.start_process, service)
        await pause(DOWN)
        await _blocking(stack.start_process, store)
        await _blocking(stack.wait_ready, store)
        await _blocking(stack.wait_ready, service)
        return Outage(fault.__name__, store, began, time.monotonic())

    fault.__name__ = f"{service} restarted while {store} down"
    return fault


def _waiting_worker(dsn: str) -> str | None:
    """The worker whose statement waits for a lock in this database."""
    found = rows(
        dsn,
        "select application_name from pg_stat_activity where wait_event_type = 'Lock'"
        " and application_name like 'chat-%%' and datname = current_database()",
    )
    return str(found[0][0]) if found else None


async def _settled(stack: Stack, count: int) -> bool:
    """Whether the group of the chat workers has settled with this many members."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_consumer_groups([CHAT_GROUP])
        [(_, _, state, _, _, members, *_)] = answer.groups
        return bool(state == "Stable" and len(members) == count)
    finally:
        await admin.close()


def paused(*, committed: bool) -> Fault:
    """SIGSTOP of the worker that is in the middle of a transaction, until its partitions moved.

    A lock of ours on the rooms holds its statement. With `committed` the lock goes once the worker
    sleeps: the server finishes and commits, and the worker wakes between commit and RESPONSE.
    Else the lock stays until the statement has failed.
    """

    async def fault(stack: Stack, traffic: Traffic) -> Outage:
        await eventually(lambda: _settled(stack, 2), 120)
        for dsn in chat_dsns(stack):
            began = time.monotonic()
            if name := await _paused_in(stack, traffic, dsn, committed=committed):
                return Outage(fault.__name__, name, began, time.monotonic())
        raise AssertionError("no chat database holds a room of the traffic")

    fault.__name__ = f"chat paused {'after commit' if committed else 'in mid-transaction'}"
    return fault


async def _paused_in(stack: Stack, traffic: Traffic, dsn: str, *, committed: bool) -> str | None:
    """The worker that was paused; None when the database holds no room of the traffic."""
    ours = "select room_id from rooms where room_id = any (%s::uuid[])"
    mine = rows(dsn, ours, list(traffic.rooms))
    if not mine:
        return None
    holder = psycopg2.connect(dsn)
    try:
        with holder.cursor() as cursor:
            cursor.execute(
                "select 1 from rooms where room_id = any (%s::uuid[]) for update",
                ([room for (room,) in mine],),
            )

        async def waiting() -> str | None:
            return _waiting_worker(dsn)

        name: str = await eventually(waiting)
        await _blocking(stack.pause, name)
        try:
            if committed:
                holder.rollback()
            await eventually(lambda: _settled(stack, 1), 120)
            holder.rollback()
        finally:
            await _blocking(stack.resume, name)
    finally:
        holder.close()
    await _blocking(stack.wait_ready, name)
    return name


SMALL: Sequence[Fault] = (
    killed("chat-1"),
    paused(committed=True),
    paused(committed=False),
    killed("stats-1"),
    killed("front-1"),
    down("postgres-chat-0"),
    down("postgres-auth"),
    down("elasticsearch"),
    killed("kafka"),
    killed("nginx"),
    restarted_while_down("postgres-chat-1", "chat-2"),
    restarted_while_down("elasticsearch", "log-1"),
)

# Longer than a produce request may take: what waits for the broker is kept all the same.
LONG_OUTAGE = 45.0
SERVERS = ("postgres-chat-0", "postgres-chat-1", "postgres-auth", "elasticsearch", "front-auth")
FULL: Sequence[Fault] = (
    *SMALL,
    *(killed(name) for name in SERVERS),
    down("kafka"),
    restarted_while_down("kafka", "chat-2"),
    down("kafka", LONG_OUTAGE),
)
