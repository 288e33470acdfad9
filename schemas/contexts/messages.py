"""Messages: said, edited, deleted."""

from __future__ import annotations

from chatstream.domain.documents import Said
from schemas import databases, records
from schemas.actions import CONVERSATION, action
from schemas.context import Context
from schemas.paths import Paths
from schemas.services import CHAT, FRONT
from schemas.streams import Key, stream

MESSAGE = stream(
    "kakao.chat.chatMessage",
    Key.ROOM,
    request=records.MessageRequest,
    response=records.MessageResponse,
)

_KEPT = ("room_id", "room_kind", "access_version", "message_id", "seq")


def _length(fact: records.MessageStored | records.MessageEdited) -> int:
    return len(fact.message)


def _said(fact: records.MessageStored | records.MessageEdited | records.MessageDeleted) -> Said:
    """As the search keeps it: of a deleted message no text."""
    return Said(
        room_id=fact.room_id,
        seq=fact.seq,
        rev=fact.rev,
        message_id=fact.message_id,
        account_id=fact.account_id,
        user_id=fact.user_id,
        user_name=fact.user_name,
        text=None if isinstance(fact, records.MessageDeleted) else fact.message,
        at=fact.created_at,
    )


CONTEXT = Context(
    name="messages",
    streams=(MESSAGE,),
    service=CHAT,
    lineage=databases.CHAT,
    paths=(Paths(FRONT, ("/chat/{roomId}/messages", "/chat/{roomId}/messages/{messageId}")),),
    actions=(
        action(
            records.MessageStored,
            CONVERSATION,
            ("creation",),
            *_KEPT,
            at="created_at",
            length=_length,
            said=_said,
        ),
        action(
            records.MessageEdited,
            CONVERSATION,
            ("change",),
            *_KEPT,
            at="edited_at",
            length=_length,
            said=_said,
        ),
        action(
            records.MessageDeleted,
            CONVERSATION,
            ("deletion",),
            *_KEPT,
            at="deleted_at",
            said=_said,
        ),
    ),
)
