"""(d): what a socket that says nothing costs."""

from __future__ import annotations

from collections.abc import Callable

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


def _grown(bench: Bench, port: int, pid: int) -> float:
    """KiB for each socket; a few were opened before, so that what is made once is there."""
    sizes = bench.sizes
    with process("load", _job(bench, port, sizes.idle_first)) as first:
        first.wait_for("ready")
    before = memory_of(pid)
    with process("load", _job(bench, port, sizes.idle)) as load:
        load.wait_for("ready")
        return (memory_of(pid) - before) / sizes.idle / _KIB


def _fresh_front(bench: Bench) -> None:
    stack = bench.stack
    stack.stop_process(bench.front)
    stack.start_process(bench.front)
    stack.wait_ready(bench.front)


def _bare(measure: Callable[[int, int], float]) -> float:
    with process("bare_socket") as bare:
        return measure(bare.wait_for("ready").port, bare.pid)


def idle(bench: Bench) -> Section:
    """Resident memory of a fresh front before and with all sockets, and of bare aiohttp."""
    bench.people  # noqa: B018 (made before anything is measured)
    bench.say(f"{bench.sizes.idle:,} idle sockets …")
    limit = _bare(lambda port, pid: _grown(bench, port, pid))
    _fresh_front(bench)
    found = _grown(bench, bench.front_port, bench.stack.pid(bench.front))
    rows = [["ChatStream", number(found)], ["bare aiohttp", number(limit)]]
    return Section(
        "d",
        f"{bench.sizes.idle:,} idle sockets, each connected and subscribed to one room",
        [Table(("", "KiB a socket"), rows)],
        [Aim("memory of the front", found, 24, "KiB a socket")],
        ["Resident memory of the process; the kernel's buffers are not in it."],
    )
