"""Reading: how far members have read, and who writes just now."""

from __future__ import annotations

from schemas import databases, records
from schemas.actions import CONVERSATION, refusal
from schemas.context import Context
from schemas.paths import Paths
from schemas.services import CHAT, FRONT
from schemas.streams import MINUTE, Key, Kind, stream

READ = stream(
    "kakao.chat.readPosition", Key.ROOM, request=records.ReadRequest, response=records.ReadResponse
)
TYPING = stream(
    "kakao.chat.typing", Key.ROOM, event=records.MemberTyping, retention={Kind.EVENT: MINUTE}
)

CONTEXT = Context(
    name="reading",
    streams=(READ, TYPING),
    service=CHAT,
    lineage=databases.CHAT,
    paths=(Paths(FRONT, ("/chat/{roomId}/read",)),),
    actions=(refusal(records.MoveRefused, CONVERSATION, "room_id"),),
    unkept={
        records.PositionsMoved: "a state without a number: wishes that come again are told in other"
        " groups, so what is counted of them would not be true; Postgres has the positions"
    },
)
