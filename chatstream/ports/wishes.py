"""Wishes: sent as a record, answered by a record."""

from __future__ import annotations

from typing import Protocol


class WishSender(Protocol):
    """Sends a wish as a REQUEST record and waits for its outcome on the RESPONSE topic."""

    async def ask(self, topic: str, key: str, wish: object, identity: tuple[str, ...]) -> object:
        """The first RESPONSE record with this identity.

        A second call with the identity of a pending wish joins its waiter. Raises UserError BUSY
        before anything is produced when too many wishes wait, STORE_UNAVAILABLE when no outcome
        came in time (the wish may still be carried out: repeat it with the same id).
        """
        ...

    def congested(self, key: str) -> bool:
        """True while a new wish for this key would be refused with BUSY."""
        ...
