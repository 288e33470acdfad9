"""The talk drawer: who may keep which message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode


class Kept(StrEnum):
    """What a kept message shows: itself, that it was deleted, or nothing: one left the room."""

    SHOWN = "shown"
    DELETED = "deleted"
    LEFT = "left"


@dataclass(slots=True)
class Drawer:
    """A message as one who would keep it stands to it; `kept_at`: since when it is kept.

    A deleted message has no `seq`.
    """

    room_is_there: bool
    is_member: bool
    seq: int | None
    kept_at: datetime | None


def decide_keep(drawer: Drawer, at: datetime | None) -> Decision[datetime | None]:
    """Keep the message from `at` on, or let it go (None), which is never refused."""
    if at is None:
        return Accept((None,))
    if not drawer.room_is_there:
        return Refuse(ErrorCode.ROOM_NOT_FOUND)
    if not drawer.is_member:
        return Refuse(ErrorCode.NOT_A_MEMBER)
    if drawer.seq is None:
        return Refuse(ErrorCode.MESSAGE_NOT_FOUND)
    return Accept((at,)) if drawer.kept_at is None else Unchanged()


def kept_as(*, is_member: bool, text: str | None) -> Kept:
    """What its owner sees of a kept message now."""
    if not is_member:
        return Kept.LEFT
    return Kept.DELETED if text is None else Kept.SHOWN
