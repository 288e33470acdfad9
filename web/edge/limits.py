"""Limits that one process keeps for itself. Failed logins are rows of the auth database."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from chatstream.errors import ErrorCode, UserError


class PerMinute:
    """At most `most` in any 60 seconds for each key."""

    def __init__(self, most: int) -> None:
        self._item = RateLimitItemPerMinute(most)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, key: str) -> None:
        """Count one; RATE_LIMITED with `retry_after` when the window is full."""
        if not self._limiter.hit(self._item, key):
            wait = self._limiter.get_window_stats(self._item, key).reset_time - time.time()
            raise UserError(
                ErrorCode.RATE_LIMITED, "too many in a minute", retry_after=max(wait, 1.0)
            )
