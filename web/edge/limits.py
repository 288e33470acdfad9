"""Limits that one process keeps for itself. Failed logins are rows of the auth database."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from chatstream.errors import ErrorCode, UserError

WINDOW = 60.0


class PerMinute:
    """At most `most` in any 60 seconds for each key.

    Keeps what was counted within the window and nothing else; a hit costs the same however many
    keys there are. `clock` gives seconds that never go back.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        # By the latest hit, so that what is over lies in front.
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """How many keys were counted within the window, as of the last hit."""
        return len(self._hits)

    def hit(self, key: str) -> None:
        """Count one; RATE_LIMITED with `retry_after` when the window is full."""
        now = self._clock()
        self._forget(now)
        hits = self._hits.get(key)
        if hits is None:
            hits = self._hits[key] = deque()
        while hits and hits[0] <= now - WINDOW:
            hits.popleft()
        if len(hits) >= self._most:
            wait = hits[0] + WINDOW - now if hits else WINDOW
            raise UserError(
                ErrorCode.RATE_LIMITED, "too many in a minute", retry_after=max(wait, 1.0)
            )
        hits.append(now)
        self._hits.move_to_end(key)

    def _forget(self, now: float) -> None:
        while self._hits:
            key, hits = next(iter(self._hits.items()))
            if hits and hits[-1] > now - WINDOW:
                return
            del self._hits[key]
