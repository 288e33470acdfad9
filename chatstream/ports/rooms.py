"""Rooms and their members: the read side, and the write side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from chatstream.domain.room_batch import RoomChangeWish
from chatstream.errors import ErrorCode
from chatstream.ports.messages import (
    Page,
    PageAround,
    RoomChange,
    ShownEvent,
    StoredMessage,
    by_rev,
)
from chatstream.ports.reading import Position


class ShownPerson(NamedTuple):
    """An account as others see it; `user_id` is None once erased."""

    account_id: str
    user_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class RoomHead:
    """A room without its members."""

    room_id: str
    kind: str
    name: str
    owner_id: str
    member_count: int
    access_version: int
    head: int
    rev: int
    created_at: str


@dataclass(frozen=True, slots=True)
class RoomListing:
    """One line of a room list.

    `owner` is the owner's handle: None for a direct room, which nobody owns, and once erased. The
    name of a direct room is that of the other one. `deleted_unread` of the messages behind
    `last_read_seq` are deleted. `settings` are what its owners have decided.
    """

    room: RoomHead
    members: tuple[ShownPerson, ...]
    last_message: StoredMessage | None
    last_read_seq: int
    owner: str | None
    deleted_unread: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)


_NOTHING = Page((), has_more=False)


@dataclass(frozen=True, slots=True)
class Access:
    """What a SUBSCRIBE needs, read in one statement on the primary.

    `missing`: the messages it has not had; `changed`: those it has had that changed since, by rev,
    and `events`: the lines since; together they are the first by rev, and `changed` says whether
    there are more. `positions` are those of all members, None where readers are not counted.
    """

    room: RoomHead
    missing: Page
    changed: Page = _NOTHING
    positions: tuple[Position, ...] | None = None
    events: tuple[ShownEvent, ...] = ()

    @property
    def changes(self) -> Sequence[RoomChange]:
        """What changed since, by rev."""
        return by_rev(self.changed.messages, self.events)


class RoomReader(Protocol):
    """Reads of the chat databases for one caller; every method authorises on its own.

    Raises UserError ROOM_NOT_FOUND or NOT_A_MEMBER when the account may not read the room.
    """

    async def room(self, room_id: str) -> RoomHead:
        """The room, whoever asks; ROOM_NOT_FOUND when there is none."""
        ...

    async def member_room(self, room_id: str, account_id: str) -> RoomListing:
        """The room with its first 100 members, for a member."""
        ...

    async def subscribe(
        self, room_id: str, account_id: str, after: int | None, rev: int | None = None
    ) -> Access:
        """Membership, the room's head and what a subscriber lacks, in one snapshot.

        That is the messages after `after` (None: none), and those up to `after` (None: all) that
        were edited or deleted after `rev`, as they are now, and all lines after it (None: none).
        """
        ...

    async def person(self, user_id: str) -> ShownPerson:
        """The account behind a handle, whoever asks; USER_NOT_FOUND when there is none."""
        ...

    async def participants(
        self, room_id: str, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[ShownPerson], str | None]:
        """The members, longest first, for a member; and the cursor of the next page."""
        ...

    async def members_of(self, room_id: str, account_ids: Sequence[str]) -> tuple[int, set[str]]:
        """The room's access version, and which of the accounts are members at that version."""
        ...

    async def history(
        self, room_id: str, account_id: str, *, before: int | None, after: int | None, limit: int
    ) -> Page:
        """Messages before or after a seq (neither: the latest), at most `limit` (≤ 200).

        With the lines that domain.room_events.events_span gives to that page.
        """
        ...

    async def around(self, room_id: str, account_id: str, seq: int, limit: int) -> PageAround:
        """The page of domain.history.page_around; beyond the head that is the newest one."""
        ...

    async def gap(self, room_id: str, after: int, rev: int) -> Access:
        """As `subscribe`, for somebody whose right at the answer's access version is checked."""
        ...

    async def changed(
        self, room_id: str, after: int, upto: int, limit: int
    ) -> tuple[RoomChange, ...]:
        """The first lines, and messages by their latest change, with `after < rev <= upto`, by rev.

        For subscribers that are already authorised.
        """
        ...

    async def shown(
        self, places: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], StoredMessage]:
        """The messages at (room, seq) as they are now; the caller has authorised the rooms."""
        ...

    async def rooms_of(
        self, account_id: str, cursor: str | None, limit: int, query: str = ""
    ) -> tuple[Sequence[RoomListing], str | None]:
        """The account's rooms, latest first, and the cursor of the next page.

        With a `query` those whose name domain.name_filter finds: the room's, the other one's of a
        direct room, those of the other members (the first 100) where a group has none.
        """
        ...

    async def open_rooms(
        self, query: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[RoomListing], str | None]:
        """The directory of open rooms whose name contains `query`, latest first."""
        ...

    async def has_message(self, room_id: str, account_id: str, message_id: str) -> bool:
        """Whether this account has stored a message of this id in the room; member or not."""
        ...

    async def lifted(self, room_id: str, sanction_ids: Sequence[str]) -> set[str]:
        """Which of these mutes hold no more, by the copy that the room's messages are judged by."""
        ...

    async def room_ids_of(self, account_id: str) -> Sequence[str]:
        """All rooms the account is a member of now (for the search filter)."""
        ...


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """A RESPONSE record's bytes for the wish with index `wish`; no fact number: no change."""

    wish: int
    fact_no: int | None
    body: bytes


class RoomStore(Protocol):
    """The write side of rooms and members in one database."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[RoomChangeWish]
    ) -> Sequence[RoomAnswer]:
        """Judge and store the wishes in order and answer every one, by one record or several.

        One transaction under the line's and the rooms' locks. Answers with a fact number come
        first, in fact order, the others after them in wish order. A repeat (same room, account
        and request id) gets the stored facts; one that changed nothing changes nothing later
        either, and is answered as before. Raises like MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True)
class MembershipsPage:
    """Some (room, account) in order, as they were at number `line` of the rooms' fact line."""

    line: int
    pairs: tuple[tuple[str, str], ...]
    is_last: bool


class MembershipReader(Protocol):
    """Who is in the rooms of one database, for those who carry out wishes there; no right asked."""

    async def outsiders(self, asked: Sequence[tuple[str, str, str]]) -> Mapping[int, ErrorCode]:
        """Of (room, account, message id), by index: whose message may not be, and why.

        ROOM_NOT_FOUND, or NOT_A_MEMBER; not those whose message is stored or account erased.
        """
        ...

    async def memberships(
        self, partition: int, after: tuple[str, str], limit: int
    ) -> MembershipsPage:
        """The next memberships behind (room, account) of a partition's rooms, in one snapshot."""
        ...
