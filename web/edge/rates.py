"""The message rate of each account, over every way of sending that this process serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatstream.domain.rates import TokenBucket
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings

_SWEEP = 4096
# How long, in seconds, what could not be answered is remembered, and how much of an account.
_REMEMBERED = 300.0
_MOST = 200

Identity = tuple[str, ...]


class _Account:
    """The bucket, and what was paid for and not answered: by identity (tokens, when)."""

    __slots__ = ("bucket", "unanswered")

    def __init__(self, bucket: TokenBucket) -> None:
        self.bucket = bucket
        self.unanswered: dict[Identity, tuple[int, float]] = {}

    def paid(self, identity: Identity, now: float) -> int:
        """The tokens that were taken for it already; asked once, for it may be answered now."""
        tokens, at = self.unanswered.pop(identity, (0, now))
        return tokens if now - at < _REMEMBERED else 0

    def remember(self, identity: Identity, tokens: int, now: float) -> None:
        """It was not answered; the oldest of too many are forgotten."""
        self.unanswered[identity] = (tokens, now)
        while len(self.unanswered) > _MOST:
            del self.unanswered[next(iter(self.unanswered))]

    def idle(self, now: float) -> bool:
        """True when forgetting the account changes nothing."""
        waits = any(now - at < _REMEMBERED for _, at in self.unanswered.values())
        return not waits and self.bucket.full(now)


class MessageRates:
    """One token bucket an account: `message_burst` at once, then `messages_per_second`."""

    def __init__(self, limits: LimitSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._sweep_at = _SWEEP

    @property
    def accounts(self) -> int:
        """How many accounts are remembered; those with a full bucket are forgotten in time."""
        return len(self._accounts)

    def take(self, account_id: str, cost: int = 1) -> float:
        """0 when the account may send now, else the seconds until it may."""
        now = self._clock()
        return self._account(account_id, now).bucket.take(now, cost)

    def charge(self, account_id: str, identity: Identity, cost: int = 1) -> None:
        """Take what a message costs; RATE_LIMITED with `retry_after` when that is not there.

        A repeat of what was `unanswered` has been paid for. So nobody who repeats with the same id
        what was answered 503 is refused for it, and an outage lets nobody say more than else: it is
        one message, and too many that wait are BUSY before anything is produced.
        """
        now = self._clock()
        account = self._account(account_id, now)
        due = cost - account.paid(identity, now)
        wait = account.bucket.take(now, due) if due > 0 else 0.0
        if wait:
            if due < cost:
                account.remember(identity, cost - due, now)
            reason = f"too many messages; wait {wait:.1f} s"
            raise UserError(ErrorCode.RATE_LIMITED, reason, retry_after=wait)

    def unanswered(self, account_id: str, identity: Identity, cost: int = 1) -> None:
        """What was charged for has no outcome: its next `charge` takes nothing, for 5 minutes."""
        now = self._clock()
        self._account(account_id, now).remember(identity, cost, now)

    @contextmanager
    def charged(self, account_id: str, identity: Identity, cost: int = 1) -> Iterator[None]:
        """Charge for what is done within; `unanswered` when it ends in a 503."""
        self.charge(account_id, identity, cost)
        with self.kept(account_id, identity, cost):
            yield

    @contextmanager
    def kept(self, account_id: str, identity: Identity, cost: int = 1) -> Iterator[None]:
        """The same for what is charged already."""
        try:
            yield
        except UserError as error:
            if error.code in (ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE):
                self.unanswered(account_id, identity, cost)
            raise

    def _account(self, account_id: str, now: float) -> _Account:
        account = self._accounts.get(account_id)
        return self._add(account_id, now) if account is None else account

    def _add(self, account_id: str, now: float) -> _Account:
        if len(self._accounts) >= self._sweep_at:
            self._accounts = {
                key: each for key, each in self._accounts.items() if not each.idle(now)
            }
            self._sweep_at = max(_SWEEP, 2 * len(self._accounts))
        limits = self._limits
        bucket = TokenBucket(limits.messages_per_second, limits.message_burst, now)
        account = self._accounts[account_id] = _Account(bucket)
        return account
