"""What a process must know to give orders to a stack that another one started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from chatstream.errors import ConfigurationError
from infra.embedded.layout import Layout
from infra.embedded.shape import StackShape


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the stack is: its public port, ports by process, and what it consists of."""

    port: int
    ports: Mapping[str, int]
    shape: StackShape

    def write(self, layout: Layout) -> None:
        """Leave it in `var/run`, for this user only, whole or not at all."""
        file = _file(layout)
        fresh = file.with_suffix(".new")
        told = {"port": self.port, "ports": self.ports, **asdict(self.shape)}
        fresh.write_text(json.dumps(told))
        fresh.chmod(0o600)
        fresh.rename(file)

    @classmethod
    def read(cls, layout: Layout) -> Self:
        """Raises ConfigurationError when no stack has left one in this folder."""
        try:
            told = json.loads(_file(layout).read_text())
        except FileNotFoundError as error:
            raise ConfigurationError(f"no stack was started in {layout.root}") from error
        return cls(told.pop("port"), told.pop("ports"), StackShape(**told))


def _file(layout: Layout) -> Path:
    return layout.run / "stack.json"
