"""Which of the two processes of a front serves: one after another, so that one is always there.

A front has two places, each with a port of its own. The replacement starts in the place that is
empty, and the gateway is led there before the former one ends. Who serves is in a file, since it is
another process that replaces than the one that started the stack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.layout import Layout

SECOND = ".b"
"""Ends the name of the process in the second place; that in the first is named as its worker."""


def other_place(process: str) -> str:
    """The other process of the same front."""
    return process.removesuffix(SECOND) if process.endswith(SECOND) else process + SECOND


@dataclass(frozen=True, slots=True)
class Serving:
    """Which process each worker of a stack is; `hosts`: the programs of those that share one."""

    layout: Layout
    hosts: Mapping[str, str] = field(default_factory=dict)

    @property
    def _file(self) -> Path:
        return self.layout.run / "serving.json"

    def process_of(self, worker: str) -> str:
        """The name of the worker's process; its own where nothing was replaced."""
        return self._read().get(worker, worker)

    def program_of(self, worker: str) -> str:
        """What the supervisor knows the worker by: the process, or the program it shares."""
        return self.hosts.get(worker) or self.process_of(worker)

    def log_of(self, worker: str) -> Path:
        """Where its lines are."""
        return self.layout.log_file(self.program_of(worker))

    def lead_to(self, processes: Mapping[str, str]) -> None:
        """From now on these processes are these workers; the others stay as they are."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._read() | dict(processes)))
        fresh.rename(self._file)

    def reset(self) -> None:
        """Every worker is the process of its own name: a stack starts."""
        self._file.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return found
