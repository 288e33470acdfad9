"""What a process must know to give orders to a stack that another one started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from chatstream.errors import ConfigurationError
from infra.embedded.layout import Layout


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the stack is.

    The public port, processes by service, ports by process, settings of every service, the number
    of brokers, and whether the public port speaks TLS.
    """

    port: int
    counts: Mapping[str, int]
    ports: Mapping[str, int]
    extra_env: Mapping[str, str]
    brokers: int = 1
    tls: bool = False

    def write(self, layout: Layout) -> None:
        """Leave it in `var/run`, for this user only, whole or not at all."""
        file = _file(layout)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.chmod(0o600)
        fresh.rename(file)

    @classmethod
    def read(cls, layout: Layout) -> Self:
        """Raises ConfigurationError when no stack has left one in this folder."""
        try:
            return cls(**json.loads(_file(layout).read_text()))
        except FileNotFoundError as error:
            raise ConfigurationError(f"no stack was started in {layout.root}") from error


def _file(layout: Layout) -> Path:
    return layout.run / "stack.json"
