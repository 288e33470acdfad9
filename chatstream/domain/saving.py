"""The talk drawer: who may keep which message."""

from __future__ import annotations

from enum import StrEnum

from chatstream.errors import ErrorCode


class Kept(StrEnum):
    """What a kept message shows: itself, that it was deleted, or nothing: one left the room."""

    SHOWN = "shown"
    DELETED = "deleted"
    LEFT = "left"


def refuse_save(*, room_is_there: bool, is_member: bool, is_there: bool) -> ErrorCode | None:
    """The code with which keeping a message is refused; a deleted message is not there."""
    if not room_is_there:
        return ErrorCode.ROOM_NOT_FOUND
    if not is_member:
        return ErrorCode.NOT_A_MEMBER
    return None if is_there else ErrorCode.MESSAGE_NOT_FOUND


def kept_as(*, is_member: bool, text: str | None) -> Kept:
    """What its owner sees of a kept message now."""
    if not is_member:
        return Kept.LEFT
    return Kept.DELETED if text is None else Kept.SHOWN
