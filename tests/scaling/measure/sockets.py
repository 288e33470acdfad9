"""What a socket that says nothing costs: memory and heart-beats, of a front and of nginx."""

from __future__ import annotations

import time
from contextlib import ExitStack

from tests.bench.drive import process
from tests.bench.processes import cpu_of, memory_of
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Job
from tests.scaling.constants import Constant

BEAT_MS = 10_000
"""As the pages ask for."""


def _job(bench: Bench, sockets: int) -> Job:
    people = bench.people
    accounts = len(people.tokens)
    return Job(
        mode="idle",
        port=bench.stack.port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=[(n % accounts, n % accounts % len(people.rooms)) for n in range(sockets)],
        beat=BEAT_MS,
    )


def _fresh(bench: Bench) -> dict[str, int]:
    """The front and the gateway anew: their pids."""
    stack = bench.stack
    for name in (bench.front, "nginx"):
        stack.stop_process(name)
        stack.start_process(name)
        stack.wait_ready(name)
    return {"front": stack.pid(bench.front), "nginx": stack.pid("nginx")}


def _shares(pids: dict[str, int], seconds: float) -> dict[str, float]:
    before, began = {name: cpu_of(pid) for name, pid in pids.items()}, time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {name: (cpu_of(pid) - before[name]) / took for name, pid in pids.items()}


def sockets(bench: Bench) -> list[Constant]:
    """Some sockets through the gateway, then as many more as make the larger number."""
    bench.people  # noqa: B018 (made before anything is measured)
    sizes = bench.sizes
    few, many, seconds = sizes.sockets_few, sizes.sockets_many, sizes.idle_seconds
    bench.say(f"{few:,} and {many:,} idle sockets …")
    pids = _fresh(bench)
    with process("load", _job(bench, sizes.idle_first)) as first:
        first.wait_for("ready")
    alone = _shares(pids, seconds)
    empty = {name: memory_of(pid) for name, pid in pids.items()}
    with ExitStack() as open_sockets:
        resident = []
        for more in (few, many - few):
            load = open_sockets.enter_context(process("load", _job(bench, more)))
            load.wait_for("ready")
            resident.append({name: memory_of(pid) for name, pid in pids.items()})
        beating = _shares(pids, seconds)
    found = []
    for name in pids:
        grown = (resident[1][name] - resident[0][name]) / (many - few)
        what = f"{name}, resident bytes of a socket, {few:,} to {many:,} sockets"
        told = f"{name}, resident memory without a socket"
        found.append(Constant(f"memory.{name}.empty", empty[name], "bytes", told))
        found.append(Constant(f"memory.{name}.socket", grown, "bytes a socket", what))
        used = max(beating[name] - alone[name], 0) / many * 1000
        what = f"{name}, an idle socket with heart-beats of 10 s both ways"
        found.append(Constant(f"cpu.{name}.socket", used, "s a second per 1,000", what))
    return found
