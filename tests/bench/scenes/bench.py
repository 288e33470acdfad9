"""What the measurements share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from infra.embedded.stack import Stack
from tests.bench.people import People, make_people
from tests.bench.processes import Cpu
from tests.bench.report import Table, number
from tests.bench.sizes import Sizes


@dataclass
class Bench:
    """A running stack, how much is measured on it, and who is told what is being done."""

    stack: Stack
    sizes: Sizes
    say: Callable[[str], None]
    front: str = "front-1"

    @cached_property
    def people(self) -> People:
        """The accounts and rooms, made at the first use."""
        self.say(f"{self.sizes.accounts} accounts, {self.sizes.rooms} rooms …")
        return make_people(self.stack, self.sizes)

    @property
    def front_port(self) -> int:
        """The front's own port, past the gateway."""
        return self.stack.endpoints.ports[self.front]


def cpu_table(runs: dict[str, tuple[Cpu, float]], per: str) -> Table:
    """CPU seconds by process, one column for each run: (CPU, how many units it was spent on)."""
    names = sorted({name for cpu, _ in runs.values() for name in cpu})
    rows = []
    for name in names:
        shares = [cpu.get(name, 0.0) / units if units else 0.0 for cpu, units in runs.values()]
        if max(shares) >= 0.0005:
            rows.append([name, *(number(share) if share >= 0.0005 else "–" for share in shares)])
    totals = [sum(cpu.values()) / units if units else 0.0 for cpu, units in runs.values()]
    rows.append(["all", *(number(total) for total in totals)])
    return Table((f"CPU seconds per {per}", *runs), rows)
