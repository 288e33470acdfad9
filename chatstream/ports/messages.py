"""Messages: as they are stored, pages of them, and their write side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is stored: `rev` is its latest fact number.

    `unread` counts the members who have not read it, None where that is not known or not counted.
    """

    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: str | None
    user_name: str | None
    message: str
    created_at: str
    unread: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Messages ascending by seq, and whether there are more in the asked direction."""

    messages: tuple[StoredMessage, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class MessageWish:
    """A wish to store a message, and the partition whose line numbers it."""

    partition: int
    room_id: str
    account_id: str
    message_id: str
    message: str


@dataclass(frozen=True, slots=True)
class MessageOutcome:
    """What became of a wish: `code` is None when the message is stored (now, or `repeated`)."""

    wish: int
    code: str | None
    repeated: bool = False
    seq: int = 0
    fact_no: int = 0
    created_at: str = ""
    user_id: str | None = None
    user_name: str | None = None
    access_version: int = 0
    room_kind: str = ""
    unread: int | None = None


class MessageStore(Protocol):
    """The write side of messages in one database."""

    async def store(
        self, generation: int | None, wishes: Sequence[MessageWish]
    ) -> Sequence[MessageOutcome]:
        """Store what is new and answer every wish, in fact order, refusals last.

        One transaction. `wish` of an outcome is the index of its wish. A repeat (same room,
        account and message id) gets the stored outcome, with another text MESSAGE_ID_REUSED.
        `generation` is the consumer generation that owns the partitions; the first call of a
        generation raises their epoch. Raises Fenced when another worker has raised it since,
        PoisonMessage when the database refuses a value.
        """
        ...
