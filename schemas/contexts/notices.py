"""Notices: what a room shows above its messages."""

from __future__ import annotations

from schemas import databases, records
from schemas.actions import CONVERSATION, action, refusal
from schemas.context import Context
from schemas.contexts import rooms
from schemas.erasure import ErasureStep
from schemas.paths import Paths
from schemas.room_settings import RoomSetting
from schemas.services import CHAT, FRONT
from schemas.streams import Key, stream

NOTICE = stream(
    "kakao.chat.notice",
    Key.ROOM,
    kept_in="notice_facts",
    request=records.NoticeRequest,
    response=records.NoticeResponse,
)

# After the tombstone of the chat databases: nothing of the account can become a notice any more.
ERASURE = ErasureStep(
    "notices", records.EraseInNotices, records.ErasedInNotices, after=(rooms.ERASURE.name,)
)

NOTICE_BY = RoomSetting(
    "notice_by", ("members", "owner"), "who sets and ends the notice: every member, or the owner"
)

_KEPT = ("room_id", "room_kind", "access_version", "message_id")

CONTEXT = Context(
    name="notices",
    service=CHAT,
    streams=(NOTICE, ERASURE.stream),
    lineage=databases.CHAT,
    paths=(Paths(FRONT, ("/chat/{roomId}/notice",)),),
    actions=(
        action(records.NoticeSet, CONVERSATION, ("creation",), *_KEPT),
        action(records.NoticeEdited, CONVERSATION, ("change",), *_KEPT),
        action(records.NoticeEnded, CONVERSATION, ("deletion",), *_KEPT),
        refusal(records.NoticeRefused, CONVERSATION, "room_id"),
    ),
    unkept={records.NoticeUnchanged: "it changed nothing"},
    erasure=ERASURE,
    room_settings=(NOTICE_BY,),
)
