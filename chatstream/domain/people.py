"""What one account may decide about another: friends and blocks.

Both are one-sided, as in KakaoTalk: whoever adds a friend asks nobody, and whoever is blocked is
not told. A block takes its target off the blocker's own list of friends and touches no other list;
its end does not bring the friend back. Who is blocked does not find the blocker: adding them
answers as if they were not there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.messages import is_storable
from chatstream.errors import ErrorCode, invalid

PREFIX_LENGTH = (2, 40)


class FriendAct(StrEnum):
    """A change that an account makes about another; the value is the fact's type."""

    ADD = "friendAdded"
    REMOVE = "friendRemoved"
    BLOCK = "userBlocked"
    UNBLOCK = "userUnblocked"


@dataclass(slots=True)
class Ties:
    """What holds between the actor and the target; mutable, so that a batch builds on itself."""

    is_friend: bool = False
    is_blocked: bool = False
    is_blocked_by: bool = False


GONE = Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is gone")
_NO_USER = Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")


def decide(act: FriendAct, actor_id: str, target_id: str | None, ties: Ties) -> Decision[FriendAct]:
    """Whether the act changes something, is so already, or may not be."""
    if target_id is None:
        return _NO_USER
    if target_id == actor_id and act in (FriendAct.ADD, FriendAct.BLOCK):
        return Refuse(ErrorCode.CANNOT_ADD_SELF, "this is the own account")
    is_so = {
        FriendAct.ADD: ties.is_friend,
        FriendAct.REMOVE: not ties.is_friend,
        FriendAct.BLOCK: ties.is_blocked,
        FriendAct.UNBLOCK: not ties.is_blocked,
    }
    if is_so[act]:
        return Unchanged()
    if act is FriendAct.ADD and ties.is_blocked:
        return Refuse(ErrorCode.BLOCKED, "the own block of this user must end first")
    if act is FriendAct.ADD and ties.is_blocked_by:
        return _NO_USER
    return Accept((act,))


def apply(act: FriendAct, ties: Ties) -> None:
    """Bring the ties to what they are after the act."""
    match act:
        case FriendAct.ADD:
            ties.is_friend = True
        case FriendAct.REMOVE:
            ties.is_friend = False
        case FriendAct.BLOCK:
            ties.is_blocked, ties.is_friend = True, False
        case FriendAct.UNBLOCK:
            ties.is_blocked = False


# (the actor's account id, the target's)
Pair = tuple[str, str]


@dataclass(slots=True)
class Circle:
    """People that a batch names (handles by account id) and their ties, wish after wish.

    `ties` has every pair of actor and target that the batch names; `changed` those that differ.
    """

    handles: Mapping[str, str]
    ties: dict[Pair, Ties]
    changed: dict[Pair, Ties] = field(default_factory=dict)

    def decide(self, act: FriendAct, actor_id: str, target_id: str | None) -> Decision[FriendAct]:
        """Judge an act, on the ties that the former ones left."""
        if actor_id not in self.handles:
            return GONE
        return decide(act, actor_id, target_id, self.ties.get((actor_id, target_id or ""), Ties()))

    def apply(self, act: FriendAct, actor_id: str, target_id: str) -> None:
        """Carry out what was accepted; a block is seen from the other side at once."""
        ties = self.changed[actor_id, target_id] = self.ties[actor_id, target_id]
        apply(act, ties)
        if (target_id, actor_id) in self.ties:
            self.ties[target_id, actor_id].is_blocked_by = ties.is_blocked


def search_prefix(text: str) -> str:
    """What people are looked up by: trimmed, an `@` before a handle dropped, composed.

    INVALID_INPUT naming `q` unless 2 to 40 characters are left. Upper and lower case are the
    store's matter, which compares names without it.
    """
    least, most = PREFIX_LENGTH
    prefix = unicodedata.normalize("NFC", text.strip().removeprefix("@").strip())
    if not least <= len(prefix) <= most or not is_storable(prefix):
        raise invalid("q", "must have 2 to 40 characters")
    return prefix
