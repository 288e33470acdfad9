"""Who may make, enter, fill, change and leave a room: decisions over the state under its lock.

`decide_*` functions change nothing; they return what is to be stored and told. Applying the
decisions of a batch one after the other, each on the state the former left, is the caller's part
(`RoomState` is mutable for that).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.visible_text import check_visible
from chatstream.errors import ErrorCode, invalid

ROOM_NAME_LENGTH = 60
PARTICIPANTS_AT_ONCE = 100
SHOWN_MEMBERS = 100
_DIRECT_ROOMS = UUID("85749d61-bddd-4947-9a4c-f257ec8581a0")


@dataclass(frozen=True, slots=True)
class Person:
    """An account with the handle and name it has now."""

    account_id: str
    user_id: str
    name: str


@dataclass(slots=True)
class RoomState:
    """A room as far as a batch needs it.

    `members` holds only accounts the batch names. `elders` are the longest members, longest first:
    at least one more than the batch may remove, or all there are (none where it removes nobody).
    `head` is the seq of its newest message, `rev` the number of its latest change. `peers` are the
    two accounts of a direct room that is made. `settings` are what its owners have decided.
    """

    room_id: str
    kind: str
    name: str
    owner_id: str
    access_version: int
    member_count: int
    head: int = 0
    rev: int = 0
    peers: tuple[str, ...] = ()
    members: set[str] = field(default_factory=set)
    elders: list[Person] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    deleted: bool = False


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


@dataclass(frozen=True, slots=True)
class Rename:
    """The room has this name."""

    name: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """The member owns the room."""

    owner: Person


@dataclass(frozen=True, slots=True)
class Configure:
    """The room's setting has this value."""

    setting: str
    value: str


@dataclass(frozen=True, slots=True)
class Delete:
    """There is no such room any more."""


Change = Create | Join | Leave | Rename | HandOver | Configure | Delete

# Pairs (blocker's account id, blocked one's account id).
Blocks = Collection[tuple[str, str]]

NO_ROOM = Refuse(ErrorCode.ROOM_NOT_FOUND, "there is no such room")
NO_USER = Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")
GONE = Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is erased")


def direct_room_id(one: str, other: str) -> str:
    """The id of the direct room of two accounts, whichever of them asks."""
    return str(uuid5(_DIRECT_ROOMS, ":".join(sorted((one, other)))))


def check_room_name(text: object, *, required: bool) -> str:
    """The trimmed name; INVALID_INPUT when missing, too long, or against `visible_text`'s rule.

    Where none is required it may be empty.
    """
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise invalid("name", "must be a text")
    name = text.strip()
    if required and not name:
        raise invalid("name", "must not be empty")
    if len(name) > ROOM_NAME_LENGTH:
        raise invalid("name", "must have at most {most} characters", most=ROOM_NAME_LENGTH)
    if name:
        check_visible("name", name, lines=False)
    return name


def decide_create(
    room: RoomState | None,
    owner: Person,
    found: Mapping[str, Person],
    handles: tuple[str, ...],
    blocks: Blocks = (),
) -> Decision[Change]:
    """A new open room or group with the owner and the found handles.

    An unknown handle, or one that has blocked the owner, refuses the whole wish; the refusal names
    all of the first kind, else all of the second.
    """
    if room is not None:
        return Refuse(ErrorCode.INVALID_INPUT, "a room with this id is there already")
    unknown = tuple(handle for handle in handles if handle not in found)
    if unknown:
        return Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user", unknown)
    unwilling = tuple(
        handle for handle in handles if (found[handle].account_id, owner.account_id) in blocks
    )
    if unwilling:
        return Refuse(ErrorCode.BLOCKED, "this user does not want to be invited", unwilling)
    people = {person.account_id: person for person in (owner, *map(found.__getitem__, handles))}
    return Accept((Create(tuple(people.values())),))


def decide_direct(
    room: RoomState | None,
    room_id: str,
    actor: Person,
    other: Person | None,
    blocks: Blocks = (),
) -> Decision[Change]:
    """The direct room of the two: made, or found; whoever of them had left is a member again.

    Refused while one of them blocks the other, also when the room is there.
    """
    if other is None:
        return NO_USER
    if other.account_id == actor.account_id:
        return Refuse(ErrorCode.INVALID_INPUT, "a direct room needs another user")
    if room_id != direct_room_id(actor.account_id, other.account_id):
        return Refuse(ErrorCode.INVALID_INPUT, "the room's id is not that of these two")
    pair = (actor.account_id, other.account_id)
    if pair in blocks or pair[::-1] in blocks:
        return Refuse(ErrorCode.BLOCKED, "one of the two has blocked the other")
    if room is None:
        return Accept((Create((actor, other)),))
    gone = [person for person in (actor, other) if person.account_id not in room.members]
    return Accept(tuple(map(Join, gone))) if gone else Unchanged()


def decide_enter(room: RoomState | None, actor: Person) -> Decision[Change]:
    """A member enters; a stranger joins an open room and no other."""
    if room is None:
        return NO_ROOM
    if actor.account_id in room.members:
        return Unchanged()
    if room.kind == "open":
        return Accept((Join(actor),))
    return Refuse(ErrorCode.NOT_A_MEMBER, "only members may enter this room")


def decide_invite(
    room: RoomState | None, actor: Person, invitee: Person | None, blocks: Blocks = ()
) -> Decision[Change]:
    """Any member of a group or open room makes another a member; a direct room stays two.

    Nobody is invited by somebody they have blocked.
    """
    if room is None:
        return NO_ROOM
    if actor.account_id not in room.members:
        return Refuse(ErrorCode.NOT_A_MEMBER, "only members may invite")
    if room.kind == "direct":
        return Refuse(ErrorCode.ACCESS_DENIED, "nobody can be invited to a direct room")
    if invitee is None:
        return NO_USER
    if invitee.account_id in room.members:
        return Unchanged()
    if (invitee.account_id, actor.account_id) in blocks:
        return Refuse(ErrorCode.BLOCKED, "this user does not want to be invited")
    return Accept((Join(invitee),))


def decide_remove(room: RoomState | None, actor: Person, member: Person | None) -> Decision[Change]:
    """Oneself leaves; the owner removes others. Removing who is not there changes nothing.

    An owner who leaves hands over to the longest member; the last one to leave deletes the room.
    A direct room has no owner, and stays when both have left.
    """
    if room is None:
        return NO_ROOM
    if actor.account_id not in room.members:
        if member is not None and member.account_id == actor.account_id:
            return Unchanged()
        return Refuse(ErrorCode.NOT_A_MEMBER, "only members may do this")
    if member is None:
        return NO_USER
    if member.account_id != actor.account_id and not _owns(room, actor):
        return Refuse(ErrorCode.ACCESS_DENIED, "only the owner removes others")
    if member.account_id not in room.members:
        return Unchanged()
    return Accept((Leave(member), *_after_leave(room, member)))


def _after_leave(room: RoomState, member: Person) -> tuple[Change, ...]:
    if room.kind == "direct":
        return ()
    if room.member_count == 1:
        return (Delete(),)
    if room.owner_id != member.account_id:
        return ()
    heir = next((each for each in room.elders if each.account_id != member.account_id), None)
    return (HandOver(heir),) if heir else ()


def decide_change(
    room: RoomState | None,
    actor: Person,
    name: str | None,
    heir: Person | None,
    *,
    hands_over: bool,
    settings: Iterable[tuple[str, str]] = (),
) -> Decision[Change]:
    """The owner renames the room (None: it keeps its name), decides settings, hands it over.

    All of it or nothing; the settings are the contexts' and known to be good.
    """
    refusal = _refuse_unless_owner(room, actor)
    if refusal is not None or room is None:
        return refusal or NO_ROOM
    changes: list[Change] = []
    if name is not None and name != room.name:
        if room.kind == "open" and not name:
            return Refuse(ErrorCode.INVALID_INPUT, "an open room needs a name")
        changes.append(Rename(name))
    changes += [Configure(*each) for each in settings if room.settings.get(each[0]) != each[1]]
    if hands_over:
        if heir is None or heir.account_id not in room.members:
            return Refuse(ErrorCode.USER_NOT_FOUND, "the room has no such member")
        if heir.account_id != room.owner_id:
            changes.append(HandOver(heir))
    return Accept(tuple(changes)) if changes else Unchanged()


def decide_delete(room: RoomState | None, actor: Person) -> Decision[Change]:
    """The owner deletes the room."""
    return _refuse_unless_owner(room, actor) or Accept((Delete(),))


def _owns(room: RoomState, actor: Person) -> bool:
    return room.kind != "direct" and room.owner_id == actor.account_id


def _refuse_unless_owner(room: RoomState | None, actor: Person) -> Refuse | None:
    if room is None:
        return NO_ROOM
    if actor.account_id not in room.members:
        return Refuse(ErrorCode.NOT_A_MEMBER, "only members may do this")
    if not _owns(room, actor):
        return Refuse(ErrorCode.ACCESS_DENIED, "only the owner may do this")
    return None


def apply(room: RoomState, change: Change) -> None:
    """Bring the state to what it is after the change.

    The access version rises where somebody loses the right to read: a join takes it from nobody.
    """
    match change:
        case Create(people):
            if room.kind == "direct":
                room.peers = tuple(sorted(person.account_id for person in people))
            for person in people:
                apply(room, Join(person))
        case Join(person):
            room.members.add(person.account_id)
            room.elders.append(person)
            room.member_count += 1
        case Leave(person):
            room.members.discard(person.account_id)
            room.elders = [each for each in room.elders if each.account_id != person.account_id]
            room.member_count -= 1
            room.access_version += 1
        case Rename(name):
            room.name = name
        case HandOver(owner):
            room.owner_id = owner.account_id
        case Configure(setting, value):
            room.settings[setting] = value
        case Delete():
            room.deleted = True
            room.access_version += 1
