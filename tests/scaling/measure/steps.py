"""1, 2 and 4 chat workers, and as many fronts: pinned to cores, and each with the same share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import aiohttp
import psutil

from chatstream.errors import ConfigurationError
from infra.embedded.waiting import wait_until
from tests.bench.drive import Process, process
from tests.bench.lag import settle
from tests.bench.processes import Cpu, Meter, spent
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Job, Result
from tests.client.metrics import samples
from tests.scaling.constants import Step
from tests.scaling.measure.limits import can_limit, pin, share

CHAT, FRONT = "chat", "front"
COUNTS = (1, 2, 4)
CHAT_SHARE, FRONT_SHARE = 0.08, 0.08
"""Of a core, for each process: so little that servers and load have what four of them ask for."""

PINNED, SHARED = "cores", "share"
_FOLLOWERS = ("stats", "log")
_REQUESTS = "kakao.chat.chatMessage.REQUEST"
_WITHIN = 120.0
_TOGETHER = 1.0
"""Seconds that loads run at the same time, at least, for what they cost to be told."""


def steps(bench: Bench) -> list[Step]:
    """Each count of each service, pinned and shared; what only reads is stopped meanwhile."""
    bench.people  # noqa: B018 (made before anything is measured)
    settle(bench.stack)
    followers = [w.name for w in bench.stack.workers if w.service in _FOLLOWERS]
    with _stopped(bench, followers):
        return [*_chats(bench), *_fronts(bench)]


@contextmanager
def _stopped(bench: Bench, names: list[str]) -> Iterator[None]:
    """Without these processes; they catch up afterwards."""
    stack = bench.stack
    for name in names:
        stack.stop_process(name)
    try:
        yield
    finally:
        for name in names:
            stack.start_process(name)
        for name in names:
            stack.wait_ready(name)


def _most(bench: Bench, service: str) -> int:
    """How many processes of it the stack has."""
    return sum(worker.service == service for worker in bench.stack.workers)


def _counts(bench: Bench, service: str) -> list[int]:
    return [count for count in COUNTS if count <= _most(bench, service)]


def _names(service: str, count: int) -> list[str]:
    return [f"{service}-{number}" for number in range(1, count + 1)]


def _chats(bench: Bench) -> list[Step]:
    """From the most workers to one: each step ends those that it does not need."""
    found: list[Step] = []
    most = _most(bench, CHAT)
    for count in reversed(_counts(bench, CHAT)):
        for name in _names(CHAT, most)[count:]:
            if bench.stack.pid(name):
                bench.stack.stop_process(name)
        _until_owned(bench, count)
        jobs = [_job(bench, 1, range(len(bench.people.rooms)), count * bench.sizes.step_senders)]
        found += _step(bench, CHAT, count, jobs, CHAT_SHARE)
    for name in _names(CHAT, most)[1:]:
        bench.stack.start_process(name)
    _until_owned(bench, most)
    return found


def _fronts(bench: Bench) -> list[Step]:
    """Each front has rooms of its own, and reads the facts of all others'."""
    found: list[Step] = []
    rooms, most = len(bench.people.rooms), _most(bench, FRONT)
    for count in _counts(bench, FRONT):
        jobs = [
            _job(bench, number, range(number - 1, rooms, most), bench.sizes.step_senders)
            for number in range(1, count + 1)
        ]
        found += _step(bench, FRONT, count, jobs, FRONT_SHARE)
    return found


def _job(bench: Bench, front: int, rooms: range, senders: int) -> Job:
    people, sizes = bench.people, bench.sizes
    wanted = set(rooms)
    seats = [seat for seat in people.seats() if seat[1] in wanted]
    return Job(
        mode="closed",
        port=bench.stack.endpoints.ports[f"{FRONT}-{front}"],
        tokens=people.tokens,
        rooms=people.rooms,
        seats=seats,
        senders=min(senders, len(seats)),
        warm_up=sizes.step_seconds / 2,
        seconds=sizes.step_seconds,
    )


def _step(bench: Bench, service: str, count: int, jobs: list[Job], each: float) -> list[Step]:
    pids = [bench.stack.pid(name) for name in _names(service, count)]
    found = []
    for limit, apply in ((PINNED, _pinned), (SHARED, _shared)):
        if limit == SHARED and not can_limit():
            continue
        bench.say(f"{count} × {service}, by {limit} …")
        with apply(bench, pids, each):
            found.append(_run(bench, service, count, jobs, limit))
    return found


def _cores() -> list[int]:
    return sorted(psutil.Process().cpu_affinity())


@contextmanager
def _pinned(bench: Bench, pids: list[int], _each: float) -> Iterator[None]:
    """One after the other on a core, from the last one down; everything else on the first.

    Loads too: what one core cannot serve bounds the rate, and is no fault of the workers."""
    cores = _cores()
    running = [pid for pid in bench.stack.supervisor.pids().values() if pid]
    try:
        for pid in running:
            pin(pid, cores[:1])
        for number, pid in enumerate(pids):
            pin(pid, [cores[-1 - number % len(cores)]])
        yield
    finally:
        for pid in running:
            pin(pid, cores)


@contextmanager
def _shared(_bench: Bench, pids: list[int], each: float) -> Iterator[None]:
    with ExitStack() as shares:
        for pid in pids:
            shares.enter_context(share(pid, each))
        yield


def _run(bench: Bench, service: str, count: int, jobs: list[Job], limit: str) -> Step:
    agent = asyncio.run(_batches(bench))
    with ExitStack() as running:
        loads = [running.enter_context(process("load", job)) for job in jobs]
        if limit == PINNED:
            for load in loads:
                pin(load.pid, _cores()[:1])
        used, results = _together(bench, loads)
    later = asyncio.run(_batches(bench))
    rate = sum(result.acknowledged / result.seconds for result in results)
    cpu = sum(used[name] for name in _names(service, count)) if used else None
    batches = max(later[1] - agent[1], 1)
    return Step(
        service=service,
        limit=limit,
        processes=count,
        rate=rate,
        cpu=None if cpu is None else 1000 * cpu / max(rate, 1e-9),
        faults=sum(each.lost + each.disordered + each.unanswered for each in results),
        batch=(later[0] - agent[0]) / batches,
    )


def _together(bench: Bench, loads: list[Process]) -> tuple[Cpu, list[Result]]:
    """Loads that begin within moments, and what each process took of a second from the last begin
    to the first end; nothing where that is too short.
    """
    for load in loads:
        load.wait_for("ready")
    for load in loads:
        load.wait_for("begin")
    meter = Meter(bench.stack)
    before, began = meter.read(), time.monotonic()
    loads[0].wait_for("end")
    seconds = time.monotonic() - began
    after = meter.read()
    used = {name: cpu / seconds for name, cpu in spent(before, after).items()}
    if seconds < _TOGETHER:
        used = {}
    for load in loads[1:]:
        load.wait_for("end")
    results = [load.wait_for("result").result for load in loads]
    if any(result is None for result in results):
        raise ConfigurationError("a load told no result")
    return used, [result for result in results if result is not None]


def _until_owned(bench: Bench, count: int) -> None:
    """Wait until the running workers share the partitions of wishes."""
    names = _names(CHAT, count)
    check: Callable[[], bool] = lambda: asyncio.run(_are_owned(bench, names))  # noqa: E731
    wait_until(check, _WITHIN, f"{count} chat workers' partitions")


async def _are_owned(bench: Bench, names: list[str]) -> bool:
    held = []
    for name in names:
        try:
            found = await samples(bench.stack, name)
        except aiohttp.ClientError:
            return False
        held.append(
            sum(
                each.value
                for each in found
                if each.name == "chatstream_partitions_assigned"
                and each.labels.get("topic") == _REQUESTS
            )
        )
    return sum(held) == 8 and min(held) == 8 // len(names)


async def _batches(bench: Bench) -> tuple[float, float]:
    """Records and batches so far of the agent of messages, in all running workers."""
    sums = [0.0, 0.0]
    for name in _names(CHAT, _most(bench, CHAT)):
        if not bench.stack.pid(name):
            continue
        for each in await samples(bench.stack, name):
            if each.labels.get("agent") != "chat.messages":
                continue
            for place, ending in enumerate(("_sum", "_count")):
                sums[place] += each.value if each.name == f"chatstream_batch_records{ending}" else 0
    return sums[0], sums[1]
