"""Saved messages, the talk drawer of each account: their write side and their read side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatstream.domain.saving import Kept


@dataclass(frozen=True, slots=True)
class SaveWish:
    """A wish to keep a message from `at` on, or (`keeps` False) to keep it no longer."""

    partition: int
    room_id: str
    account_id: str
    message_id: str
    keeps: bool
    at: datetime

    @property
    def identity(self) -> tuple[str, str, str]:
        """Whose state, of which message."""
        return self.account_id, self.room_id, self.message_id


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """What became of a wish: `saved_at` since when it is kept, None when it is not."""

    code: str | None = None
    saved_at: str | None = None


class SavedStore(Protocol):
    """The write side in one database."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SaveWish]
    ) -> Sequence[SaveOutcome]:
        """Carry out the wishes one after the other, in one transaction; an outcome for each.

        Keeping again what is kept, and letting go of what is not, change nothing. Raises Fenced
        when a newer worker owns a partition, PoisonMessage when the database refuses a value.
        """
        ...


@dataclass(frozen=True, slots=True)
class SavedMessage:
    """A kept message as its owner sees it now; what may not be shown is None."""

    room_id: str
    message_id: str
    saved_at: str
    kept: Kept
    room_kind: str | None = None
    room_name: str | None = None
    seq: int | None = None
    user_id: str | None = None
    user_name: str | None = None
    message: str | None = None
    created_at: str | None = None


class SavedReader(Protocol):
    """The read side over all databases."""

    async def saved(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[SavedMessage], str | None]:
        """What the account keeps, last kept first, and the cursor of the next page."""
        ...
