"""kakao.user.friend: friends and blocks."""

from __future__ import annotations

from collections.abc import Mapping

from chatstream.domain.people import FriendAct
from chatstream.ports.people import FriendChange
from schemas.records.base import AnswerRecord, FactRecord, Handle, RequestRecord


class FriendWish(RequestRecord, frozen=True, kw_only=True):
    """What every wish about another person has: who asks, and about whom (a handle)."""

    user_id: Handle
    target_user_id: Handle
    requested_at: str


class AddFriend(FriendWish, frozen=True, kw_only=True, tag="addFriend"):
    """Put somebody on one's own list of friends."""


class RemoveFriend(FriendWish, frozen=True, kw_only=True, tag="removeFriend"):
    """Take somebody off one's own list of friends."""


class BlockUser(FriendWish, frozen=True, kw_only=True, tag="blockUser"):
    """Block somebody; who is blocked leaves one's list of friends."""


class UnblockUser(FriendWish, frozen=True, kw_only=True, tag="unblockUser"):
    """End a block; a friendship that the block ended stays ended."""


class FriendFact(FactRecord, frozen=True, kw_only=True):
    """What every accepted change has: who did it, and to whom."""

    user_id: Handle
    target_id: str
    target_user_id: Handle
    at: str


class FriendAdded(FriendFact, frozen=True, kw_only=True, tag="friendAdded"):
    """Fact: the target is on the account's list of friends."""


class FriendRemoved(FriendFact, frozen=True, kw_only=True, tag="friendRemoved"):
    """Fact: the target is off the account's list of friends."""


class UserBlocked(FriendFact, frozen=True, kw_only=True, tag="userBlocked"):
    """Fact: the account blocks the target, and the target is no friend of it any more."""


class UserUnblocked(FriendFact, frozen=True, kw_only=True, tag="userUnblocked"):
    """Fact: the account blocks the target no more."""


class FriendUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="friendUnchanged"):
    """Answer without a change: it is so already."""

    at: str


class FriendRefused(AnswerRecord, frozen=True, kw_only=True, tag="friendRefused"):
    """Outcome of a wish that was refused."""

    code: str
    reason: str
    at: str


FriendRequest = AddFriend | RemoveFriend | BlockUser | UnblockUser
FriendResponse = (
    FriendAdded | FriendRemoved | UserBlocked | UserUnblocked | FriendUnchanged | FriendRefused
)

_FACTS: Mapping[FriendAct, type[FriendAdded | FriendRemoved | UserBlocked | UserUnblocked]] = {
    FriendAct.ADD: FriendAdded,
    FriendAct.REMOVE: FriendRemoved,
    FriendAct.BLOCK: UserBlocked,
    FriendAct.UNBLOCK: UserUnblocked,
}


def friend_fact(
    request_id: str, account_id: str, change: FriendChange
) -> FriendAdded | FriendRemoved | UserBlocked | UserUnblocked:
    """The record of a stored change."""
    return _FACTS[change.act](
        request_id=request_id,
        account_id=account_id,
        fact_no=change.fact_no,
        user_id=change.user_id,
        target_id=change.target_id,
        target_user_id=change.target_user_id,
        at=change.at,
    )
