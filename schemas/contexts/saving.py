"""Saving: messages that people keep for themselves."""

from __future__ import annotations

from schemas import records
from schemas.context import Context
from schemas.services import CHAT
from schemas.streams import Key, stream

SAVED = stream(
    "kakao.chat.savedMessage",
    Key.ROOM,
    request=records.SavedRequest,
    response=records.SavedResponse,
)

CONTEXT = Context(name="saving", streams=(SAVED,), service=CHAT, lineage="chat")
