"""What a delivery costs a front and nginx: a steady rate, shown to few sockets and to many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.bench.drive import Run, measured, process
from tests.bench.lag import settle
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Job
from tests.scaling.constants import Constant

LOAD = "load"
FEW, MANY = 1, 8
"""Sockets of each account in its room: every message goes to so many times the room's members."""


def _job(bench: Bench, sockets: int) -> Job:
    people, sizes = bench.people, bench.sizes
    return Job(
        mode="open",
        port=bench.stack.port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=people.seats() * sockets,
        senders=len(people.tokens),
        rate=float(sizes.rate),
        warm_up=sizes.step_seconds / 2,
        seconds=sizes.step_seconds,
    )


def deliveries(bench: Bench) -> list[Constant]:
    """The slope between both loads, through the gateway."""
    bench.people  # noqa: B018 (made before anything is measured)
    runs = {}
    for sockets in (FEW, MANY):
        bench.say(f"{bench.sizes.rate} messages a second, {sockets} sockets of each member …")
        settle(bench.stack)
        with process(LOAD, _job(bench, sockets)) as load:
            runs[sockets] = measured(bench.stack, load)
    return _cpu(bench, runs)


def _cpu(bench: Bench, runs: Mapping[int, Run]) -> list[Constant]:
    front, _ = _line(runs, "front")
    nginx, first = _line(runs, "nginx")
    rate = f"{bench.sizes.rate} messages/s to {MANY * bench.sizes.members} sockets each"
    return [
        Constant("cpu.front.delivery", front, "s per 1,000 frames", f"front, a frame, {rate}"),
        Constant("cpu.nginx.delivery", nginx, "s per 1,000 frames", f"nginx, a frame, {rate}"),
        Constant(
            "cpu.nginx.message",
            first,
            "s per 1,000 messages",
            "nginx, a SEND and its receipt, without the deliveries",
        ),
    ]


def _line(runs: Mapping[int, Run], name: str) -> tuple[float, float]:
    """CPU seconds per 1,000 deliveries, and per 1,000 messages without any."""
    each = []
    for run in (runs[FEW], runs[MANY]):
        used = sum(cpu for process, cpu in run.cpu.items() if _is(process, name))
        shown = run.result.delivered / max(run.result.acknowledged, 1)
        each.append((shown, 1000 * used / max(run.result.acknowledged, 1)))
    return _slope(each)


def _slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """How steep the line through two points is, and where it begins."""
    (few, low), (many, high) = points
    slope = (high - low) / max(many - few, 1e-9)
    return slope, low - few * slope


def _is(process: str, name: str) -> bool:
    """Whether it is a process of that name; the pools besides carry no socket."""
    return process.startswith(name) and not process.startswith(("front-auth", "front-coupon"))
