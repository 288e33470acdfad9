"""(t): what a message costs that comes alone: few a second, with the rules against abuse on."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from tests.bench.drive import Run, process, run_load
from tests.bench.handovers import Handovers, handovers, workers
from tests.bench.lag import settle
from tests.bench.latency import Latency
from tests.bench.processes import Cpu, Meter, on_path, spent
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench
from tests.bench.scenes.messages import bare_pipeline, closed_job, cpu, faults
from tests.bench.wire import Job

RATES = (10, 50, 100, 200, 400)
RATE = 100
BARE = {"aiokafka": "bare_worker", "librdkafka": "bare_native"}
_DIRECT, _THROUGH = "past the gateway", "through nginx"
CHAT = "chat-1"
_NOBODY = "nobody connected"


@dataclass(frozen=True)
class Traced:
    """What was counted by tracing: with nobody there, and at so many messages a second."""

    idle: Mapping[str, Handovers]
    busy: Mapping[str, Handovers]


def lonely(bench: Bench) -> Section:
    """The stack at rest, at some rates by both ways, the bare pipeline, and hand-overs."""
    sizes, stack = bench.sizes, bench.stack
    bench.people  # noqa: B018 (made before anything is measured)
    _count_abuse(bench)
    settle(stack)
    bench.say("nobody connected …")
    idle = _idle(bench)
    runs: dict[str, Run] = {}
    for way, port in ((_DIRECT, bench.front_port), (_THROUGH, stack.port)):
        for rate in RATES:
            bench.say(f"{rate} a second, {way} …")
            runs[f"{rate}/s {way}"] = run_load(stack, _job(bench, rate, port))
            settle(stack)
    bench.say("bare pipelines …")
    bare = {name: bare_pipeline(bench, worker, RATE) for name, worker in BARE.items()}
    traced = _traced(bench)
    return Section(
        "t",
        f"{sizes.accounts} senders, {sizes.rooms} rooms of {sizes.members}, at"
        f" {', '.join(map(str, RATES))} messages a second",
        [_latencies(runs, bare), cpu(runs), _cores(idle), *_tables(traced)],
        _aims(runs, bare, idle, traced),
        [
            "The rules against abuse count, as they do for people. Turns, futex calls and requests"
            f" are counted by strace in a time of its own, one process after the other, for"
            f" {sizes.traced_seconds:g} s each with nobody there and at {RATE} a second.",
        ],
    )


def _count_abuse(bench: Bench) -> None:
    """Let the rules count: the raised limits of a bench switch that off."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"version": "bench"}, file)
        file.flush()
        bench.stack.command("policy", "set", file.name)


def _job(bench: Bench, rate: float, port: int) -> Job:
    seconds = bench.sizes.lonely_seconds
    return replace(closed_job(bench, seconds), mode="open", rate=float(rate), port=port)


def _idle(bench: Bench) -> Cpu:
    """Cores that each process has busy while nobody is there."""
    meter, seconds = Meter(bench.stack), bench.sizes.idle_seconds
    before, began = meter.read(), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {name: used / took for name, used in spent(before, meter.read()).items()}


def _traced(bench: Bench) -> Traced:
    """One process after the other: to trace all of them at once would slow everything down."""
    stack, seconds = bench.stack, bench.sizes.traced_seconds
    names = workers(stack)
    bench.say("hand-overs …")
    settle(stack)
    idle = {name: handovers(stack, name, seconds) for name in names}
    job = replace(_job(bench, RATE, bench.front_port), seconds=(seconds + 2) * len(names))
    with process("load", job) as load:
        load.wait_for("ready")
        load.wait_for("begin")
        busy = {name: handovers(stack, name, seconds) for name in names}
        load.wait_for("end")
        load.wait_for("result")
    return Traced(idle, busy)


def _latencies(runs: Mapping[str, Run], bare: Mapping[str, Run]) -> Table:
    rows = [latency_row(f"{name}: to others", run.result.delivery) for name, run in runs.items()]
    rows += [
        latency_row(f"bare pipeline at {RATE}/s, {name}", run.result.delivery)
        for name, run in bare.items()
    ]
    return Table(LATENCY_COLUMNS, rows)


def _cores(idle: Cpu) -> Table:
    rows = [[name, f"{used:.4f}"] for name, used in sorted(idle.items()) if used >= 0.0005]
    return Table((_NOBODY, "cores"), [*rows, ["all", f"{sum(idle.values()):.3f}"]])


def _tables(traced: Traced) -> list[Table]:
    turns = [
        [
            name,
            *(number(each.turns / each.seconds) for each in (traced.idle[name], busy)),
            *(
                number(count / busy.seconds / RATE)
                for count in (busy.turns, busy.futex, busy.switches)
            ),
        ]
        for name, busy in traced.busy.items()
    ]
    kinds = sorted({kind for each in traced.busy.values() for kind in each.requests})
    requests = [[name, *(_pair(traced, name, kind) for kind in kinds)] for name in traced.busy]
    return [
        Table(
            ("hand-overs", "turns/s, idle", "turns/s", "turns", "futex", "switches a message"),
            turns,
        ),
        Table((f"requests to Kafka a second: idle, at {RATE}/s", *kinds), requests),
    ]


def _pair(traced: Traced, name: str, kind: str) -> str:
    both = (each[name] for each in (traced.idle, traced.busy))
    return ", ".join(number(each.requests.get(kind, 0) / each.seconds) for each in both)


def _aims(runs: Mapping[str, Run], bare: Mapping[str, Run], idle: Cpu, traced: Traced) -> list[Aim]:
    alone = runs[f"{RATE}/s {_DIRECT}"]
    thousands = max(alone.result.acknowledged / 1000, 1e-9)
    everything = sum(used for name, used in alone.cpu.items() if name != "load")
    through = runs[f"{RATE}/s {_THROUGH}"].result.delivery
    limit = min((run.result.delivery for run in bare.values()), key=lambda each: each.p50)
    chat = traced.busy[CHAT]
    return [
        Aim(f"{RATE}/s: CPU of all processes", everything / thousands, 6, "s per 1,000"),
        Aim(f"{RATE}/s: CPU of the path", on_path(alone.cpu) / thousands, 4, "s per 1,000"),
        Aim("turns of the chat worker", chat.turns / chat.seconds / RATE, 8, "a message"),
        *_over(through, limit),
        Aim("cores busy with nobody there", sum(idle.values()), 0.08, ""),
        Aim("lost or out of order", sum(map(faults, runs.values())), 0, ""),
    ]


def _over(through: Latency, limit: Latency) -> list[Aim]:
    name = f"{RATE}/s {_THROUGH}"
    return [
        Aim(f"{name}: p50", through.p50, 6, "ms"),
        Aim(f"{name}: p99", through.p99, 20, "ms"),
        Aim(f"{name}: p50, of the bare pipeline's", through.p50 / limit.p50, 2.5, "times"),
        Aim(f"{name}: p99, of the bare pipeline's", through.p99 / limit.p99, 2.5, "times"),
    ]
