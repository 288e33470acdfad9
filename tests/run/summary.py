"""What several pytest sessions counted, added up to one line in pytest's own form."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed", "warnings", "error")
_MINUTE = 60
_NOUNS = {"error": "errors", "warnings": "warning"}
"""What pytest calls the other number of each: 1 warning, 2 errors."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a session counted by outcome, the tests that failed, and pytest's exit status.

    `ends` has the last lines of what pytest says of each test that failed.
    """

    counts: Mapping[str, int]
    failed: Sequence[str] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    status: int = 0

    def write(self, file: Path) -> None:
        """Leave it in a file, whole or not at all."""
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.rename(file)

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """None when the session did not come to its end."""
        return cls(**json.loads(file.read_text())) if file.exists() else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one process of the run ended; `fault` says what is wrong beside tests that failed."""

    name: str
    counts: Mapping[str, int] = field(default_factory=dict)
    failed: Sequence[str] = ()
    fault: str = ""
    ends: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether nothing failed and it did what it was started for."""
        return not (self.fault or self.failed)


def total(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """All counts together; what is wrong beside failed tests is an error each.

    What one process leaves out ("deselected") is another's to run, and not told.
    """
    found: Counter[str] = Counter()
    for outcome in outcomes:
        found.update(outcome.counts)
        found["error"] += bool(outcome.fault)
    del found["deselected"]
    return dict(+found)


def line(counts: Mapping[str, int], seconds: float, width: int = 80) -> str:
    """`=== 1 failed, 5390 passed, 2 skipped in 612.34s (0:10:12) ===`, as pytest would say it."""
    others = sorted(counts.keys() - set(ORDER))
    parts = [_part(counts[name], name) for name in (*ORDER, *others) if counts.get(name)]
    text = f" {', '.join(parts) or 'no tests ran'} in {_duration(seconds)} "
    return text.center(max(width, len(text) + 6), "=")


def _part(count: int, name: str) -> str:
    is_other = (count == 1) == (name == "warnings")
    return f"{count} {_NOUNS.get(name, name) if is_other else name}"


def _duration(seconds: float) -> str:
    clock = f" ({datetime.timedelta(seconds=int(seconds))})" if seconds >= _MINUTE else ""
    return f"{seconds:.2f}s{clock}"
