"""All open connections of this process: how many a caller may have, and how they end together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from chatstream.settings import LimitSettings
from web.stomp.entrance import Entrance

if TYPE_CHECKING:
    from web.stomp.session import Session

_GOING_AWAY = 1001


class Sockets:
    """Counts connections per address and account, and knows them by login."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._sessions: set[Session] = set()
        self._addresses: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._logins: dict[str, set[Session]] = {}
        self.closing = False
        self.entrance = Entrance(limits.handshakes)

    def __len__(self) -> int:
        return len(self._sessions)

    def sessions(self) -> list[Session]:
        """The open connections, connected or not."""
        return list(self._sessions)

    def check_address(self, address: str) -> None:
        """RATE_LIMITED when the address has as many sockets as it may; BUSY while shutting down."""
        if self.closing:
            raise UserError(ErrorCode.BUSY, "this server is going away", retry_after=1.0)
        if self._addresses[address] >= self._limits.sockets_per_address:
            raise UserError(ErrorCode.RATE_LIMITED, "too many sockets of this address")

    def add(self, session: Session) -> None:
        """A connection is open; pair with `remove`."""
        self._sessions.add(session)
        self._addresses[session.address] += 1

    def login(self, session: Session, caller: Caller) -> None:
        """The connection belongs to this login; RATE_LIMITED when its account has too many."""
        if self._accounts[caller.account_id] >= self._limits.sockets_per_account:
            raise UserError(ErrorCode.RATE_LIMITED, "too many sockets of this account")
        self._accounts[caller.account_id] += 1
        self._logins.setdefault(caller.sid, set()).add(session)

    def remove(self, session: Session) -> None:
        """The connection has ended; harmless when it was removed before."""
        if session not in self._sessions:
            return
        self._sessions.discard(session)
        _decrease(self._addresses, session.address)
        caller = session.caller
        if caller is not None:
            _decrease(self._accounts, caller.account_id)
            of_login = self._logins.get(caller.sid, set())
            of_login.discard(session)
            if not of_login:
                self._logins.pop(caller.sid, None)

    def end_login(self, sid: str) -> None:
        """ERROR and close for every connection of this login."""
        for session in list(self._logins.get(sid, ())):
            session.refuse(UserError(ErrorCode.NOT_AUTHENTICATED, "the login has ended"), None)

    def close_all(self) -> None:
        """Close every connection because the process ends, and take no new ones."""
        self.closing = True
        for session in list(self._sessions):
            session.close(_GOING_AWAY, "the server is going away")


def _decrease(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
