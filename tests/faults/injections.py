"""The faults: each hurts the stack under everybody, leaves it whole, and says when that was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psycopg2
from aiokafka.admin import AIOKafkaAdminClient

from infra.embedded.stack import Stack
from schemas.erasure import TOMBSTONE
from tests.client.known import chat_dsns, rows
from tests.client.waiting import eventually, pause
from tests.faults.leavers import DEADLINE, TEXT
from tests.faults.parties import Parties
from tests.faults.silence import Outage
from tests.faults.traffic import Traffic

DOWN = 4.0
CHAT_GROUP = "chatstream-chat"
SEARCH = "elasticsearch"
BEFORE, IN_STEP = "before", "in the step"


@dataclass(frozen=True)
class Fault:
    """What is done to a victim, and what of everybody's doing is under way at that moment.

    `hurt` returns whom it hit and when (monotonic), once the victim answers again.
    """

    name: str
    victim: str
    hurt: Callable[[Parties], Awaitable[tuple[str, float]]]
    signing_up: bool = False
    leaving: Sequence[str] = ()

    async def strike(self, parties: Parties) -> Outage:
        """Hurt, and tell when it was."""
        victim, began = await self.hurt(parties)
        return Outage(self.name, victim, began, time.monotonic())


Volley = Sequence[Fault]


async def _blocking(function: Callable[..., object], *arguments: object) -> None:
    await asyncio.to_thread(function, *arguments)


def killed(victim: str, *, signing_up: bool = False, leaving: Sequence[str] = ()) -> Fault:
    """SIGKILL; the supervisor starts it again.

    It dies while a leaver is in each of the steps of `leaving`, and while thirty people sign up.
    """

    async def hurt(parties: Parties) -> tuple[str, float]:
        async with parties.striking, AsyncExitStack() as kept:
            for step in leaving:
                await kept.enter_async_context(parties.leavers.kept_in(step, victim))
            wave = await parties.signups.begin(victim) if signing_up else None
            began = time.monotonic()
            await _blocking(parties.stack.kill, victim)
        if wave is not None:
            await wave.end()
        await _blocking(parties.stack.wait_ready, victim)
        return victim, began

    steps = [f"an erasure in {step}" for step in leaving]
    under_way = ", ".join([*(["signups"] if signing_up else []), *steps])
    name = f"{victim} killed" + (under_way and f" in {under_way}")
    return Fault(name, victim, hurt, signing_up, leaving)


def down(name: str, seconds: float = DOWN) -> Fault:
    """Stopped for some seconds and started again."""

    async def hurt(parties: Parties) -> tuple[str, float]:
        stack, began = parties.stack, time.monotonic()
        await _blocking(stack.stop_process, name)
        await pause(seconds)
        await _blocking(stack.start_process, name)
        await _blocking(stack.wait_ready, name)
        return name, began

    return Fault(f"{name} down", name, hurt)


def restarted_while_down(store: str, service: str) -> Fault:
    """SIGTERM of a worker, and so two rebalances, while a store is down.

    The worker has waited for the store by then, and the one that comes waits for it again.
    """

    async def hurt(parties: Parties) -> tuple[str, float]:
        stack, began = parties.stack, time.monotonic()
        await _blocking(stack.stop_process, store)
        await pause(DOWN)
        await _blocking(stack.stop_process, service)
        await _blocking(stack.start_process, service)
        await pause(DOWN)
        await _blocking(stack.start_process, store)
        await _blocking(stack.wait_ready, store)
        await _blocking(stack.wait_ready, service)
        return store, began

    return Fault(f"{service} restarted while {store} down", store, hurt)


def search_paused(when: str) -> Fault:
    """SIGSTOP of Elasticsearch around an erasure: "before" it, or "in the step" of the log.

    Before it: until the log step has told of its failure. In the step: until that, or its end.
    """

    async def hurt(parties: Parties) -> tuple[str, float]:
        stack, leaver = parties.stack, parties.leavers.by_name[when, SEARCH]
        if when != BEFORE:
            await leaver.say(leaver.rooms[0], f"{TEXT} 2")
            leaver.leave()
            await leaver.until_in("log")
        began = time.monotonic()
        await _blocking(stack.pause, SEARCH)
        try:
            if when == BEFORE:
                await leaver.say(leaver.rooms[0], f"{TEXT} 2")
                leaver.leave()
                await leaver.until_in("log")
            await leaver.note("log")

            async def has_failed() -> bool:
                _, is_over, problem = await leaver.at("log")
                return bool(problem) or (is_over and when != BEFORE)

            await eventually(has_failed, DEADLINE)
        finally:
            await _blocking(stack.resume, SEARCH)
        return SEARCH, began

    return Fault(f"{SEARCH} paused, an erasure: {when}", SEARCH, hurt, leaving=(when,))


def _waiting_worker(dsn: str, holder: int) -> str | None:
    """The worker whose statement waits for what this process of the server has locked."""
    found = rows(
        dsn,
        "select application_name from pg_stat_activity where wait_event_type = 'Lock'"
        " and application_name like 'chat-%%' and %s = any (pg_blocking_pids(pid))",
        holder,
    )
    return str(found[0][0]) if found else None


async def settled(stack: Stack, count: int, group: str = CHAT_GROUP) -> bool:
    """Whether a group of workers has settled with this many members."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_consumer_groups([group])
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

    async def hurt(parties: Parties) -> tuple[str, float]:
        stack, traffic = parties.stack, parties.traffic
        await eventually(lambda: settled(stack, 2), 120)
        for dsn in chat_dsns(stack):
            began = time.monotonic()
            if name := await _paused_in(stack, traffic, dsn, committed=committed):
                return name, began
        raise AssertionError("no chat database holds a room of the traffic")

    name = f"chat paused {'after commit' if committed else 'in mid-transaction'}"
    return Fault(name, "chat", hurt)


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
            return _waiting_worker(dsn, holder.info.backend_pid)

        name: str = await eventually(waiting)
        await _blocking(stack.pause, name)
        try:
            if committed:
                holder.rollback()
            await eventually(lambda: settled(stack, 1), 120)
            holder.rollback()
        finally:
            await _blocking(stack.resume, name)
    finally:
        holder.close()
    await _blocking(stack.wait_ready, name)
    return name


# One after another; those of one volley at the same time, since what one hurts no other needs.
# One more victim is one more line, in a volley that hurts nothing of its service's: the leavers
# and the tests of signups and erasures are made of these.
SMALL: Sequence[Volley] = (
    (
        killed("log-1", leaving=("log",)),
        killed("stats-1", leaving=("stats",)),
        killed("chat-1", leaving=("chat",)),
    ),
    (
        paused(committed=True),
        killed("user-1", signing_up=True, leaving=("chat",)),
    ),
    (
        paused(committed=False),
        killed("front-auth", signing_up=True),
    ),
    (
        down("postgres-chat-0"),
        down("postgres-auth"),
        down("postgres-friend"),
        down("postgres-coupon"),
        down("postgres-content"),
    ),
    (
        restarted_while_down("postgres-chat-1", "chat-2"),
        restarted_while_down("elasticsearch", "log-1"),
        killed("postgres-auth", signing_up=True),
    ),
    (
        killed("chat-2", leaving=("notices",)),
        killed("stats-2"),
        killed("coupon-1", leaving=("coupon",)),
        killed("content-1", leaving=("content",)),
        search_paused(BEFORE),
    ),
    (killed("front-1"), killed("friend-1", leaving=("friend",)), search_paused(IN_STEP)),
    (killed("kafka"),),
    (
        killed("user-1", leaving=(TOMBSTONE,)),
        killed("nginx"),
        killed("lag-1"),
        killed("front-coupon-1"),
    ),
)

# Longer than a produce request may take: what waits for the broker is kept all the same.
LONG_OUTAGE = 45.0
SERVERS = ("postgres-chat-0", "postgres-chat-1", "postgres-auth", "elasticsearch", "front-auth")
FULL: Sequence[Volley] = (
    *((fault,) for volley in SMALL for fault in volley),
    *((killed(name),) for name in SERVERS),
    *((down(name),) for name in ("elasticsearch", "kafka")),
    (restarted_while_down("kafka", "chat-2"),),
    (down("kafka", LONG_OUTAGE),),
)


def leaving(volleys: Iterable[Volley]) -> tuple[tuple[str, str], ...]:
    """The erasures there are to be: (step, victim)."""
    faults = (fault for volley in volleys for fault in volley)
    return tuple((step, fault.victim) for fault in faults for step in fault.leaving)


KILLED_IN = tuple(each for each in leaving(SMALL) if each[1] != SEARCH)
SIGNING_UP = tuple(fault.victim for volley in SMALL for fault in volley if fault.signing_up)
