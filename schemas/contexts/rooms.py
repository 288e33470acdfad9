"""Rooms and their members."""

from __future__ import annotations

from schemas import databases, records
from schemas.context import Context
from schemas.paths import Paths
from schemas.services import CHAT, FRONT
from schemas.streams import Key, stream

ROOM = stream(
    "kakao.chat.chatRoom", Key.ROOM, request=records.RoomRequest, response=records.RoomResponse
)

CONTEXT = Context(
    name="rooms",
    streams=(ROOM,),
    service=CHAT,
    lineage=databases.CHAT,
    paths=(
        Paths(
            FRONT,
            (
                "/chat",
                "/chat/open",
                "/chat/{roomId}",
                "/chat/{roomId}/participants",
                "/chat/{roomId}/participants/{userId}",
                "/rooms",
                "/rooms/{room_id}",
            ),
        ),
    ),
)
