"""(l): what others notice of accounts that write the worst texts they can."""

from __future__ import annotations

from tests.bench.beside import beside, others_job
from tests.bench.drive import Run, run_load
from tests.bench.lag import settle
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row
from tests.bench.scenes.bench import Bench, cpu_table
from tests.bench.wire import Flooded, FloodJob, Job

FLOODERS = 4


def flood(bench: Bench) -> Section:
    """The others' latencies without the flood and with it, from its first burst on."""
    job = others_job(bench, FLOODERS)
    settle(bench.stack)
    bench.say("without a flood …")
    quiet = run_load(bench.stack, job)
    settle(bench.stack)
    bench.say(f"{FLOODERS} accounts flood …")
    run, flooded = _flooded(bench, job)
    settle(bench.stack)
    runs = {"without": quiet, "with the flood": run}
    rows = [latency_row(f"{name}: stored", each.result.ack) for name, each in runs.items()]
    rows += [
        latency_row(f"{name}: at the others' sockets", each.result.delivery)
        for name, each in runs.items()
    ]
    per = {name: (each.cpu, each.result.acknowledged / 1000) for name, each in runs.items()}
    result = run.result
    return Section(
        "l",
        f"{FLOODERS} accounts flood while others send {bench.sizes.flood_rate} messages a second",
        [Table(LATENCY_COLUMNS, rows), cpu_table(per, "1,000 messages of the others")],
        [
            Aim("p99 of the others, stored", result.ack.p99, 1000, "ms"),
            Aim("p99 to the others' sockets", result.delivery.p99, 1000, "ms"),
            Aim("lost or out of order", result.lost + result.disordered + result.unanswered, 0, ""),
        ],
        [
            f"The flood: {flooded.stored} texts stored and {flooded.refused} not, "
            f"{flooded.characters:,} characters, as fast as the default limits allow.",
        ],
    )


def _flooded(bench: Bench, job: Job) -> tuple[Run, Flooded]:
    people = bench.people
    flooders = FloodJob(port=bench.front_port, tokens=people.tokens[:FLOODERS], room=people.crowd)
    run, event = beside(bench, job, "flood", flooders)
    if event.flooded is None:
        raise TypeError("the flood told no result")
    return run, event.flooded
