"""Saving: messages that people keep for themselves."""

from __future__ import annotations

from schemas import databases, records
from schemas.actions import CONVERSATION, refusal
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
    # Which message and where is left out: what one saves is one's own.
    actions=(refusal(records.SaveRefused, CONVERSATION),),
    unkept=dict.fromkeys(
        (records.MessageSaved, records.MessageUnsaved), "what one saves is one's own"
    ),
    paths=(Paths(FRONT, ("/chat/saved", "/chat/saved/{roomId}/{messageId}", "/saved")),),
)
