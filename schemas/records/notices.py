"""kakao.chat.notice: wishes about the notices of rooms, and what became of them."""

from __future__ import annotations

import msgspec

from schemas.records.base import (
    AnswerRecord,
    FactRecord,
    Handle,
    PersonName,
    RequestRecord,
    RoomKind,
    RoomText,
    Uuid,
)
from schemas.records.erasure import EraseStep, StepReported


class NoticeRequested(RequestRecord, frozen=True, kw_only=True):
    """What every wish about a notice has."""

    room_id: Uuid
    requested_at: str

    @property
    def key(self) -> str:
        """The room."""
        return self.room_id


class SetNotice(NoticeRequested, frozen=True, kw_only=True, tag="setNotice"):
    """A wish that the room's notice is this text, or else this message of the room."""

    text: RoomText | None = None
    message_id: Uuid | None = None


class EndNotice(NoticeRequested, frozen=True, kw_only=True, tag="endNotice"):
    """A wish that the room has no notice."""


class FollowMessage(NoticeRequested, frozen=True, kw_only=True, tag="followMessage"):
    """A message of the room has changed: where it is the notice, that follows; nobody waits."""

    message_id: Uuid


class EraseNotice(NoticeRequested, frozen=True, kw_only=True, tag="eraseNotice"):
    """The account is erased: a notice that it set or wrote ends; the wish of its erasure's saga."""


class ShownNotice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A notice as it is shown; an erased person has no handle and no name."""

    text: RoomText
    message_id: str | None
    user_id: Handle | None
    user_name: PersonName | None
    at: str
    rev: int


class NoticeFact(FactRecord, frozen=True, kw_only=True):
    """What every fact has: `rev` is its number among the changes of the room.

    `messageId` is that of a pinned message. `notice` is what the room shows since; it is not kept
    with the fact, so one that is told again may be without: a later one has taken its place.
    """

    room_id: str
    room_kind: RoomKind
    access_version: int
    rev: int
    at: str
    message_id: str | None = None
    notice: ShownNotice | None = None


class NoticeSet(NoticeFact, frozen=True, kw_only=True, tag="noticeSet"):
    """Fact: the room has this notice, by `accountId`."""


class NoticeEdited(NoticeFact, frozen=True, kw_only=True, tag="noticeEdited"):
    """Fact: the message that is the notice says something else."""


class NoticeEnded(NoticeFact, frozen=True, kw_only=True, tag="noticeEnded"):
    """Fact: the room has no notice any more."""


class NoticeUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="noticeUnchanged"):
    """Answer without a change: it was so already."""

    room_id: str
    at: str


class NoticeRefused(AnswerRecord, frozen=True, kw_only=True, tag="noticeRefused"):
    """Outcome of a wish that changed nothing; `until` and `cause` as in MessageRefused."""

    room_id: str
    code: str
    reason: str
    at: str
    until: str | None = None
    cause: str | None = None


class EraseInNotices(EraseStep, frozen=True, kw_only=True, tag="eraseInNotices"):
    """The step of the notices: those that the account set or wrote end."""


class ErasedInNotices(StepReported, frozen=True, kw_only=True, tag="erasedInNotices"):
    """What became of them."""


NoticeRequest = SetNotice | EndNotice | FollowMessage | EraseNotice
NoticeResponse = NoticeSet | NoticeEdited | NoticeEnded | NoticeUnchanged | NoticeRefused
