"""Saving: messages that people keep for themselves."""

from __future__ import annotations

from schemas import databases, records
from schemas.context import Context
from schemas.paths import Paths
from schemas.services import CHAT, FRONT
from schemas.streams import Key, stream

SAVED = stream(
    "kakao.chat.savedMessage",
    Key.ROOM,
    request=records.SavedRequest,
    response=records.SavedResponse,
)

CONTEXT = Context(
    name="saving",
    streams=(SAVED,),
    service=CHAT,
    lineage=databases.CHAT,
    paths=(Paths(FRONT, ("/chat/saved", "/chat/saved/{roomId}/{messageId}", "/saved")),),
)
