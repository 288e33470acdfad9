"""The constants of `docs/scaling.md`, as they were measured, in one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

FILE = Path(__file__).resolve().parents[2] / "docs/scaling/constants.json"


class Constant(msgspec.Struct, frozen=True):
    """A figure with its unit, what it is of, and where and when it was measured by what."""

    name: str
    value: float
    unit: str
    what: str
    command: str = ""
    day: str = ""
    machine: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One run with so many processes of a service: messages a second, CPU seconds per 1,000.

    `cpu` is None where the loads did not run at the same time for long enough to tell.
    """

    service: str
    limit: str
    processes: int
    rate: float
    cpu: float | None
    faults: int = 0
    batch: float = 0.0
    day: str = ""


class Found(msgspec.Struct, frozen=True):
    """All that is measured: constants by name, and the runs with several processes."""

    constants: dict[str, Constant] = msgspec.field(default_factory=dict)
    steps: list[Step] = msgspec.field(default_factory=list)

    def with_constants(self, newer: Iterable[Constant]) -> Found:
        """These constants in place of older ones of the same names."""
        merged = {**self.constants, **{each.name: each for each in newer}}
        return Found(dict(sorted(merged.items())), self.steps)

    def with_steps(self, newer: Iterable[Step]) -> Found:
        """These runs in place of older ones of the same services and limits."""
        steps = [*newer]
        kinds = {(step.service, step.limit) for step in steps}
        kept = [step for step in self.steps if (step.service, step.limit) not in kinds]
        order = sorted([*kept, *steps], key=lambda s: (s.service, s.limit, s.processes))
        return Found(self.constants, order)

    @property
    def values(self) -> Mapping[str, float]:
        """The figures alone."""
        return {name: each.value for name, each in self.constants.items()}


def read(path: Path = FILE) -> Found:
    """What the file has; nothing when there is none."""
    return msgspec.json.decode(path.read_bytes(), type=Found) if path.exists() else Found()


def write(found: Found, path: Path = FILE) -> None:
    """Keep it, readable, one line a field."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
