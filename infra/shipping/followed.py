"""Which files are followed, and what both shippers have in common."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from chatstream.errors import ConfigurationError
from schemas.contexts.log import APP

KEPT = 8
"""Rotated files of a process that are held until they were read; each of 10 MiB at most."""


@dataclass(frozen=True, slots=True)
class FollowedLog:
    """A log: the file that its process writes now, and what its lines are."""

    path: str
    dataset: str
    service_type: str

    @property
    def name(self) -> str:
        """`chat-1.log`."""
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class ShippingPlan:
    """What a shipper is told; `folder` is its own: what it remembers lies there."""

    bootstrap: str
    folder: str
    files: Sequence[FollowedLog]
    topic: str = APP.event.name

    def write(self, path: Path) -> None:
        """As JSON, for `read`."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ConfigurationError when the file is not there or none of `write`."""
        try:
            found = json.loads(path.read_text())
            return cls(**{**found, "files": [FollowedLog(**each) for each in found["files"]]})
        except (OSError, ValueError, TypeError, KeyError) as error:
            told = f"{path} is no plan of a shipper: make run writes one"
            raise ConfigurationError(told) from error


def rotated(live: Path) -> Iterator[Path]:
    """The files that the log was before, newest first: `chat-1.log.1`, `chat-1.log.2`, …"""
    found = [each for each in live.parent.glob(f"{live.name}.*") if each.suffix[1:].isdigit()]
    yield from sorted(found, key=lambda each: int(each.suffix[1:]))
