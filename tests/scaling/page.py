"""The tables of docs/scaling.md, each made of the constants; the words between them are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.bench.report import Table, markdown_table, number
from tests.scaling.constants import FILE, Found
from tests.scaling.measure.steps import CHAT_SHARE
from tests.scaling.sizes import GIVEN, ONLINE, SIZES
from tests.scaling.sums import (
    FOLLOWERS,
    Size,
    cpu_seconds,
    ends,
    fleet,
    fronts,
    memory_bytes,
    moved_bytes,
    stored_bytes,
    tail_ends,
)

PAGE = FILE.parents[1] / "scaling.md"
_BLOCK = re.compile(r"(<!-- made: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_UNITS = ("", "k", "M", "G", "T", "P", "E")
_FEW = ONLINE[0]
_LIMITS = {
    "cores": "a core, or half of one",
    "share": f"{round(100 * CHAT_SHARE)} % of a core",
}


def short(figure: float, unit: str = "B") -> str:
    """Bytes with the prefix of a thousand that fits: `1.5 GB`."""
    power = 0
    while figure >= 1000 and power < len(_UNITS) - 1:
        figure, power = figure / 1000, power + 1
    return f"{number(figure)} {_UNITS[power]}{unit}"


def constants_table(found: Found, prefix: str) -> Table:
    """The constants whose names begin so."""
    rows = [
        [f"`{each.name}`", number(each.value), each.unit, each.what]
        for each in found.constants.values()
        if each.name.startswith(prefix)
    ]
    return Table(("name", "value", "unit", "of what"), rows)


def measured_table(found: Found) -> Table:
    """Which command measured how many constants, when and on what."""
    runs: dict[tuple[str, str, str], int] = {}
    for each in found.constants.values():
        key = (each.command, each.day, each.machine)
        runs[key] = runs.get(key, 0) + 1
    rows = [[f"`{command}`", day, machine, str(runs[command, day, machine])]
            for command, day, machine in sorted(runs)]  # fmt: skip
    return Table(("command", "when", "machine", "constants"), rows)


def fleet_table(found: Found) -> Table:
    """What each size needs, with the fan-out that it names."""
    rows: list[list[str]] = []
    fleets = [(size, fleet(size, found.values, GIVEN)) for size in SIZES]

    def row(name: str, tell: Callable[..., str]) -> None:
        rows.append([name, *(tell(size, needed) for size, needed in fleets)])

    row("messages/s at the busiest", lambda size, _: number(size.messages))
    row("sockets that a message is shown to", lambda size, _: str(size.online))
    row("partitions", lambda _, needed: f"{needed.partitions:,}")
    for service in ("chat", *FOLLOWERS):
        row(f"`{service}` workers", lambda _, needed, s=service: f"{needed.workers[s]:,}")
    row("fronts, as built", lambda _, n: "not possible" if n.fronts is None else f"{n.fronts:,}")
    row("fronts behind relays", lambda _, n: f"{n.fronts_behind_relays:,}")
    row("relays, for reading alone", lambda _, n: f"{n.relays:,}")
    row("nginx processes", lambda _, n: f"{n.gateways:,}")
    row("brokers", lambda _, n: f"{n.brokers:,}")
    row("replicas of partitions a broker", lambda _, n: f"{n.replicas_a_broker:,}")
    row("chat databases", lambda _, n: f"{n.databases:,}")
    row("connections a database, no pooler", lambda _, n: f"{n.connections:,}")
    row("Elasticsearch nodes", lambda _, n: f"{n.searchers:,}")
    row("shards a month's index", lambda _, n: f"{n.shards:,}")
    return Table(("", *(size.name for size in SIZES)), rows)


def weight_table(found: Found) -> Table:
    """Memory, disk and network of each size."""
    rows: list[list[str]] = []
    fleets = [(size, fleet(size, found.values, GIVEN)) for size in SIZES]
    memory = [memory_bytes(size, found.values, needed) for size, needed in fleets]
    for name in memory[0]:
        rows.append([f"memory, {name}", *(short(each[name]) for each in memory)])
    stores = stored_bytes(found.values, GIVEN)
    for name, days in (("Kafka", GIVEN.broker_days), ("Postgres", 365), ("Elasticsearch", 365)):
        sizes = [size.messages * GIVEN.average * 86_400 * days * stores[name] for size, _ in fleets]
        rows.append([f"disk, {name}, {days} days, all copies", *(short(each) for each in sizes)])
    moved = [
        moved_bytes(found.values, GIVEN, needed.fronts or needed.relays) for size, needed in fleets
    ]
    for name in moved[0]:
        rates = [
            short(8 * size.messages * each[name], "bit/s")
            for (size, _), each in zip(fleets, moved, strict=True)
        ]
        rows.append([f"network, {name}", *rates])
    return Table(("", *(size.name for size in SIZES)), rows)


def online_table(found: Found) -> Table:
    """Fronts by how many sockets a message is shown to."""
    rows = []
    for online in ONLINE:
        varied = [Size(size.name, size.sockets, size.messages, online) for size in SIZES]
        needed = [fronts(size, found.values, GIVEN.busy, tails=False) for size in varied]
        rows.append([str(online), *(f"{each:,}" for each in needed)])
    return Table(("fronts behind relays, shown to", *(size.name for size in SIZES)), rows)


def tail_table(found: Found) -> Table:
    """How many messages a second all together take so much of every front's core."""
    rows = [
        [
            f"{round(100 * share)} %",
            *(number(tail_ends(found.values, share, kind)) for kind in ("skipped", "decoded")),
        ]
        for share in (0.05, 0.1, 0.25, GIVEN.busy, 1.0)
    ]
    return Table(
        (
            "of each front's core for the tail",
            "messages/s, nobody waits",
            "a wish under way in each partition",
        ),
        rows,
    )


def ends_table(found: Found) -> Table:
    """What ends where, the first first."""
    told = sorted(ends(found.values, GIVEN).items(), key=lambda each: each[1])
    rows = [[name, number(rate)] for name, rate in told]
    return Table(("what ends", "at messages/s of the whole system"), rows)


def cost_table(found: Found) -> Table:
    """A million messages: seconds, bytes kept, bytes moved, one front reading."""
    used = cpu_seconds(found.values, _FEW, 1)
    rows = [[f"CPU seconds, {name}", number(each)] for name, each in used.items()]
    rows.append(["CPU seconds, all", number(sum(used.values()))])
    kept = stored_bytes(found.values, GIVEN)
    rows += [[f"kept, {name}", short(1e6 * each)] for name, each in kept.items()]
    rows.append(["kept, all", short(1e6 * sum(kept.values()))])
    moved = moved_bytes(found.values, GIVEN, 1)
    rows += [[f"moved, {name}", short(1e6 * each)] for name, each in moved.items()]
    rows.append(["moved, all", short(1e6 * sum(moved.values()))])
    return Table((f"a million messages, each shown to {_FEW} sockets", ""), rows)


def steps_table(found: Found) -> Table:
    """Each run with several processes, and its rate as a share of so many times that of one."""
    one = {(s.service, s.limit): s.rate for s in found.steps if s.processes == 1}
    rows = []
    for step in found.steps:
        slope = step.rate / (step.processes * one[step.service, step.limit])
        place = [f"`{step.service}`", _LIMITS[step.limit], str(step.processes)]
        cpu = "–" if step.cpu is None else number(step.cpu)
        figures = [number(step.rate), number(slope), cpu, number(step.batch)]
        rows.append([*place, *figures, str(step.faults), step.day])
    heads = ("service", "each has", "processes", "messages/s", "slope", "CPU s per 1,000",
             "records a batch", "faults", "when")  # fmt: skip
    return Table(heads, rows)


def given_table(_found: Found) -> Table:
    """What is chosen, not measured."""
    told = {
        "busy": "share of a core that is planned for: with one of three zones lost it is 0.9",
        "average": "messages over a day, as a share of the busiest second",
        "partitions_a_worker": "partitions a worker at least, a power of two in all",
        "broker_copies": "copies of each record",
        "store_copies": "copies of each row and document",
        "broker_days": "days that Kafka keeps records",
        "machine_cores": "cores of a broker's, a database's, a search node's machine",
        "link": "bytes a second of a machine's network",
        "topics": "topics with so many partitions each",
        "pool": "connections of a process to a chat database at most",
    }
    rows = [[f"`{name}`", number(getattr(GIVEN, name)), what] for name, what in told.items()]
    return Table(("assumption", "value", "meaning"), rows)


TABLES: Mapping[str, Callable[[Found], Table]] = {
    "measured": measured_table,
    "given": given_table,
    "cpu": lambda found: constants_table(found, "cpu."),
    "bytes": lambda found: constants_table(found, "bytes."),
    "net": lambda found: constants_table(found, "net."),
    "memory": lambda found: constants_table(found, "memory."),
    "idle": lambda found: constants_table(found, "idle."),
    "connections": lambda found: constants_table(found, "connections."),
    "fleet": fleet_table,
    "weight": weight_table,
    "online": online_table,
    "ends": ends_table,
    "tail": tail_table,
    "cost": cost_table,
    "steps": steps_table,
}


def filled(text: str, found: Found) -> str:
    """The page with each table made anew; KeyError for one that is not known."""
    return _BLOCK.sub(
        lambda block: f"{block[1]}{markdown_table(TABLES[block[2]](found))}\n{block[3]}", text
    )
