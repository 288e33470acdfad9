"""kakao.chat.chatRoom: wishes about rooms and their members, and what became of them."""

from __future__ import annotations

import msgspec

from schemas.records.base import (
    AnswerRecord,
    Handle,
    Member,
    PersonName,
    RequestRecord,
    RoomKind,
    RoomText,
    Uuid,
)


class RoomWish(RequestRecord, frozen=True, kw_only=True):
    """What every room wish has: who asks, which room, and the id that answers name."""

    room_id: Uuid
    user_id: Handle
    user_name: PersonName
    requested_at: str

    @property
    def key(self) -> str:
        """The room."""
        return self.room_id


class CreateRoom(RoomWish, frozen=True, kw_only=True, tag="createRoom"):
    """Make a room; `participants` are handles that become members with it.

    A direct room has one, no name, and the id that its two accounts give.
    """

    kind: RoomKind
    name: RoomText
    participants: tuple[Handle, ...] = ()


class EnterRoom(RoomWish, frozen=True, kw_only=True, tag="enterRoom"):
    """Enter: a member enters, a stranger joins an open room."""


class InviteMember(RoomWish, frozen=True, kw_only=True, tag="inviteMember"):
    """A member of a group makes `inviteeUserId` (a handle) a member."""

    invitee_user_id: Handle


class RemoveMember(RoomWish, frozen=True, kw_only=True, tag="removeMember"):
    """Leave (oneself), or the owner removes `memberUserId` (a handle)."""

    member_user_id: Handle


class ChangeRoom(RoomWish, frozen=True, kw_only=True, tag="changeRoom"):
    """The owner renames the room, or makes another member (a handle) the owner; null: no change.

    `settings`: what the owner decides, by the names of the contexts' room settings.
    """

    name: RoomText | None = None
    owner_user_id: Handle | None = None
    settings: dict[str, str] = msgspec.field(default_factory=dict)


class DeleteRoom(RoomWish, frozen=True, kw_only=True, tag="deleteRoom"):
    """The owner deletes the room."""


class EraseMember(RoomWish, frozen=True, kw_only=True, tag="eraseMember"):
    """An erased account leaves, without its handle and name; the wish of its erasure's saga."""


class RoomOutcome(AnswerRecord, frozen=True, kw_only=True):
    """What every answer about a room has: the wish it answers and who asked."""

    room_id: str


class RoomHappened(RoomOutcome, frozen=True, kw_only=True):
    """Fact: a line of the room's history, behind message `seq` (0: before the first).

    `rev` is its number among the changes of the room. Facts from before lines were kept have null.
    """

    fact_no: int
    member_count: int
    access_version: int
    at: str
    seq: int | None = None
    rev: int | None = None


class RoomCreated(RoomOutcome, frozen=True, kw_only=True, tag="roomCreated"):
    """Fact: the room exists with all of these members, the owner first."""

    fact_no: int
    kind: RoomKind
    name: RoomText
    owner: Member
    members: tuple[Member, ...]
    member_count: int
    access_version: int
    created_at: str


class MemberJoined(RoomHappened, frozen=True, kw_only=True, tag="memberJoined"):
    """Fact: `member` is in the room; `accountId` is who invited, or the member itself.

    `seq` is the room's newest message then: the member counts it and what is older as read.
    """

    member: Member


class MemberLeft(RoomHappened, frozen=True, kw_only=True, tag="memberLeft"):
    """Fact: `member` is out; `accountId` is who removed, or the member itself."""

    member: Member


class RoomRenamed(RoomHappened, frozen=True, kw_only=True, tag="roomRenamed"):
    """Fact: the room has this name; `accountId` is who renamed it, `member` as it was called.

    Facts from before lines were kept have null.
    """

    name: RoomText
    member: Member | None = None


class OwnerChanged(RoomHappened, frozen=True, kw_only=True, tag="ownerChanged"):
    """Fact: `owner` owns the room; `accountId` is who handed it over, or left it."""

    owner: Member


class RoomConfigured(RoomOutcome, frozen=True, kw_only=True, tag="roomConfigured"):
    """Fact: the room's `setting` is this `value`, as `accountId`, its owner, decided."""

    fact_no: int
    setting: str
    value: str
    member_count: int
    access_version: int
    at: str


class RoomDeleted(RoomOutcome, frozen=True, kw_only=True, tag="roomDeleted"):
    """Fact: there is no such room any more; nobody is a member of it."""

    fact_no: int
    member_count: int
    access_version: int
    at: str


class RoomEntered(RoomOutcome, frozen=True, kw_only=True, tag="roomEntered"):
    """Answer without a change: it was so already, for example the account was a member."""

    member_count: int
    access_version: int
    at: str


class RoomRefused(RoomOutcome, frozen=True, kw_only=True, tag="roomRefused"):
    """Outcome of a room wish that changed nothing; `userIds` of the wish are what it is about."""

    code: str
    reason: str
    at: str
    user_ids: tuple[Handle, ...] = ()


RoomRequest = (
    CreateRoom | EnterRoom | InviteMember | RemoveMember | ChangeRoom | DeleteRoom | EraseMember
)
RoomFact = (
    RoomCreated
    | MemberJoined
    | MemberLeft
    | RoomRenamed
    | OwnerChanged
    | RoomConfigured
    | RoomDeleted
)
RoomResponse = RoomFact | RoomEntered | RoomRefused
