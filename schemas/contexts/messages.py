"""Messages: said, edited, deleted."""

from __future__ import annotations

from chatstream.domain.documents import IndexedMessage
from schemas import databases, records
from schemas.actions import CONVERSATION, Action, Field, action, refusal
from schemas.context import Context
from schemas.paths import Paths
from schemas.services import CHAT, FRONT
from schemas.streams import Key, stream

MESSAGE = stream(
    "kakao.chat.chatMessage",
    Key.ROOM,
    request=records.MessageRequest,
    response=records.MessageResponse,
    event=records.MessageChanged,
)


def _length(fact: records.MessageStored | records.MessageEdited) -> int:
    return len(fact.message)


def _said(
    fact: records.MessageStored | records.MessageEdited | records.MessageDeleted,
) -> IndexedMessage:
    """As the search keeps it: of a deleted message no text."""
    return IndexedMessage(
        room_id=fact.room_id,
        seq=fact.seq,
        rev=fact.rev,
        message_id=fact.message_id,
        account_id=fact.account_id,
        user_id=fact.user_id,
        user_name=fact.user_name,
        text=None if isinstance(fact, records.MessageDeleted) else fact.message,
        at=fact.created_at,
        room_kind=fact.room_kind,
    )


def _kept(fact: type[records.Record], kind: str, **found: Field) -> Action:
    same = ("room_id", "room_kind", "access_version", "message_id", "seq")
    return action(fact, CONVERSATION, (kind,), *same, said=_said, service="", **found)


CONTEXT = Context(
    name="messages",
    streams=(MESSAGE,),
    service=CHAT,
    lineage=databases.CHAT,
    paths=(Paths(FRONT, ("/chat/{roomId}/messages", "/chat/{roomId}/messages/{messageId}")),),
    actions=(
        _kept(records.MessageStored, "creation", at="created_at", length=_length),
        _kept(records.MessageEdited, "change", at="edited_at", length=_length),
        _kept(records.MessageDeleted, "deletion", at="deleted_at"),
        refusal(records.MessageRefused, CONVERSATION, "room_id", "message_id"),
        refusal(records.ChangeRefused, CONVERSATION, "room_id", "message_id"),
    ),
    unkept={records.MessageUnchanged: "it changed nothing"},
)
