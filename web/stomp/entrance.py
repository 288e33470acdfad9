"""The door of a front's sockets: a bounded number of handshakes is under way at a time.

What costs is what follows a handshake, the token's check and the membership's; a front that took
two thousand of them at once would answer none in time. A handshake is under way until its first
subscription is complete. Somebody who lets the server wait stops counting after a while, so that
idle connections do not hold the door.
"""

from __future__ import annotations

import asyncio

from chatstream.domain.admission import Admission
from chatstream.errors import ErrorCode, UserError

PATIENCE = 2.0
"""Seconds for which a newcomer counts while the server waits for its next frame."""


class Ticket:
    """One handshake under way; `leave` ends it, and may be called again."""

    __slots__ = ("_address", "_admission", "_left", "_loop", "_timer")

    def __init__(self, admission: Admission, address: str) -> None:
        self._admission = admission
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._left = False
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(PATIENCE, self.leave)

    def serve(self) -> None:
        """The server works on it: it counts until that is done."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def leave(self) -> None:
        """It is through, or gone."""
        self.serve()
        if not self._left:
            self._left = True
            self._admission.finish(self._address, self._loop.time())


class Entrance:
    """Lets handshakes in, and tells the others when to come again."""

    def __init__(self, most: int) -> None:
        self._admission = Admission(most)

    @property
    def under_way(self) -> int:
        """How many handshakes are under way."""
        return self._admission.under_way

    def admit(self, address: str, *, asks_again: bool = False) -> Ticket:
        """A ticket, or BUSY with the seconds until there is a turn.

        `asks_again`: a page cannot see a handshake's answer and asks by `check`, which keeps the
        turn for it.
        """
        if self._admission.enter(address):
            return Ticket(self._admission, address)
        raise self._busy(reserve=not asks_again)

    def check(self, address: str) -> None:
        """BUSY with the seconds until there is a turn, when a handshake would be refused now."""
        if not self._admission.has_room(address):
            raise self._busy(reserve=True)

    def _busy(self, *, reserve: bool) -> UserError:
        wait = self._admission.turn(asyncio.get_running_loop().time(), reserve=reserve)
        return UserError(ErrorCode.BUSY, "many come in at once", retry_after=wait)
