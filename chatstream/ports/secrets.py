"""Passwords, secrets that only the user service may open, and what is derived under a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Passwords(Protocol):
    """Slow password work, off the event loop; raises BUSY when too much of it waits."""

    async def is_common(self, password: str, known: Sequence[str]) -> bool:
        """True when the password is easily guessed, given words of its owner."""
        ...

    async def hash(self, password: str) -> str:
        """A salted hash; every character of the password counts."""
        ...

    async def verify(self, password: str, hashed: str | None) -> bool:
        """True when the password fits; takes as long, and is False, when there is no hash."""
        ...


class Sealer(Protocol):
    """Closes a secret so that only the user service can open it."""

    def seal(self, account_id: str, secret: str) -> str:
        """The secret, sealed for this account, as text."""
        ...


class Opener(Protocol):
    """Opens what a Sealer closed."""

    def open(self, account_id: str, sealed: str) -> str:
        """The secret; PoisonMessage when it was not sealed for us and this account."""
        ...


class HandleKey(Protocol):
    """Turns a handle into what is kept of it when its account has been erased."""

    def of(self, user_id: str) -> str:
        """A keyed hash: the same for the same handle, and itself no handle."""
        ...


class Successors(Protocol):
    """Tells which refresh token follows a used one, so that it need not be kept."""

    def of(self, token: str) -> Sequence[str]:
        """First the one to give, then those that older keys gave; nobody else can tell them."""
        ...
