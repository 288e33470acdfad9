"""Friends and blocks."""

from __future__ import annotations

from schemas import records
from schemas.actions import IAM, action
from schemas.context import Context
from schemas.databases import AUTH
from schemas.paths import Paths
from schemas.services import FRONT, FRONT_AUTH, USER
from schemas.streams import Key, stream

FRIEND = stream(
    "kakao.user.friend",
    Key.ACCOUNT,
    request=records.FriendRequest,
    response=records.FriendResponse,
)

CONTEXT = Context(
    name="friends",
    streams=(FRIEND,),
    service=USER,
    lineage=AUTH,
    paths=(
        Paths(FRONT, ("/friends",)),
        Paths(
            FRONT_AUTH,
            (
                "/user/blocks",
                "/user/blocks/{userId}",
                "/user/friends",
                "/user/friends/{userId}",
            ),
        ),
    ),
    actions=tuple(
        action(fact, IAM, ("user", "change"), "target_id")
        for fact in (
            records.FriendAdded,
            records.FriendRemoved,
            records.UserBlocked,
            records.UserUnblocked,
        )
    ),
)
