"""Friends and blocks."""

from __future__ import annotations

from schemas import databases, records, services
from schemas.actions import IAM, action, refusal
from schemas.context import Context
from schemas.erasure import ErasureStep
from schemas.paths import Paths
from schemas.services import FRONT, FRONT_AUTH
from schemas.streams import Key, stream

FRIEND = stream(
    "kakao.user.friend",
    Key.ACCOUNT,
    request=records.FriendRequest,
    response=records.FriendResponse,
)

# Ties go, the account's own and those of others to it, and its handle from the facts.
ERASURE = ErasureStep("friend", records.EraseInFriend, records.ErasedInFriend)

CONTEXT = Context(
    name="friends",
    streams=(FRIEND, ERASURE.stream),
    service=services.FRIEND,
    lineage=databases.FRIEND,
    paths=(
        Paths(FRONT, ("/friends",)),
        Paths(
            FRONT_AUTH,
            (
                "/user/blocks",
                "/user/blocks/{userId}",
                "/user/friends",
                "/user/friends/{userId}",
                "/user/search",
            ),
        ),
    ),
    actions=(
        *(
            action(fact, IAM, ("user", "change"), "target_id")
            for fact in (
                records.FriendAdded,
                records.FriendRemoved,
                records.UserBlocked,
                records.UserUnblocked,
            )
        ),
        refusal(records.FriendRefused, IAM),
    ),
    unkept={records.FriendUnchanged: "it changed nothing"},
    erasure=ERASURE,
)
