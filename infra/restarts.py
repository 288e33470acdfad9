"""When a worker ended itself, in its data folder: it must know after it was started again."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "restarts.json"


@dataclass(frozen=True, slots=True)
class Restarts:
    """How often a worker ended itself, and when last (seconds since 1970)."""

    count: int = 0
    last: float | None = None

    @property
    def ended(self) -> Sequence[float]:
        """The times that are known."""
        return () if self.last is None else (self.last,)


class RestartFile:
    """The file in a worker's data folder; one that cannot be read counts as none."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def read(self) -> Restarts:
        """What is known."""
        try:
            found = json.loads(self._path.read_text())
            return Restarts(int(found["count"]), float(found["last"]))
        except FileNotFoundError:
            return Restarts()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s is not read: %s", self._path, type(error).__name__)
            return Restarts()

    def note(self, now: float) -> None:
        """One more; on the disk when it returns. Raises OSError."""
        text = json.dumps({"count": self.read().count + 1, "last": now})
        beside = self._path.with_suffix(".new")
        with beside.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
