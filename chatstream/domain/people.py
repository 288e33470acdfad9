"""What one account may decide about another: friends and blocks.

Both are one-sided, as in KakaoTalk: whoever adds a friend asks nobody, and whoever is blocked is
not told. A block takes its target off the blocker's own list of friends and touches no other list;
its end does not bring the friend back. Who is blocked does not find the blocker: adding them
answers as if they were not there.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from chatstream.domain.messages import is_storable
from chatstream.errors import ErrorCode, invalid

PREFIX_LENGTH = (2, 40)


class Act(StrEnum):
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


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing changes; whoever asked is told the code and the reason."""

    code: ErrorCode
    reason: str


def decide(act: Act, actor_id: str, target_id: str | None, ties: Ties) -> Refuse | bool:
    """True when the act changes something, False when it is so already, or why it may not be."""
    if target_id is None:
        return Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")
    if target_id == actor_id and act in (Act.ADD, Act.BLOCK):
        return Refuse(ErrorCode.CANNOT_ADD_SELF, "this is the own account")
    match act:
        case Act.ADD:
            return _decide_add(ties)
        case Act.REMOVE:
            return ties.is_friend
        case Act.BLOCK:
            return not ties.is_blocked
        case Act.UNBLOCK:
            return ties.is_blocked


def _decide_add(ties: Ties) -> Refuse | bool:
    if ties.is_friend:
        return False
    if ties.is_blocked:
        return Refuse(ErrorCode.BLOCKED, "the own block of this user must end first")
    if ties.is_blocked_by:
        return Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")
    return True


def apply(act: Act, ties: Ties) -> None:
    """Bring the ties to what they are after the act."""
    match act:
        case Act.ADD:
            ties.is_friend = True
        case Act.REMOVE:
            ties.is_friend = False
        case Act.BLOCK:
            ties.is_blocked, ties.is_friend = True, False
        case Act.UNBLOCK:
            ties.is_blocked = False


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
