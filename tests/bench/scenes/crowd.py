"""(c): one room with many sockets."""

from __future__ import annotations

from infra.embedded.gateway import NAME as NGINX
from tests.bench.drive import Run, process, run_load
from tests.bench.lag import settle
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench, cpu_table
from tests.bench.wire import Job

DIRECT, THROUGH, BARE = "past the gateway", "through nginx", "bare aiohttp"
_UNIT = 100_000


def _job(bench: Bench, port: int) -> Job:
    people, sizes = bench.people, bench.sizes
    return Job(
        mode="open",
        port=port,
        tokens=people.tokens,
        rooms=[people.crowd],
        seats=[(number % len(people.tokens), 0) for number in range(sizes.crowd)],
        senders=len(people.tokens),
        rate=float(sizes.crowd_rate),
        warm_up=sizes.warm_up,
        seconds=sizes.crowd_seconds,
    )


def crowd(bench: Bench) -> Section:
    """Deliveries of one front to one room, also through nginx, and of bare aiohttp to as many."""
    sizes = bench.sizes
    bench.people  # noqa: B018 (made before anything is measured)
    settle(bench.stack)
    bench.say("one room, bare aiohttp …")
    with process("bare_socket") as bare:
        port = bare.wait_for("ready").port
        limit = run_load(bench.stack, _job(bench, port), {BARE: bare.pid})
    runs = {}
    for way, port in ((DIRECT, bench.front_port), (THROUGH, bench.stack.port)):
        bench.say(f"one room, {way} …")
        runs[way] = run_load(bench.stack, _job(bench, port))
        settle(bench.stack)
    return Section(
        "c",
        f"one room with {sizes.crowd:,} sockets, {sizes.crowd_rate} messages a second",
        [table({**runs, BARE: limit}) for table in (_rates, _latencies, _cpu)],
        aims(runs[DIRECT], runs[THROUGH], bench.front),
        [
            "ChatStream's latency includes storing; bare aiohttp stores nothing. The load shares"
            " the machine's cores: what its process spends is in the table, and makes others wait."
        ],
    )


def aims(direct: Run, through: Run, front: str) -> list[Aim]:
    """Of a run past the gateway and one through nginx; every cost is a delivery's."""
    shares = {
        name: used / max(through.result.delivered / _UNIT, 1e-9)
        for name, used in through.cpu.items()
    }
    alone = direct.cpu[front] / max(direct.result.delivered / _UNIT, 1e-9)
    faults = [run.result.lost + run.result.disordered for run in (direct, through)]
    unit = "s per 100,000 deliveries"
    return [
        Aim("lost or out of order", sum(faults), 0, ""),
        Aim(f"p99 to the others' sockets, {THROUGH}", through.result.delivery.p99, 40, "ms"),
        Aim("CPU of the front, past the gateway", alone, 1.5, unit),
        Aim("CPU of front and nginx", shares[front] + shares[NGINX], 1.6, unit),
    ]


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
