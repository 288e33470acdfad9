"""Rooms and their members."""

from __future__ import annotations

from schemas import databases, records
from schemas.actions import IAM, action, refusal
from schemas.context import Context
from schemas.contexts import friends
from schemas.erasure import ErasureStep
from schemas.paths import Paths
from schemas.services import CHAT, FRONT
from schemas.streams import Key, stream

ROOM = stream(
    "kakao.chat.chatRoom",
    Key.ROOM,
    kept_in="room_facts",
    request=records.RoomRequest,
    response=records.RoomResponse,
)

# Every room is left, and all that is the account's alone forgotten: for the whole service.
# Behind friends: no block of the account or against it, which chat copies, is told after that.
ERASURE = ErasureStep(
    "chat", records.EraseInChat, records.ErasedInChat, after=(friends.ERASURE.name,)
)

_CHANGE = ("group", "change")
_KEPT = ("room_id", "member_count", "access_version")

CONTEXT = Context(
    name="rooms",
    streams=(ROOM, ERASURE.stream),
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
    actions=(
        action(
            records.RoomCreated,
            IAM,
            ("group", "creation"),
            *_KEPT,
            at="created_at",
            room_kind="kind",
        ),
        action(records.MemberJoined, IAM, _CHANGE, *_KEPT, target_id="member.account_id"),
        action(records.MemberLeft, IAM, _CHANGE, *_KEPT, target_id="member.account_id"),
        action(records.OwnerChanged, IAM, _CHANGE, *_KEPT, target_id="owner.account_id"),
        action(records.RoomRenamed, IAM, _CHANGE, *_KEPT),
        action(records.RoomConfigured, IAM, _CHANGE, *_KEPT),
        action(records.RoomDeleted, IAM, ("group", "deletion"), *_KEPT),
        refusal(records.RoomRefused, IAM, "room_id"),
    ),
    unkept={records.RoomEntered: "it changed nothing"},
    erasure=ERASURE,
)
