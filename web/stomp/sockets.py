"""All open connections of this process: how many a caller may have, and how they end together."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Protocol

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from chatstream.settings import LimitSettings
from web.stomp import close_codes
from web.stomp.entrance import Entrance
from web.stomp.metrics import HANDSHAKES, OPEN, OPENED, QUEUED, QUEUED_MOST

WORK_WITHIN = 2.0
"""Seconds in which what a peer has sent is carried out before it is closed for a restart."""


class Counted(Protocol):
    """A connection as it is counted, and ended."""

    @property
    def address(self) -> str:
        """Where it comes from."""
        ...

    @property
    def queued_bytes(self) -> int:
        """What waits to be sent to it."""
        ...

    @property
    def caller(self) -> Caller | None:
        """Whose it is; None before CONNECT."""
        ...

    def refuse(self, error: UserError, receipt_id: str | None) -> None:
        """ERROR and close."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close with a WebSocket close code; calls `remove`."""
        ...

    async def leave(self, within: float) -> None:
        """Close because the process ends, with `within` seconds for the work under way."""
        ...


class Sockets:
    """Counts connections per address and account, and knows them by login."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._open: set[Counted] = set()
        self._addresses: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._logins: dict[str, set[Counted]] = {}
        self.closing = False
        self.entrance = Entrance(limits.handshakes)
        for gauge in (OPEN, QUEUED, QUEUED_MOST, HANDSHAKES):
            gauge.watch(self)

    def __len__(self) -> int:
        return len(self._open)

    def queued(self) -> tuple[int, int]:
        """(bytes that wait to be sent, in all; of the connection with the most)."""
        sizes = [connection.queued_bytes for connection in self._open]
        return sum(sizes), max(sizes, default=0)

    def handshakes(self) -> int:
        """How many are being let in."""
        return self.entrance.under_way

    def connections(self) -> list[Counted]:
        """The open connections, connected or not."""
        return list(self._open)

    def check_address(self, address: str) -> None:
        """RATE_LIMITED when the address has as many sockets as it may; BUSY while shutting down."""
        if self.closing:
            raise UserError(ErrorCode.BUSY, "this server is going away", retry_after=1.0)
        if self._addresses[address] >= self._limits.sockets_per_address:
            raise UserError(ErrorCode.RATE_LIMITED, "too many sockets of this address")

    def add(self, connection: Counted) -> None:
        """A connection is open; pair with `remove`."""
        self._open.add(connection)
        OPENED.inc()
        self._addresses[connection.address] += 1

    def login(self, connection: Counted, caller: Caller) -> None:
        """The connection belongs to this login; RATE_LIMITED when its account has too many."""
        if self._accounts[caller.account_id] >= self._limits.sockets_per_account:
            raise UserError(ErrorCode.RATE_LIMITED, "too many sockets of this account")
        self._accounts[caller.account_id] += 1
        self._logins.setdefault(caller.sid, set()).add(connection)

    def remove(self, connection: Counted) -> None:
        """The connection has ended; harmless when it was removed before."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        _decrease(self._addresses, connection.address)
        caller = connection.caller
        if caller is not None:
            _decrease(self._accounts, caller.account_id)
            of_login = self._logins.get(caller.sid, set())
            of_login.discard(connection)
            if not of_login:
                self._logins.pop(caller.sid, None)

    def end_login(self, sid: str) -> None:
        """ERROR and close for every connection of this login."""
        for connection in list(self._logins.get(sid, ())):
            connection.refuse(UserError(ErrorCode.NOT_AUTHENTICATED, "the login has ended"), None)

    async def leave(self, spread: float) -> None:
        """Close every connection because the process ends, evenly over `spread` seconds.

        So their peers do not all come to the other fronts at once. Takes no new ones.
        """
        self.closing = True
        loop = asyncio.get_running_loop()
        leaving, began = self.connections(), loop.time()
        async with asyncio.TaskGroup() as ends:
            for number, connection in enumerate(leaving):
                due = began + spread * number / len(leaving)
                await asyncio.sleep(max(0.0, due - loop.time()))
                ends.create_task(connection.leave(WORK_WITHIN))

    def close_all(self) -> None:
        """Close every connection because the process ends, and take no new ones."""
        self.closing = True
        for connection in list(self._open):
            connection.close(close_codes.GOING_AWAY, "the server is going away")


def _decrease(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
