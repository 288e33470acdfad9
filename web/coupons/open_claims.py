"""The claims of a front that wait for their outcome: so many of a campaign, one of an account."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from typing import Protocol

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.wishes import PlacedWishSender
from web.coupons.metrics import REFUSED

KEPT = 600.0
"""Seconds for which a claim is known that is in the log and has no outcome, be it never heard."""

_Key = tuple[str, str]


class OpenClaim(Protocol):
    """A wish that claims a coupon, as far as it matters here."""

    @property
    def campaign_id(self) -> str:
        """The campaign."""
        ...

    @property
    def account_id(self) -> str:
        """Who claims."""
        ...

    @property
    def request_id(self) -> str:
        """The claim's own id."""
        ...


class Waiting:
    """A claim that is under way, and its place in the log once it is there."""

    def __init__(self, claim: OpenClaim) -> None:
        self.claim = claim
        self.place: tuple[int, int] | None = None

    def logged(self, partition: int, offset: int) -> None:
        """The record lies there."""
        self.place = partition, offset


class OpenClaims:
    """At most `most` of a campaign wait at once; each is answered `within` seconds."""

    def __init__(self, wishes: PlacedWishSender, topic: str, most: int, within: float) -> None:
        self._wishes = wishes
        self._topic = topic
        self._most = most
        self._within = within
        self._open: dict[_Key, tuple[Waiting, asyncio.Task[object]]] = {}
        self._counts: Counter[str] = Counter()

    async def claim(self, claim: OpenClaim) -> tuple[Waiting, object | None]:
        """The claim that was made and its outcome; None when it is in the log and not decided yet.

        While another one of the same account in this campaign is under way this one joins it: no
        record is made, and the claim that was made is the other. BUSY when too many wait,
        STORE_UNAVAILABLE when it is not known to be in the log: both are safe to repeat.
        """
        waiting, task = self._begin(claim)
        try:
            async with asyncio.timeout(self._within):
                return waiting, await asyncio.shield(task)
        except TimeoutError:
            if waiting.place is None:
                reason = "the log did not take the claim in time"
                raise UserError(
                    ErrorCode.STORE_UNAVAILABLE, reason, retry_after=jittered()
                ) from None
        except UserError as error:
            if not _is_in_the_log(waiting, error):
                raise
        return waiting, None

    def heard(self, campaign_id: str, account_id: str, claim_id: str) -> None:
        """It is decided, so it is under way no more, also while its sender waits for the outcome.

        Were it left to the sender, one that is just giving up would leave it for `KEPT` seconds.
        """
        waiting = self.of(campaign_id, account_id)
        if waiting is not None and waiting.claim.request_id == claim_id:
            self._forget((campaign_id, account_id), waiting)

    def of(self, campaign_id: str, account_id: str) -> Waiting | None:
        """The account's claim that is under way here; None when there is none."""
        held = self._open.get((campaign_id, account_id))
        return None if held is None else held[0]

    def named(self, claim_id: str, account_id: str) -> Waiting | None:
        """The account's claim with this id that is under way here; None when there is none."""
        return next(
            (
                waiting
                for (_, who), (waiting, _) in self._open.items()
                if who == account_id and waiting.claim.request_id == claim_id
            ),
            None,
        )

    def waiting(self, campaign_id: str) -> int:
        """How many of a campaign are under way here."""
        return self._counts[campaign_id]

    def _begin(self, claim: OpenClaim) -> tuple[Waiting, asyncio.Task[object]]:
        key = claim.campaign_id, claim.account_id
        if key in self._open:
            return self._open[key]
        if self._counts[claim.campaign_id] >= self._most:
            REFUSED.labels(ErrorCode.BUSY).inc()
            raise UserError(ErrorCode.BUSY, "too many claims wait", retry_after=jittered())
        waiting = Waiting(claim)
        task = asyncio.create_task(self._wishes.ask(self._topic, claim, waiting.logged))
        self._open[key] = waiting, task
        self._counts[claim.campaign_id] += 1
        task.add_done_callback(lambda _: self._ended(key, waiting, task))
        return waiting, task

    def _ended(self, key: _Key, waiting: Waiting, task: asyncio.Task[object]) -> None:
        error = None if task.cancelled() else task.exception()
        if _is_in_the_log(waiting, error):
            asyncio.get_running_loop().call_later(KEPT, self._forget, key, waiting)
        else:
            self._forget(key, waiting)

    def _forget(self, key: _Key, waiting: Waiting) -> None:
        if self.of(*key) is not waiting:
            return
        del self._open[key]
        self._counts[key[0]] -= 1
        if not self._counts[key[0]]:
            del self._counts[key[0]]


def _is_in_the_log(waiting: Waiting, error: BaseException | None) -> bool:
    """Whether the sender only gave up waiting: the claim is in the log and will be decided."""
    is_late = isinstance(error, UserError) and error.code is ErrorCode.STORE_UNAVAILABLE
    return is_late and waiting.place is not None


def jittered() -> float:
    """Seconds until a repeat, so that those who were refused together do not return together."""
    return 1 + secrets.randbelow(4000) / 1000
