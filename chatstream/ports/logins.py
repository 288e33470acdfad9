"""Logins: who calls, access tokens, sessions and their ends, failed attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.ports.accounts import Account


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the access token says. `expires_at` is seconds since the epoch."""

    account_id: str
    user_id: str
    name: str
    sid: str
    expires_at: int
    role: str = "user"
    by_cookie: bool = False


class Authenticator(Protocol):
    """Tells who calls from an access token."""

    def authenticate(self, token: str) -> Caller:
        """The caller; UserError NOT_AUTHENTICATED when the token is bad, expired or revoked."""
        ...

    def recognise(self, token: str) -> Caller:
        """As `authenticate`, but a login that has ended counts until its token expires.

        For what somebody may still see of an account that they have left.
        """
        ...


class TokenIssuer(Protocol):
    """Makes access tokens."""

    def issue(self, account: Account, sid: str) -> str:
        """A signed access token of this login, good for the access TTL."""
        ...


class Revocations(Protocol):
    """Knows which logins have ended."""

    def is_revoked(self, sid: str) -> bool:
        """True when the login with this `sid` has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Revoked:
    """A login that has ended; times are RFC 3339 text."""

    sid: str
    account_id: str
    revoked_at: str


class RevocationNews(Protocol):
    """Tells every front that a login has ended."""

    async def announce(self, revoked: Revoked) -> None:
        """Returns when the record is on the topic; TransientFailure otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a refresh token gave: the login to continue, or None and perhaps a revocation.

    `successor` is the hash of the token that the login goes on with.
    """

    account: Account | None
    sid: str = ""
    successor: bytes = b""
    revoked: Revoked | None = None


class SessionStore(Protocol):
    """Logins and their refresh tokens, known by the SHA-256 of the token only.

    Calls about one login are carried out one after the other.
    """

    async def open(self, sid: str, account_id: str, token_hash: bytes) -> Account | None:
        """Begin a login whose first refresh token has this hash; the account as it is then.

        None, and no login, when the account is gone: what one read before may have been erased.
        """
        ...

    async def rotate(self, token_hash: bytes, successors: Sequence[bytes]) -> Rotation:
        """Exchange a token for its successor, by the rules of `chatstream.domain.sessions`.

        `successors` has the hash of what it is exchanged for, then of what it may have been
        exchanged for before. A login has one unused token at most: using one uses up any other.
        """
        ...

    async def revoke(self, sid: str) -> Revoked | None:
        """End a login; None when it has ended before or never was."""
        ...

    async def unannounced(self) -> Sequence[Revoked]:
        """Logins that ended over 2 s ago without a record on the topic, the first 100."""
        ...

    async def unannounced_of(self, account_id: str) -> Sequence[Revoked]:
        """This account's logins that ended without a record on the topic, whenever they did."""
        ...

    async def announced(self, sid: str) -> None:
        """Remember that the end of this login is on the topic."""
        ...

    async def purge(self) -> None:
        """Forget expired logins, old attempts and signups told long ago; some at each call."""
        ...


class LoginAttempts(Protocol):
    """Counts failed logins per account and address, over all processes."""

    async def begin(self, user_id: str, address: str) -> int:
        """Count a try as failed until told otherwise; RATE_LIMITED when there are too many."""
        ...

    async def fail(self, attempt: int) -> None:
        """The password was wrong."""
        ...

    async def forget(self, attempt: int) -> None:
        """The try does not count: the password was right, or was not looked at."""
        ...
