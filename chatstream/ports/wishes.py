"""Wishes: sent as a record, answered by a record."""

from __future__ import annotations

from typing import Any, Protocol


class WishSender(Protocol):
    """Sends a wish as a REQUEST record and waits for its outcome on the RESPONSE topic."""

    async def ask(self, topic: str, wish: Any) -> object:
        """The first RESPONSE record that names the identity of `wish`, a record of the topic.

        A second call with the identity of one that waits joins its waiter. Raises UserError BUSY
        before anything is produced when too many wishes wait, STORE_UNAVAILABLE when no outcome
        came in time (the wish may still be carried out: repeat it with the same id).
        """
        ...

    def congested(self, key: str) -> bool:
        """True while a new wish for this key would be refused with BUSY."""
        ...
