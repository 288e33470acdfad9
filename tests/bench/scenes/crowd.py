"""(c): one room with many sockets."""

from __future__ import annotations

from msgspec.structs import replace

from tests.bench.drive import Run, process, run_load
from tests.bench.lag import settle
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench, cpu_table
from tests.bench.wire import Job

_UNIT = 100_000


def _job(bench: Bench) -> Job:
    people, sizes = bench.people, bench.sizes
    return Job(
        mode="open",
        port=bench.front_port,
        tokens=people.tokens,
        rooms=[people.crowd],
        seats=[(number % len(people.tokens), 0) for number in range(sizes.crowd)],
        senders=len(people.tokens),
        rate=float(sizes.crowd_rate),
        warm_up=sizes.warm_up,
        seconds=sizes.crowd_seconds,
    )


def crowd(bench: Bench) -> Section:
    """Deliveries of one front to one room, and of bare aiohttp to as many sockets."""
    sizes = bench.sizes
    job = _job(bench)
    settle(bench.stack)
    bench.say("one room, bare aiohttp …")
    with process("bare_socket") as bare:
        port = bare.wait_for("ready").port
        limit = run_load(bench.stack, replace(job, port=port), {"bare aiohttp": bare.pid})
    bench.say("one room …")
    run = run_load(bench.stack, job)
    runs = {"ChatStream": run, "bare aiohttp": limit}
    front = run.cpu[bench.front] / max(run.result.delivered / _UNIT, 1e-9)
    result = run.result
    return Section(
        "c",
        f"one room with {sizes.crowd:,} sockets, {sizes.crowd_rate} messages a second",
        [_rates(runs), _latencies(runs), _cpu(runs)],
        [
            Aim("lost or out of order", result.lost + result.disordered, 0, ""),
            Aim("p99 to the others' sockets", result.delivery.p99, 30, "ms"),
            Aim("CPU of the front", front, 1.5, "s per 100,000 deliveries"),
        ],
        ["ChatStream's latency includes storing; bare aiohttp stores nothing."],
    )


def _rates(runs: dict[str, Run]) -> Table:
    rows = [
        [
            name,
            number(run.result.delivered / run.result.seconds),
            f"{run.result.sent:,}",
            str(run.result.lost),
            str(run.result.disordered),
        ]
        for name, run in runs.items()
    ]
    return Table(("", "deliveries/s", "messages", "lost", "out of order"), rows)


def _latencies(runs: dict[str, Run]) -> Table:
    rows = []
    for name, run in runs.items():
        rows.append(latency_row(f"{name}: stored", run.result.ack))
        rows.append(latency_row(f"{name}: at the others' sockets", run.result.delivery))
    return Table(LATENCY_COLUMNS, rows)


def _cpu(runs: dict[str, Run]) -> Table:
    shares = {name: (run.cpu, run.result.delivered / _UNIT) for name, run in runs.items()}
    return cpu_table(shares, "100,000 deliveries")
