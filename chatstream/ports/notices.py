"""Notices of rooms: their write side and their read side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from chatstream.domain.lines import Identity


class NoticeAct(Enum):
    """What is asked: nobody waits for FOLLOW and ERASE."""

    SET = "set"
    END = "end"
    FOLLOW = "follow"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """What an account asks; SET has a text or a message, FOLLOW the message that changed.

    A text that is `refused_for` a reason by the rules against abuse is set only if it was before.
    """

    partition: int
    room_id: str
    account_id: str
    request_id: str
    act: NoticeAct
    text: str | None = None
    message_id: str | None = None
    refused_for: str | None = None

    @property
    def identity(self) -> Identity:
        """By what a repeat is known."""
        return self.room_id, self.account_id, self.request_id


@dataclass(frozen=True, slots=True)
class NoticeAnswer:
    """A RESPONSE record's bytes for the wish with index `wish`; no fact number: no change."""

    wish: int
    fact_no: int | None
    body: bytes


class NoticeStore(Protocol):
    """The write side in one chat database."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[NoticeWish]
    ) -> Sequence[NoticeAnswer]:
        """Carry out the wishes in order, in one transaction under the rooms' locks.

        Answers with a fact number first, by number. A repeat gets its stored fact, with what the
        room shows if nothing has taken its place; one that changed nothing is answered as before.
        Raises like MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoticeTraces:
    """The rooms whose notice an account set or wrote, and how many more were deleted just now."""

    rooms: Sequence[str]
    deleted: int = 0


class NoticeEraser(Protocol):
    """An erased account's notices in one chat database."""

    async def erase(self, account_id: str) -> NoticeTraces:
        """Delete those of rooms that are gone; name the rooms whose notice has still to end."""
        ...


@dataclass(frozen=True, slots=True)
class RoomNotice:
    """A room's notice as its members see it now."""

    text: str
    message_id: str | None
    user_id: str | None
    user_name: str | None
    at: str
    rev: int


class NoticeReader(Protocol):
    """The read side over all chat databases."""

    async def notice(self, room_id: str, account_id: str) -> RoomNotice | None:
        """The room's notice, None where there is none, for a member.

        Nothing is shown of who is erased. Raises UserError ROOM_NOT_FOUND, NOT_A_MEMBER, and
        INVALID_INPUT for a direct room.
        """
        ...
