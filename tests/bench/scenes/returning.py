"""(m): a crowd that loses its connections at the same moment comes back."""

from __future__ import annotations

from chatstream.errors import ConfigurationError
from tests.bench.drive import process
from tests.bench.lag import settle
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Job


def returning(bench: Bench) -> Section:
    """Everybody comes in through the gateway, is cut off at once, and comes back."""
    people, sizes = bench.people, bench.sizes
    accounts = len(people.tokens)
    job = Job(
        mode="idle",
        port=bench.stack.port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=[(n % accounts, n % accounts % len(people.rooms)) for n in range(sizes.returning)],
    )
    settle(bench.stack)
    bench.say(f"{sizes.returning:,} come back at once …")
    with process("returning", job) as load:
        load.wait_for("ready")
        load.say("cut")
        found = load.wait_for("result").returned
    if found is None:
        raise ConfigurationError("the crowd that came back says nothing")
    row = [
        f"{found.back:,} of {found.crowd:,}",
        number(found.half),
        number(found.seconds),
        f"{found.refused:,}",
        f"{found.failed:,}",
        f"{found.unserved:,}",
    ]
    columns = ("back", "half, s", "all, s", "told to wait", "failed", "others' calls refused")
    return Section(
        "m",
        f"{found.crowd:,} sockets of one address come back at the same moment, by the gateway",
        [
            Table(columns, [row]),
            Table(LATENCY_COLUMNS, [latency_row("GET /chat of somebody else", found.others)]),
        ],
        [
            Aim("not back", found.crowd - found.back, 0, ""),
            Aim("until all are back", found.seconds, 20, "s"),
            Aim("others' calls refused", found.unserved, 0, ""),
        ],
        ["Told to wait: 503 with Retry-After. Failed: without an answer. Each tries again."],
    )
