"""Who waits for the outcome of a wish, and until when: one timer for all of a front."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from chatstream.domain.lines import Identity
from chatstream.ports.wishes import Ended
from infra.tracing import outside


class PendingWish:
    """One wish that has no outcome yet, and who waits for it; `since` by the clock of its line."""

    __slots__ = ("home", "identity", "producing", "since", "waiters")

    def __init__(self, home: WishLine, identity: Identity, since: float) -> None:
        self.home = home
        self.identity = identity
        self.since = since
        self.waiters: list[Waiter] = []
        # While the wish waits for its turn to be produced.
        self.producing: asyncio.Task[None] | None = None

    def take(self) -> Iterator[Ended]:
        """Who is to be told how it ended; nobody waits any more, and its line forgets it."""
        self._forget()
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            ended, waiter.ended = waiter.ended, None
            if ended is not None:  # none: it has left because of what one before it was told
                yield ended

    def left(self, waiter: Waiter) -> None:
        """It waits no more. What nobody waits for is not produced if it has not been."""
        if waiter not in self.waiters:
            return  # others are being told how it ended
        self.waiters.remove(waiter)
        if not self.waiters:
            self._forget()
            if self.producing is not None:
                self.producing.cancel()

    def _forget(self) -> None:
        wishes = self.home.wishes
        if wishes.get(self.identity) is self:
            del wishes[self.identity]


class WishLine:
    """The unanswered wishes of one (topic, partition), oldest first.

    `behind` is how many wait for their turn to be produced: who comes next waits as well.
    """

    __slots__ = ("behind", "topic", "turn", "wishes")

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.wishes: dict[Identity, PendingWish] = {}
        self.turn = asyncio.Lock()
        self.behind = 0

    def oldest(self) -> float | None:
        """Since when the oldest has waited; None: nothing waits."""
        for pending in self.wishes.values():
            return pending.since
        return None


class Waiter:
    """One who waits for a wish; `ended` is None when it waits no more."""

    __slots__ = ("ended", "pending")

    def __init__(self, pending: PendingWish, ended: Ended) -> None:
        self.pending = pending
        self.ended: Ended | None = ended
        pending.waiters.append(self)

    def leave(self) -> Ended | None:
        """Wait no more; whom to tell why, None when it was told before."""
        ended, self.ended = self.ended, None
        if ended is not None:
            self.pending.left(self)
        return ended


class Deadlines:
    """Tells of waiters whose time is over; all wait equally long, so that the first is due first.

    What was answered before costs nothing but its place until then.
    """

    def __init__(self, expired: Callable[[Waiter], None]) -> None:
        self._expired = expired
        self._due: deque[tuple[float, Waiter]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, waiter: Waiter, seconds: float) -> None:
        """Tell of it after so many seconds, unless it waits no more then."""
        loop = asyncio.get_running_loop()
        when = loop.time() + seconds
        self._due.append((when, waiter))
        if self._timer is None:
            self._timer = loop.call_at(when, self._sweep, loop, context=outside())

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        due, now = self._due, loop.time()
        try:
            while due and (due[0][1].ended is None or due[0][0] <= now):
                _, waiter = due.popleft()
                if waiter.ended is not None:
                    self._expired(waiter)
        finally:
            self._timer = loop.call_at(due[0][0], self._sweep, loop) if due else None
