"""Messages: said, edited, deleted."""

from __future__ import annotations

from schemas import databases, records
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

CONTEXT = Context(
    name="messages",
    streams=(MESSAGE,),
    service=CHAT,
    lineage=databases.CHAT,
    paths=(Paths(FRONT, ("/chat/{roomId}/messages", "/chat/{roomId}/messages/{messageId}")),),
)
