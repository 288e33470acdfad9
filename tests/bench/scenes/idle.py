"""(d): what a socket that says nothing costs."""

from __future__ import annotations

from collections.abc import Mapping

from infra.embedded.gateway import NAME as NGINX
from tests.bench.drive import process
from tests.bench.processes import memory_of
from tests.bench.report import Aim, Section, Table, number
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Job

_KIB = 1024


def _job(bench: Bench, port: int, sockets: int) -> Job:
    people = bench.people
    accounts = len(people.tokens)
    return Job(
        mode="idle",
        port=port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=[(n % accounts, n % accounts % len(people.rooms)) for n in range(sockets)],
    )


def _grown(bench: Bench, port: int, pids: Mapping[str, int]) -> dict[str, float]:
    """KiB a socket by process; a few were opened before, so that what is made once is there."""
    sizes = bench.sizes
    with process("load", _job(bench, port, sizes.idle_first)) as first:
        first.wait_for("ready")
    before = {name: memory_of(pid) for name, pid in pids.items()}
    with process("load", _job(bench, port, sizes.idle)) as load:
        load.wait_for("ready")
        return {
            name: (memory_of(pid) - before[name]) / sizes.idle / _KIB for name, pid in pids.items()
        }


def _fresh(bench: Bench) -> dict[str, int]:
    """The front and the gateway anew: their pids."""
    stack = bench.stack
    for name in (bench.front, NGINX):
        stack.stop_process(name)
        stack.start_process(name)
        stack.wait_ready(name)
    return {name: stack.pid(name) for name in (bench.front, NGINX)}


def _bare(bench: Bench) -> dict[str, float]:
    with process("bare_socket") as bare:
        return _grown(bench, bare.wait_for("ready").port, {"bare aiohttp": bare.pid})


def idle(bench: Bench) -> Section:
    """Resident memory of a fresh front and a fresh nginx, and of bare aiohttp without one."""
    bench.people  # noqa: B018 (made before anything is measured)
    bench.say(f"{bench.sizes.idle:,} idle sockets …")
    limit = _bare(bench)
    return section(bench.sizes.idle, _grown(bench, bench.stack.port, _fresh(bench)), limit)


def section(sockets: int, found: Mapping[str, float], limit: Mapping[str, float]) -> Section:
    """What is told of KiB a socket by process: of ours, on whose sum the aim is, and the bare."""
    whole = sum(found.values())
    shares = {**found, "ChatStream": whole, **limit}
    return Section(
        "d",
        f"{sockets:,} idle sockets through nginx, each connected and subscribed to one room",
        [Table(("", "KiB a socket"), [[name, number(share)] for name, share in shares.items()])],
        [Aim("memory of front and nginx", whole, 25, "KiB a socket")],
        [
            "Resident memory of the processes and their children; the kernel's buffers are not in"
            " it. Bare aiohttp has no nginx before it.",
        ],
    )
