"""The message rate of each account, over every way of sending that this process serves."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatstream.domain.rates import TokenBucket
from chatstream.settings import LimitSettings

_SWEEP = 4096


class MessageRates:
    """One token bucket an account: `message_burst` at once, then `messages_per_second`."""

    def __init__(self, limits: LimitSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}
        self._sweep_at = _SWEEP

    @property
    def accounts(self) -> int:
        """How many accounts are remembered; those with a full bucket are forgotten in time."""
        return len(self._buckets)

    def take(self, account_id: str) -> float:
        """0 when the account may send now, else the seconds until it may."""
        now = self._clock()
        bucket = self._buckets.get(account_id)
        if bucket is None:
            bucket = self._add(account_id, now)
        return bucket.take(now)

    def _add(self, account_id: str, now: float) -> TokenBucket:
        if len(self._buckets) >= self._sweep_at:
            self._buckets = {key: held for key, held in self._buckets.items() if not held.full(now)}
            self._sweep_at = max(_SWEEP, 2 * len(self._buckets))
        limits = self._limits
        bucket = TokenBucket(limits.messages_per_second, limits.message_burst, now)
        self._buckets[account_id] = bucket
        return bucket
