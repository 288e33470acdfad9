"""Wishes: sent as a record, answered by a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Logged = Callable[[int, int], None]
"""Hears in which partition and at which offset a wish lies in the log."""


Ended = Callable[[object], None]
"""Hears how a wish ended: its outcome, or the UserError that there is instead of one."""


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


class PromptWishSender(WishSender, Protocol):
    """A WishSender for who does not wait: nothing runs between a wish and its outcome."""

    def begin(self, topic: str, wish: Any, ended: Ended) -> Callable[[], object]:
        """As `ask`; `ended` is called once, later, while the outcome is read: it must not raise.

        Raises what `ask` raises before the wish is produced. What it returns ends the waiting:
        `ended` is not called any more. Wishes with the same key are produced in the order in which
        they were begun.
        """
        ...


class PlacedWishSender(Protocol):
    """A WishSender that tells where in the log a wish lies."""

    async def ask(self, topic: str, wish: Any, logged: Logged | None = None) -> object:
        """As WishSender; `logged` is called once the record is in the log, not for a joined one."""
        ...
