"""A pytest plugin (`-p tests.run.counted --counted FILE`): leaves what was counted in a file.

The file is there only when the session came to its end, so that a process that died is told from
one whose tests all passed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.run.summary import Counted

_FAILURES = ("failed", "error")
_LINES, _WIDTH = 12, 400


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names the file."""
    parser.addoption("--counted", type=Path, help="write the counts of this session as JSON")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Write the counts by outcome, as pytest's own last line has them, and what failed."""
    stats = {outcome: reports for outcome, reports in terminalreporter.stats.items() if outcome}
    counts = {outcome: sum(map(_is_counted, reports)) for outcome, reports in stats.items()}
    reports = [report for outcome in _FAILURES for report in stats.get(outcome, ())]
    failed = [report.nodeid for report in reports]
    ends = {report.nodeid: _end_of(report.longreprtext) for report in reports}
    Counted(counts, failed, ends, int(exitstatus)).write(config.getoption("counted"))


def _is_counted(report: Any) -> bool:
    return bool(getattr(report, "count_towards_summary", True))


def _end_of(text: str) -> str:
    return "\n".join(line[:_WIDTH] for line in text.splitlines()[-_LINES:])
