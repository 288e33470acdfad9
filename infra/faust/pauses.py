"""Knows when this process was paused for so long that the group may have gone on without it.

A process that was stopped (SIGSTOP, a frozen machine) goes on in the middle of what it did, and
learns of its lost partitions only afterwards. A thread of its own notes the time; after a pause
either that thread or whoever asks sees the gap, whichever runs first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from chatstream.errors import Fenced


class PauseWatch:
    """Raises Fenced from a pause of over `limit` seconds until the next assignment."""

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._seen = clock()
        self._paused = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pause-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch; what was before does not count."""
        self._seen = self._clock()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def note(self) -> None:
        """This process runs now."""
        now = self._clock()
        if now - self._seen > self._limit:
            self._paused = True
        self._seen = now

    def forget(self) -> None:
        """The group has given this process its partitions anew: pauses before that are over."""
        self._seen = self._clock()
        self._paused = False

    def check(self) -> None:
        """Raise Fenced when the process was paused for too long."""
        self.note()
        if self._paused:
            raise Fenced(f"this process was paused for over {self._limit} s")

    def _watch(self) -> None:
        while not self._stop.wait(self._limit / 10):
            self.note()
