"""(a) and (b): messages stored and delivered, as fast as it goes and at a fixed rate."""

from __future__ import annotations

import uuid

from msgspec.structs import replace

from tests.bench.databases import OwnDatabase
from tests.bench.drive import Run, measured, process, run_load
from tests.bench.lag import create_topics, delete_topics, settle
from tests.bench.processes import on_path
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench, cpu_table
from tests.bench.wire import BareJob, Job

PARTITIONS = 8
TABLE = "create table bare_messages (id uuid primary key, room text, account text, body text)"


def closed_job(bench: Bench, seconds: float) -> Job:
    """Everybody says the next message when the last one was acknowledged, for so long."""
    people = bench.people
    return Job(
        mode="closed",
        port=bench.front_port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=people.seats(),
        senders=len(people.tokens),
        warm_up=bench.sizes.warm_up,
        seconds=seconds,
    )


def bare_pipeline(bench: Bench, worker: str = "bare_worker", rate: float = 0) -> Run:
    """The limit: the same askers, waiting in the same way, or at a rate, on the same servers."""
    sizes, stack = bench.sizes, bench.stack
    names = (f"bench.{uuid.uuid4().hex[:8]}.REQUEST", f"bench.{uuid.uuid4().hex[:8]}.RESPONSE")
    create_topics(stack, names, PARTITIONS)
    try:
        with OwnDatabase(stack.dsns["chat-0"], TABLE) as database:
            job = BareJob(
                bootstrap=stack.bootstrap,
                dsn=database.dsn,
                request=names[0],
                response=names[1],
                partitions=PARTITIONS,
                rooms=sizes.rooms,
                askers=sizes.accounts,
                warm_up=sizes.warm_up,
                seconds=sizes.lonely_seconds if rate else sizes.seconds,
                rate=rate,
            )
            with process(worker, job) as stores:
                stores.wait_for("ready")
                with process("bare_asker", job) as asker:
                    return measured(stack, asker, {"bare worker": stores.pid})
    finally:
        delete_topics(stack, names)


def closed_loop(bench: Bench) -> Section:
    """(a): everybody sends the next message when the last is stored."""
    sizes = bench.sizes
    bench.people  # noqa: B018 (made before anything is measured)
    settle(bench.stack)
    bench.say("bare pipeline …")
    bare = bare_pipeline(bench)
    bench.say("closed loop …")
    main = run_load(bench.stack, closed_job(bench, sizes.seconds))
    behind = settle(bench.stack)
    bench.say("closed loop through the gateway …")
    through = run_load(
        bench.stack, replace(closed_job(bench, sizes.gateway_seconds), port=bench.stack.port)
    )
    settle(bench.stack)
    runs = {"ChatStream": main, "through nginx": through, "bare pipeline": bare}
    path = 1000 * on_path(main.cpu) / max(main.result.acknowledged, 1)
    return Section(
        "a",
        f"{sizes.accounts} senders in a closed loop, {sizes.rooms} rooms of {sizes.members}",
        [_rates(runs), _latencies(runs), cpu(runs)],
        [
            Aim("share of the bare pipeline's rate", _rate(main) / _rate(bare), 0.5, "", True),
            Aim("CPU, front + chat + Postgres + Kafka", path, 0.45, "s per 1,000"),
            Aim("lost or out of order", faults(main), 0, ""),
        ],
        [f"Words and search had caught up {behind:.1f} s after the last message."],
    )


def fixed_rate(bench: Bench) -> Section:
    """(b): a rate that a machine at ease carries."""
    sizes = bench.sizes
    job = replace(closed_job(bench, sizes.seconds), mode="open", rate=float(sizes.rate))
    settle(bench.stack)
    bench.say(f"{sizes.rate} messages a second …")
    run = run_load(bench.stack, job)
    runs = {"ChatStream": run}
    late = run.result.late
    return Section(
        "b",
        f"{sizes.rate} messages a second, {sizes.rooms} rooms of {sizes.members}",
        [_rates(runs), _latencies(runs), cpu(runs)],
        [
            Aim("p50 to the others' sockets", run.result.delivery.p50, 8, "ms"),
            Aim("p99 to the others' sockets", run.result.delivery.p99, 20, "ms"),
            Aim("lost or out of order", faults(run), 0, ""),
        ],
        [f"The load itself sent late by {late.p50:.1f} ms (p50) and {late.p99:.1f} ms (p99)."],
    )


def _rate(run: Run) -> float:
    return run.result.acknowledged / run.result.seconds


def faults(run: Run) -> int:
    """What was lost, out of order or never answered."""
    result = run.result
    return result.lost + result.disordered + result.unanswered


def _rates(runs: dict[str, Run]) -> Table:
    rows = [
        [
            name,
            number(_rate(run)),
            number(run.result.delivered / run.result.seconds),
            f"{run.result.sent:,}",
            str(run.result.lost),
            str(run.result.disordered),
            str(run.result.unanswered),
        ]
        for name, run in runs.items()
    ]
    columns = ("", "stored/s", "deliveries/s", "sent", "lost", "out of order", "unanswered")
    return Table(columns, rows)


def _latencies(runs: dict[str, Run]) -> Table:
    rows = []
    for name, run in runs.items():
        rows.append(latency_row(f"{name}: stored", run.result.ack))
        if name != "bare pipeline":
            rows.append(latency_row(f"{name}: at the others' sockets", run.result.delivery))
    return Table(LATENCY_COLUMNS, rows)


def cpu(runs: dict[str, Run]) -> Table:
    """CPU seconds by process, a column for each run."""
    return cpu_table(
        {name: (run.cpu, run.result.acknowledged / 1000) for name, run in runs.items()},
        "1,000 messages",
    )
