"""Run the tests that start servers of their own, two sessions at a time, as `make test-operate`.

Such a session mostly waits: for a process to come up, for an outage to be noticed. What each hurts
is its own, so that two of them share nothing but the machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from infra.embedded.command import CLONE
from infra.embedded.run import StopRequestedError, signals_stop
from tests.run.jobs import Session
from tests.run.report import conclude, show
from tests.run.watch import Watch

AT_ONCE = 2
SECONDS = 2400.0
"""Several times what the longest takes on a quiet machine with two cores."""

FOLDER = CLONE / "tests" / "operate"
# The longest begin first: what is left for the end is short, and no core is idle then.
LONGEST = (
    "test_monitoring.py",
    "test_rolling_restart.py",
    "test_backup.py",
    "test_shipping.py",
    "test_brokers.py",
    "log",
    "test_typed.py",
)
MARKED = ("-m", "operate and not soak")
_STOPPED = 130


def parts(folder: Path = FOLDER) -> list[Path]:
    """What a session runs each: a file of tests, or a folder whose files share their servers."""
    found = set(folder.glob("test_*.py"))
    found |= {file.parent for file in folder.glob("*/test_*.py")}

    def place(part: Path) -> tuple[int, str]:
        name = part.name
        return (LONGEST.index(name) if name in LONGEST else len(LONGEST), name)

    return sorted(found, key=place)


def main(arguments: Sequence[str] = MARKED, folder: Path = FOLDER) -> int:
    """Run every part of the folder; the exit status."""
    began = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="chatstream-operate-"))
    sessions = [
        Session(part.stem.removeprefix("test_"), [*arguments, str(part)], root, SECONDS, {})
        for part in parts(folder)
    ]
    watch = Watch(show, at_once=AT_ONCE)
    try:
        with signals_stop():
            try:
                watch.start(*sessions)
                watch.until_over()
            finally:
                watch.end()
    except StopRequestedError:
        show(f"\nstopped; kept: {root}\n")
        return _STOPPED
    return conclude(root, [each.outcome() for each in sessions], time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
