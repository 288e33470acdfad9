"""The notice of a room: who may set and end it, and when it ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode

NOTICE_LENGTH = 1000
OWNER = "owner"
"""The choice by which the owner reserves the notice."""

NO_ROOM = Refuse(ErrorCode.ROOM_NOT_FOUND, "there is no such room")
DIRECT = Refuse(ErrorCode.INVALID_INPUT, "a direct room has no notice")
LOCKED = Refuse(ErrorCode.NOTICE_LOCKED, "the owner has reserved the notice")


class NoticeChange(StrEnum):
    """What becomes of a notice: it is set, its message says something else, or it has ended."""

    SET = "set"
    EDITED = "edited"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PinnedMessage:
    """A message as a notice has it; `text` None: deleted, or its author is erased."""

    message_id: str
    seq: int
    rev: int
    author_id: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A room's notice: a text, or else a message; since change `rev` of the room."""

    account_id: str
    at: datetime
    rev: int
    text: str | None = None
    message: PinnedMessage | None = None

    def says(self, text: str | None, message_id: str | None) -> bool:
        """Whether it is this text, or this message."""
        pinned = None if self.message is None else self.message.message_id
        return (self.text, pinned) == (text, message_id)


@dataclass(slots=True)
class NoticeBoard:
    """A room as its notice is judged by; `rev` is that of its latest change."""

    kind: str
    owner_id: str
    is_reserved: bool
    access_version: int
    rev: int
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: an account as the room's database knows it."""

    account_id: str
    is_member: bool
    is_erased: bool
    is_muted: bool = False


def decide_set(
    board: NoticeBoard | None,
    asker: Asker,
    text: str | None,
    message: PinnedMessage | None,
    *,
    is_refused: bool,
) -> Decision[NoticeChange]:
    """Any member sets it, or the owner alone; a text, or (None) a message that is to be seen.

    Who is muted sets none, and no text that `is_refused` by the rules against abuse.
    """
    refusal = _refuse(board, asker)
    if refusal is not None or board is None:
        return refusal or NO_ROOM
    if is_refused or asker.is_muted:
        return Refuse(ErrorCode.MESSAGE_REFUSED)
    if text is None and (message is None or message.text is None):
        return Refuse(ErrorCode.MESSAGE_NOT_FOUND, "the room has no such message")
    is_own = board.notice is not None and board.notice.account_id == asker.account_id
    message_id = None if message is None else message.message_id
    if is_own and board.notice is not None and board.notice.says(text, message_id):
        return Unchanged()
    return Accept((NoticeChange.SET,))


def decide_end(board: NoticeBoard | None, asker: Asker) -> Decision[NoticeChange]:
    """Who may set a notice may end that of others; where there is none nothing changes."""
    refusal = _refuse(board, asker)
    if refusal is not None or board is None:
        return refusal or NO_ROOM
    return Unchanged() if board.notice is None else Accept((NoticeChange.ENDED,))


def decide_follow(
    board: NoticeBoard | None, message: PinnedMessage | None
) -> Decision[NoticeChange]:
    """A message has changed: the notice that is this one follows, and ends when it is deleted."""
    pinned = None if board is None or board.notice is None else board.notice.message
    if pinned is None or message is None or pinned.message_id != message.message_id:
        return Unchanged()
    if message.text is None:
        return Accept((NoticeChange.ENDED,))
    return Unchanged() if message.rev <= pinned.rev else Accept((NoticeChange.EDITED,))


def decide_erasure(board: NoticeBoard | None, account_id: str) -> Decision[NoticeChange]:
    """An account is erased: the notice that it set, or that is a message of its, ends."""
    notice = None if board is None else board.notice
    if notice is None:
        return Unchanged()
    author = None if notice.message is None else notice.message.author_id
    is_theirs = account_id in (notice.account_id, author)
    return Accept((NoticeChange.ENDED,)) if is_theirs else Unchanged()


def _refuse(board: NoticeBoard | None, asker: Asker) -> Refuse | None:
    if asker.is_erased:
        return Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is erased")
    if board is None:
        return NO_ROOM
    if not asker.is_member:
        return Refuse(ErrorCode.NOT_A_MEMBER, "only members have the notice of a room")
    if board.kind == "direct":
        return DIRECT
    if board.is_reserved and board.owner_id != asker.account_id:
        return LOCKED
    return None
