"""What a run says at its end, and its exit status."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.run.summary import Outcome, line, total


def show(text: str) -> None:
    """Print, at once, without an end of line."""
    sys.stdout.write(text)
    sys.stdout.flush()


def report(outcomes: Sequence[Outcome], seconds: float) -> None:
    """Say what failed and why, how each process ended, and all counts in one last line.

    Why is said again: of a long output often only the end is kept.
    """
    show("\n")
    for outcome in outcomes:
        for failed, end in outcome.ends.items():
            show(f"----- {failed} -----\n{end}\n\n")
    for outcome in outcomes:
        for failed in outcome.failed:
            show(f"FAILED {failed}\n")
    for outcome in outcomes:
        counts = ", ".join(f"{count} {name}" for name, count in outcome.counts.items())
        end = outcome.fault or ("passed" if outcome.is_good else "failed")
        show(f"{outcome.name}: {end}{f' ({counts})' if counts else ''}\n")
    show(line(total(outcomes), seconds, shutil.get_terminal_size().columns) + "\n")


def conclude(root: Path, outcomes: Sequence[Outcome], seconds: float) -> int:
    """Report, and remove the folder of a run that was good; the exit status."""
    is_good = all(outcome.is_good for outcome in outcomes)
    if is_good and not os.environ.get("KEEP_TEST_DATA"):
        shutil.rmtree(root)
    else:
        show(f"\nkept the folder of this run: {root}\n")
    report(outcomes, seconds)
    return 0 if is_good else 1
