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
    """Started jobs; the first of them that has not been shown whole is shown as it writes."""

    show: Show
    jobs: list[Job] = field(default_factory=list)
    _shown: int = 0
    _reading: IO[str] | None = None

    def start(self, *jobs: Job) -> None:
        """Start jobs, to be shown after those before them."""
        for job in jobs:
            job.start()
            self.jobs.append(job)

    def until_over(self) -> None:
        """Returns when all have ended and all they wrote was shown."""
        while self._shown < len(self.jobs):
            over = [job.is_over() for job in self.jobs]
            self._show_more(over)
            if self._shown < len(self.jobs):
                time.sleep(_POLL_SECONDS)

    def _show_more(self, over: Sequence[bool]) -> None:
        while self._shown < len(self.jobs):
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
