"""Several processes at once, shown one after the other: no two mix their lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from tests.run.jobs import Job

Show = Callable[[str], None]
_POLL_SECONDS = 0.2


@dataclass
class Watch:
    """Jobs; the first of them that has not been shown whole is shown as it writes.

    With `at_once` no more of them run at a time: the next starts when one has ended.
    """

    show: Show
    jobs: list[Job] = field(default_factory=list)
    at_once: int | None = None
    _started: int = 0
    _shown: int = 0
    _reading: IO[str] | None = None

    def start(self, *jobs: Job) -> None:
        """Start jobs, as soon as they may run, to be shown after those before them."""
        self.jobs.extend(jobs)
        self._start_more(0)

    def _start_more(self, ended: int) -> None:
        most = len(self.jobs) if self.at_once is None else min(ended + self.at_once, len(self.jobs))
        for job in self.jobs[self._started : most]:
            job.start()
            self._started += 1

    def until_over(self) -> None:
        """Returns when all have ended and all they wrote was shown."""
        while self._shown < len(self.jobs):
            over = [job.is_over() for job in self.jobs]
            self._start_more(sum(over))
            self._show_more(over)
            if self._shown < len(self.jobs):
                time.sleep(_POLL_SECONDS)

    def _show_more(self, over: Sequence[bool]) -> None:
        while self._shown < self._started:
            job = self.jobs[self._shown]
            if self._reading is None:
                self.show(f"\n----- {job.name} -----\n")
                self._reading = job.output.open(errors="replace")
            self.show(self._reading.read())
            if not over[self._shown]:
                return
            self._reading.close()
            self._reading = None
            self._shown += 1

    def end(self) -> None:
        """End whatever still runs."""
        for job in self.jobs:
            job.end()
