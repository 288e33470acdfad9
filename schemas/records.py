"""The records on the topics: msgspec structs, JSON with camelCase names, told apart by `type`.

Every record has a `schemaVersion`; a reader ignores fields it does not know. Times are RFC 3339
UTC with milliseconds, as text. Ids are lower-case UUID text. `accountId` is the identity;
`userId` is the handle and `userName` the shown name at that moment.

A fact carries `factNo`, dense per (RESPONSE topic, partition), given by the transaction that stored
it; a re-emission carries the same number. A refusal or an answer without a change has none.
`accessVersion` rises with every change of who may read a room.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from chatstream.ports import messages as ports


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """Base of all records."""

    schema_version: int = 1


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """An account as shown in a room."""

    account_id: str
    user_id: str
    name: str


class Quote(msgspec.Struct, frozen=True, rename="camel"):
    """The message that a reply answers: its first 100 characters, null when it is deleted."""

    message_id: str
    seq: int
    user_id: str | None
    user_name: str | None
    message: str | None


class Mention(msgspec.Struct, frozen=True, rename="camel"):
    """A member who is mentioned, with the present name; an erased one has no handle."""

    user_id: str | None
    name: str | None


RoomKind = Literal["open", "group", "direct"]


# -- kakao.chat.chatMessage ------------------------------------------------------------------


class SendMessage(Record, frozen=True, kw_only=True, tag="sendMessage"):
    """A wish to say `message` in a room; (room, account, messageId) is its identity for ever."""

    room_id: str
    account_id: str
    user_id: str
    user_name: str
    message_id: str
    message: str
    requested_at: str
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()


class MessageChange(Record, frozen=True, kw_only=True):
    """What the wishes about a stored message have: who asks, which one; `requestId` is theirs."""

    request_id: str
    room_id: str
    account_id: str
    message_id: str
    requested_at: str


class EditMessage(MessageChange, frozen=True, kw_only=True, tag="editMessage"):
    """A wish that an own message says `message` from now on."""

    message: str


class DeleteMessage(MessageChange, frozen=True, kw_only=True, tag="deleteMessage"):
    """A wish to delete an own message for everybody."""


class MessageStored(Record, frozen=True, kw_only=True, tag="messageStored"):
    """Fact: the message is in Postgres. `seq` is dense per room, `rev` is the fact number.

    `unread` counts the members who had not read it at that moment (null: too many members).
    `repeated` says that this wish found its message stored already: everything else is the same.
    `formerRev` is the room's fact before this one, 0 where that is not known (a repeat).
    """

    fact_no: int
    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: str
    user_name: str
    message: str
    created_at: str
    access_version: int
    room_kind: RoomKind
    unread: int | None = None
    repeated: bool = False
    former_rev: int = 0
    reply_to: Quote | None = None
    mentions: tuple[Mention, ...] = ()


class MessageRefused(Record, frozen=True, kw_only=True, tag="messageRefused"):
    """Outcome of a wish that was not stored; the same id may be sent again and is judged anew.

    `reason` of MESSAGE_REFUSED names the rule (`muted`, `rate`, `repeat`, `banned_word`, …),
    `until` is when waiting helps, `cause` the rule that led to a mute.
    """

    room_id: str
    account_id: str
    message_id: str
    code: str
    reason: str
    at: str
    until: str | None = None
    cause: str | None = None


class MessageRevised(Record, frozen=True, kw_only=True):
    """What both facts about a stored message have: its present state and the text it had before.

    `seq` and `createdAt` are the message's, `lastSeq` is the room's newest; `formerRev` is the
    room's fact before this one, 0 where that is not known (a repeat).
    """

    fact_no: int
    request_id: str
    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: str
    user_name: str
    former: str
    created_at: str
    access_version: int
    room_kind: RoomKind
    last_seq: int
    unread: int | None = None
    former_rev: int = 0


class MessageEdited(MessageRevised, frozen=True, kw_only=True, tag="messageEdited"):
    """Fact: the message says `message` since `editedAt`."""

    message: str
    edited_at: str
    reply_to: Quote | None = None
    mentions: tuple[Mention, ...] = ()


class MessageDeleted(MessageRevised, frozen=True, kw_only=True, tag="messageDeleted"):
    """Fact: the message has no text since `deletedAt`; its place in the room stays."""

    deleted_at: str


class MessageUnchanged(Record, frozen=True, kw_only=True, tag="messageUnchanged"):
    """Answer without a change: the message was so already."""

    request_id: str
    room_id: str
    account_id: str
    message_id: str
    seq: int
    at: str


class ChangeRefused(Record, frozen=True, kw_only=True, tag="changeRefused"):
    """Outcome of a wish to edit or delete that changed nothing; as of MessageRefused."""

    request_id: str
    room_id: str
    account_id: str
    message_id: str
    code: str
    reason: str
    at: str
    until: str | None = None
    cause: str | None = None


MessageRequest = SendMessage | EditMessage | DeleteMessage
MessageResponse = (
    MessageStored
    | MessageEdited
    | MessageDeleted
    | MessageUnchanged
    | MessageRefused
    | ChangeRefused
)


# -- kakao.chat.chatRoom ---------------------------------------------------------------------


class RoomWish(Record, frozen=True, kw_only=True):
    """What every room wish has: who asks, which room, and the id that answers name."""

    request_id: str
    room_id: str
    account_id: str
    user_id: str
    user_name: str
    requested_at: str


class CreateRoom(RoomWish, frozen=True, kw_only=True, tag="createRoom"):
    """Make a room; `participants` are handles that become members with it.

    A direct room has one, no name, and the id that its two accounts give.
    """

    kind: RoomKind
    name: str
    participants: tuple[str, ...] = ()


class EnterRoom(RoomWish, frozen=True, kw_only=True, tag="enterRoom"):
    """Enter: a member enters, a stranger joins an open room."""


class InviteMember(RoomWish, frozen=True, kw_only=True, tag="inviteMember"):
    """A member of a group makes `inviteeUserId` (a handle) a member."""

    invitee_user_id: str


class RemoveMember(RoomWish, frozen=True, kw_only=True, tag="removeMember"):
    """Leave (oneself), or the owner removes `memberUserId` (a handle)."""

    member_user_id: str


class ChangeRoom(RoomWish, frozen=True, kw_only=True, tag="changeRoom"):
    """The owner renames the room, or makes another member (a handle) the owner; null: no change."""

    name: str | None = None
    owner_user_id: str | None = None


class DeleteRoom(RoomWish, frozen=True, kw_only=True, tag="deleteRoom"):
    """The owner deletes the room."""


class EraseMember(RoomWish, frozen=True, kw_only=True, tag="eraseMember"):
    """An erased account leaves, without its handle and name; the wish of its erasure's saga."""


class RoomOutcome(Record, frozen=True, kw_only=True):
    """What every answer about a room has: the wish it answers and who asked."""

    request_id: str
    room_id: str
    account_id: str


class RoomCreated(RoomOutcome, frozen=True, kw_only=True, tag="roomCreated"):
    """Fact: the room exists with these members (the owner first, the first 100)."""

    fact_no: int
    kind: RoomKind
    name: str
    owner: Member
    members: tuple[Member, ...]
    member_count: int
    access_version: int
    created_at: str


class MemberJoined(RoomOutcome, frozen=True, kw_only=True, tag="memberJoined"):
    """Fact: `member` is in the room; `accountId` is who invited, or the member itself.

    `seq` is the room's newest message then: the member counts it and what is older as read. Facts
    from before that was told have null.
    """

    fact_no: int
    member: Member
    member_count: int
    access_version: int
    at: str
    seq: int | None = None


class MemberLeft(RoomOutcome, frozen=True, kw_only=True, tag="memberLeft"):
    """Fact: `member` is out; `accountId` is who removed, or the member itself."""

    fact_no: int
    member: Member
    member_count: int
    access_version: int
    at: str


class RoomRenamed(RoomOutcome, frozen=True, kw_only=True, tag="roomRenamed"):
    """Fact: the room has this name; `accountId` is who renamed it."""

    fact_no: int
    name: str
    member_count: int
    access_version: int
    at: str


class OwnerChanged(RoomOutcome, frozen=True, kw_only=True, tag="ownerChanged"):
    """Fact: `owner` owns the room; `accountId` is who handed it over, or left it."""

    fact_no: int
    owner: Member
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
    """Outcome of a room wish that changed nothing."""

    code: str
    reason: str
    at: str


RoomRequest = (
    CreateRoom | EnterRoom | InviteMember | RemoveMember | ChangeRoom | DeleteRoom | EraseMember
)
RoomFact = RoomCreated | MemberJoined | MemberLeft | RoomRenamed | OwnerChanged | RoomDeleted
RoomResponse = RoomFact | RoomEntered | RoomRefused


# -- kakao.chat.readPosition -----------------------------------------------------------------


class MoveReadPosition(Record, frozen=True, kw_only=True, tag="moveReadPosition"):
    """A wish to have read a room up to `seq`; the front sends one a second of each member."""

    request_id: str
    room_id: str
    account_id: str
    seq: int
    requested_at: str


class ReadPosition(msgspec.Struct, frozen=True, rename="camel"):
    """A member has read up to `seq`; an erased account has no handle."""

    account_id: str
    user_id: str | None
    seq: int


class MoveAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A wish is done: the account's position is `seq` now."""

    request_id: str
    account_id: str
    seq: int


class PositionsMoved(Record, frozen=True, kw_only=True, tag="positionsMoved"):
    """What a second's wishes made of a room's positions; no fact number, a repeat changes nothing.

    `moved` counts the positions that moved; `positions` is empty in rooms of over 100 members.
    """

    room_id: str
    positions: tuple[ReadPosition, ...]
    moved: int
    answers: tuple[MoveAnswer, ...]
    access_version: int
    at: str


class MoveRefused(Record, frozen=True, kw_only=True, tag="moveRefused"):
    """Outcome of a wish of somebody who is no member, or about a room that is none."""

    request_id: str
    room_id: str
    account_id: str
    code: str
    reason: str
    at: str


ReadRequest = MoveReadPosition
ReadResponse = PositionsMoved | MoveRefused


# -- kakao.chat.savedMessage -----------------------------------------------------------------


class SavedWish(Record, frozen=True, kw_only=True):
    """What every wish about a saved message has."""

    request_id: str
    room_id: str
    account_id: str
    message_id: str
    requested_at: str


class SaveMessage(SavedWish, frozen=True, kw_only=True, tag="saveMessage"):
    """A wish to keep a message for oneself."""


class UnsaveMessage(SavedWish, frozen=True, kw_only=True, tag="unsaveMessage"):
    """A wish to keep it no longer."""


class SavedOutcome(Record, frozen=True, kw_only=True):
    """What every outcome has: the wish it answers, and the message."""

    request_id: str
    room_id: str
    account_id: str
    message_id: str


class MessageSaved(SavedOutcome, frozen=True, kw_only=True, tag="messageSaved"):
    """The account keeps the message, since `savedAt`; no fact number, a repeat changes nothing."""

    saved_at: str


class MessageUnsaved(SavedOutcome, frozen=True, kw_only=True, tag="messageUnsaved"):
    """The account does not keep the message."""

    at: str


class SaveRefused(SavedOutcome, frozen=True, kw_only=True, tag="saveRefused"):
    """Outcome of a wish that changed nothing."""

    code: str
    reason: str
    at: str


SavedRequest = SaveMessage | UnsaveMessage
SavedResponse = MessageSaved | MessageUnsaved | SaveRefused


# -- kakao.chat.typing -----------------------------------------------------------------------


class MemberTyping(Record, frozen=True, kw_only=True, tag="memberTyping"):
    """A member writes something just now; kept nowhere, and of no use a few seconds later."""

    room_id: str
    account_id: str
    user_id: str
    user_name: str
    access_version: int
    at: str


# -- kakao.user.account ----------------------------------------------------------------------


class CreateAccount(Record, frozen=True, kw_only=True, tag="createAccount"):
    """A signup. `sealedHash` is the bcrypt hash, sealed so that only the user service opens it."""

    request_id: str
    account_id: str
    user_id: str
    name: str
    sealed_hash: str
    requested_at: str


class AccountCreated(Record, frozen=True, kw_only=True, tag="accountCreated"):
    """Fact: the account exists."""

    fact_no: int
    request_id: str
    account_id: str
    user_id: str
    name: str
    created_at: str


class AccountRefused(Record, frozen=True, kw_only=True, tag="accountRefused"):
    """Outcome of a signup or a change that was refused, for example a handle that is taken."""

    request_id: str
    account_id: str
    user_id: str
    code: str
    reason: str
    at: str


class ChangeProfile(Record, frozen=True, kw_only=True, tag="changeProfile"):
    """A wish to be shown under another name."""

    request_id: str
    account_id: str
    user_id: str
    name: str
    requested_at: str


class ProfileChanged(Record, frozen=True, kw_only=True, tag="profileChanged"):
    """Fact: the account is shown under this name from now on, in what it said before too."""

    fact_no: int
    request_id: str
    account_id: str
    user_id: str
    name: str
    at: str


class ProfileUnchanged(Record, frozen=True, kw_only=True, tag="profileUnchanged"):
    """Answer without a change: the account has this name already."""

    request_id: str
    account_id: str
    at: str


class EraseAccount(Record, frozen=True, kw_only=True, tag="eraseAccount"):
    """An account's wish to be erased; `requestId` becomes the id of the saga."""

    request_id: str
    account_id: str
    requested_at: str


class AccountErased(Record, frozen=True, kw_only=True, tag="accountErased"):
    """Fact: the account is a tombstone; the saga erases what the other contexts hold."""

    fact_no: int
    request_id: str
    account_id: str
    saga_id: str
    at: str


AccountRequest = CreateAccount | ChangeProfile | EraseAccount
AccountResponse = (
    AccountCreated | ProfileChanged | ProfileUnchanged | AccountErased | AccountRefused
)


# -- kakao.user.friend -----------------------------------------------------------------------


class FriendWish(Record, frozen=True, kw_only=True):
    """What every wish about another person has: who asks, and about whom (a handle)."""

    request_id: str
    account_id: str
    user_id: str
    target_user_id: str
    requested_at: str


class AddFriend(FriendWish, frozen=True, kw_only=True, tag="addFriend"):
    """Put somebody on one's own list of friends."""


class RemoveFriend(FriendWish, frozen=True, kw_only=True, tag="removeFriend"):
    """Take somebody off one's own list of friends."""


class BlockUser(FriendWish, frozen=True, kw_only=True, tag="blockUser"):
    """Block somebody; who is blocked leaves one's list of friends."""


class UnblockUser(FriendWish, frozen=True, kw_only=True, tag="unblockUser"):
    """End a block; a friendship that the block ended stays ended."""


class FriendOutcome(Record, frozen=True, kw_only=True):
    """What every answer to such a wish has: the wish it answers and who asked."""

    request_id: str
    account_id: str


class FriendFact(FriendOutcome, frozen=True, kw_only=True):
    """What every accepted change has: who did it, and to whom."""

    fact_no: int
    user_id: str
    target_id: str
    target_user_id: str
    at: str


class FriendAdded(FriendFact, frozen=True, kw_only=True, tag="friendAdded"):
    """Fact: the target is on the account's list of friends."""


class FriendRemoved(FriendFact, frozen=True, kw_only=True, tag="friendRemoved"):
    """Fact: the target is off the account's list of friends."""


class UserBlocked(FriendFact, frozen=True, kw_only=True, tag="userBlocked"):
    """Fact: the account blocks the target, and the target is no friend of it any more."""


class UserUnblocked(FriendFact, frozen=True, kw_only=True, tag="userUnblocked"):
    """Fact: the account blocks the target no more."""


class FriendUnchanged(FriendOutcome, frozen=True, kw_only=True, tag="friendUnchanged"):
    """Answer without a change: it is so already."""

    at: str


class FriendRefused(FriendOutcome, frozen=True, kw_only=True, tag="friendRefused"):
    """Outcome of a wish that was refused."""

    code: str
    reason: str
    at: str


FriendRequest = AddFriend | RemoveFriend | BlockUser | UnblockUser
FriendResponse = (
    FriendAdded | FriendRemoved | UserBlocked | UserUnblocked | FriendUnchanged | FriendRefused
)


# -- kakao.<context>.erasure -----------------------------------------------------------------


class EraseStep(Record, frozen=True, kw_only=True):
    """A saga asks a context for its part, for the `attempt`-th time.

    `upto`: end offsets by topic, in the order of the partitions, that must have been read first.
    """

    saga_id: str
    account_id: str
    step: str
    attempt: int
    upto: dict[str, tuple[int, ...]]
    at: str


class StepReported(Record, frozen=True, kw_only=True):
    """What an attempt did: `erased` counts by kind; `problem` says why it is not `done`."""

    saga_id: str
    account_id: str
    step: str
    attempt: int
    done: bool
    problem: str
    erased: dict[str, int]
    at: str


class EraseInChat(EraseStep, frozen=True, kw_only=True, tag="eraseInChat"):
    """The chat service's step: leave every room, keep nothing of the account's own."""


class EraseInStats(EraseStep, frozen=True, kw_only=True, tag="eraseInStats"):
    """The stats service's step: have read everything from before."""


class EraseInLog(EraseStep, frozen=True, kw_only=True, tag="eraseInLog"):
    """The log service's step: have read everything from before, then take the names out."""


class ErasedInChat(StepReported, frozen=True, kw_only=True, tag="erasedInChat"):
    """What the chat service did."""


class ErasedInStats(StepReported, frozen=True, kw_only=True, tag="erasedInStats"):
    """What the stats service did."""


class ErasedInLog(StepReported, frozen=True, kw_only=True, tag="erasedInLog"):
    """What the log service did."""


ErasureResponse = ErasedInChat | ErasedInStats | ErasedInLog


# -- kakao.user.session ----------------------------------------------------------------------


class SessionRevoked(Record, frozen=True, kw_only=True, tag="sessionRevoked"):
    """A login ended: access tokens with this `sid` are void; forget it after `expiresAt`."""

    sid: str
    account_id: str
    revoked_at: str
    expires_at: str


SessionResponse = SessionRevoked


# -- kakao.user.conduct ----------------------------------------------------------------------


class MessageJudged(Record, frozen=True, kw_only=True, tag="messageJudged"):
    """What a message means for its account; no text. The verdict is that of the room's rules.

    `gist` is equal for messages that say the same. (`partition`, `offset`) is the place of the
    wish, by which a repeat of this record is known.
    """

    account_id: str
    room_id: str
    partition: int
    offset: int
    outcome: str
    reason: str | None
    gist: str
    letters: int
    links: int
    invites: bool
    at: str


class PeopleInvited(Record, frozen=True, kw_only=True, tag="peopleInvited"):
    """The account has made `people` others members of a room; the room's fact is its identity."""

    account_id: str
    room_id: str
    partition: int
    fact_no: int
    people: int
    at: str


ConductEvent = MessageJudged | PeopleInvited


# -- kakao.user.sanction ---------------------------------------------------------------------


class ImposeSanction(Record, frozen=True, kw_only=True, tag="imposeSanction"):
    """A wish to mute the account in a room (null: everywhere) until `until`.

    (account, requestId) is its identity; the sanction's id is the requestId.
    """

    request_id: str
    account_id: str
    room_id: str | None
    reason: str
    detail: str
    since: str
    until: str


class LiftSanction(Record, frozen=True, kw_only=True, tag="liftSanction"):
    """A wish of the operator `liftedBy` (an account) to end a sanction of the account."""

    request_id: str
    account_id: str
    sanction_id: str
    lifted_by: str


class SanctionImposed(Record, frozen=True, kw_only=True, tag="sanctionImposed"):
    """Fact: the account is muted in the room (null: everywhere) from `since` until `until`."""

    fact_no: int
    request_id: str
    sanction_id: str
    account_id: str
    room_id: str | None
    reason: str
    since: str
    until: str
    at: str


class SanctionLifted(Record, frozen=True, kw_only=True, tag="sanctionLifted"):
    """Fact: an operator has ended the sanction at `at`; `until` is when it would have ended."""

    fact_no: int
    request_id: str
    sanction_id: str
    account_id: str
    room_id: str | None
    reason: str
    until: str
    lifted_by: str
    at: str


class SanctionRefused(Record, frozen=True, kw_only=True, tag="sanctionRefused"):
    """Outcome of a wish that changed nothing: there is no such sanction."""

    request_id: str
    account_id: str
    code: str
    reason: str
    at: str


SanctionRequest = ImposeSanction | LiftSanction
SanctionResponse = SanctionImposed | SanctionLifted | SanctionRefused


# -- kakao.chat.policy -----------------------------------------------------------------------


class PolicyChanged(Record, frozen=True, kw_only=True, tag="policyChanged"):
    """The policy by which abuse is judged from now on, whole; the last record counts.

    `policy` is JSON text as `chatstream.domain.abuse.encoding` reads it, null: the default of the
    program that reads it.
    """

    version: str
    policy: str | None
    changed_at: str


PolicyEvent = PolicyChanged


# -- kakao.stats -----------------------------------------------------------------------------


class WordWatched(Record, frozen=True, kw_only=True, tag="wordWatched"):
    """A word is on the operators' list, in the form in which it is counted."""

    request_id: str
    word: str
    at: str


class WordUnwatched(Record, frozen=True, kw_only=True, tag="wordUnwatched"):
    """A word is on the operators' list no longer."""

    request_id: str
    word: str
    at: str


WatchedEvent = WordWatched | WordUnwatched


class WordJumped(Record, frozen=True, kw_only=True, tag="wordJumped"):
    """Fact: a watched word was said `count` times, where `usual` was to be expected.

    Repeated with the same `alert_id`.
    """

    alert_id: str
    word: str
    count: int
    usual: int
    since: str
    until: str


Fact = (
    MessageStored
    | MessageEdited
    | MessageDeleted
    | RoomFact
    | AccountCreated
    | ProfileChanged
    | AccountErased
    | FriendFact
    | SanctionImposed
    | SanctionLifted
)
Response = (
    MessageResponse
    | RoomResponse
    | ReadResponse
    | SavedResponse
    | AccountResponse
    | FriendResponse
    | SessionResponse
    | SanctionResponse
    | ErasureResponse
)

_encoder = msgspec.json.Encoder()


def encode(record: Record) -> bytes:
    """The record as JSON bytes."""
    return _encoder.encode(record)


def quote(found: ports.Quote | None) -> Quote | None:
    """A quote as records carry it."""
    if found is None:
        return None
    return Quote(found.message_id, found.seq, found.user_id, found.user_name, found.message)


def people(found: Iterable[ports.Mention]) -> tuple[Mention, ...]:
    """Mentions as records carry them."""
    return tuple(Mention(each.user_id, each.name) for each in found)
