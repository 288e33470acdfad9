"""Who may make, enter, leave and fill a room: decisions over the state read under the room's lock.

`decide_*` functions change nothing; they return what is to be stored and told. Applying the
decisions of a batch one after the other, each on the state the former left, is the caller's part
(`RoomState` is mutable for that).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from chatstream.errors import ErrorCode, invalid

ROOM_NAME_LENGTH = 60
PARTICIPANTS_AT_ONCE = 100
SHOWN_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Person:
    """An account with the handle and name it has now."""

    account_id: str
    user_id: str
    name: str


@dataclass(slots=True)
class RoomState:
    """A room as far as a batch needs it: `members` holds only accounts the batch names."""

    room_id: str
    kind: str
    name: str
    owner_id: str
    access_version: int
    member_count: int
    members: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing changes; whoever asked is told the code and the reason."""

    code: ErrorCode
    reason: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing changes because it is so already; the asker is answered as after success."""


@dataclass(frozen=True, slots=True)
class Create:
    """The room comes to be, with its owner first and the other members after."""

    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """The person becomes a member."""

    person: Person


@dataclass(frozen=True, slots=True)
class Leave:
    """The person is a member no more."""

    person: Person


Decision = Refuse | Unchanged | Create | Join | Leave


def check_room_name(text: object, *, required: bool) -> str:
    """The trimmed name; INVALID_INPUT when too long, with control characters, or missing."""
    if text is None and not required:
        return ""
    if not isinstance(text, str):
        raise invalid("name", "must be a text")
    name = text.strip()
    if required and not name:
        raise invalid("name", "must not be empty")
    if len(name) > ROOM_NAME_LENGTH:
        raise invalid("name", f"must have at most {ROOM_NAME_LENGTH} characters")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise invalid("name", "must not contain control characters")
    return name


def decide_create(
    room: RoomState | None, owner: Person, found: dict[str, Person], handles: tuple[str, ...]
) -> Decision:
    """A new room with the owner and the found handles; an unknown handle refuses the whole wish."""
    if room is not None:
        return Refuse(ErrorCode.INVALID_INPUT, "a room with this id is there already")
    unknown = [handle for handle in handles if handle not in found]
    if unknown:
        return Refuse(ErrorCode.USER_NOT_FOUND, f"there is no user {unknown[0]}")
    people = {owner.account_id: owner}
    for handle in handles:
        people.setdefault(found[handle].account_id, found[handle])
    return Create(tuple(people.values()))


def decide_enter(room: RoomState | None, actor: Person) -> Decision:
    """A member enters; a stranger joins an open room and no other."""
    if room is None:
        return Refuse(ErrorCode.ROOM_NOT_FOUND, "there is no such room")
    if actor.account_id in room.members:
        return Unchanged()
    if room.kind == "open":
        return Join(actor)
    return Refuse(ErrorCode.NOT_A_MEMBER, "only members may enter this room")


def decide_invite(room: RoomState | None, actor: Person, invitee: Person | None) -> Decision:
    """Any member of a group or open room makes another a member; a direct room stays two."""
    if room is None:
        return Refuse(ErrorCode.ROOM_NOT_FOUND, "there is no such room")
    if actor.account_id not in room.members:
        return Refuse(ErrorCode.NOT_A_MEMBER, "only members may invite")
    if room.kind == "direct":
        return Refuse(ErrorCode.ACCESS_DENIED, "nobody can be invited to a direct room")
    if invitee is None:
        return Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")
    if invitee.account_id in room.members:
        return Unchanged()
    return Join(invitee)


def decide_remove(room: RoomState | None, actor: Person, member: Person | None) -> Decision:
    """Oneself leaves; the owner removes others. Removing who is not there changes nothing.

    When the owner leaves, the store makes the longest member the owner.
    """
    if room is None:
        return Refuse(ErrorCode.ROOM_NOT_FOUND, "there is no such room")
    if actor.account_id not in room.members:
        if member is not None and member.account_id == actor.account_id:
            return Unchanged()
        return Refuse(ErrorCode.NOT_A_MEMBER, "only members may do this")
    if member is None:
        return Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")
    if member.account_id != actor.account_id and room.owner_id != actor.account_id:
        return Refuse(ErrorCode.ACCESS_DENIED, "only the owner removes others")
    if member.account_id not in room.members:
        return Unchanged()
    return Leave(member)


def apply(room: RoomState, decision: Join | Leave) -> None:
    """Bring the state to what it is after the decision: count, members, access version.

    Only a leave raises the access version: a join never takes a right away from anybody.
    """
    if isinstance(decision, Join):
        room.members.add(decision.person.account_id)
        room.member_count += 1
    else:
        room.members.discard(decision.person.account_id)
        room.member_count -= 1
        room.access_version += 1
