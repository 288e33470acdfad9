"""What the program needs from the outside, by need: Protocols and the dataclasses they speak.

Adapters live in `infra`; fakes in `tests/fakes`. Ids are lower-case UUID text, times RFC 3339 text
(see `chatstream.domain.times`). Unless a method says otherwise it may raise TransientFailure when
its store is away, has a timeout of its own, and never blocks the event loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Person:
    """An account as others see it; `user_id` is None once erased."""

    account_id: str
    user_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is stored: `rev` is its latest fact number."""

    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: str | None
    user_name: str | None
    message: str
    created_at: str


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
    """One line of a room list."""

    room: RoomHead
    members: tuple[Person, ...]
    last_message: StoredMessage | None
    last_read_seq: int
    active_at: str


@dataclass(frozen=True, slots=True)
class Page:
    """Messages ascending by seq, and whether there are more in the asked direction."""

    messages: tuple[StoredMessage, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Access:
    """What a SUBSCRIBE needs, read in one statement on the primary."""

    room: RoomHead
    missing: Page


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

    async def subscribe(self, room_id: str, account_id: str, after: int | None) -> Access:
        """Membership, the room's head and the messages after `after` (None: none), at once."""
        ...

    async def members_of(self, room_id: str, account_ids: Sequence[str]) -> tuple[int, set[str]]:
        """The room's access version, and which of the accounts are members at that version."""
        ...

    async def history(
        self, room_id: str, account_id: str, *, before: int | None, after: int | None, limit: int
    ) -> Page:
        """Messages before or after a seq (neither: the latest), at most `limit` (≤ 200)."""
        ...

    async def gap(self, room_id: str, after: int, upto: int) -> tuple[StoredMessage, ...]:
        """The messages `after < seq <= upto`, for a subscriber that is already authorised."""
        ...

    async def rooms_of(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[RoomListing], str | None]:
        """The account's rooms, latest first, and the cursor of the next page."""
        ...

    async def open_rooms(
        self, query: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[RoomListing], str | None]:
        """The directory of open rooms whose name contains `query`, latest first."""
        ...

    async def room_ids_of(self, account_id: str) -> Sequence[str]:
        """All rooms the account is a member of now (for the search filter)."""
        ...


class FactReader(Protocol):
    """Reads facts back from Postgres, to fill a gap in a fact line."""

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        """(fact_no, the RESPONSE record's bytes) for `after < fact_no <= upto`, ascending."""
        ...


class Revocations(Protocol):
    """Knows which logins have ended."""

    def is_revoked(self, sid: str) -> bool:
        """True when the login with this `sid` has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the access token says. `expires_at` is seconds since the epoch."""

    account_id: str
    user_id: str
    name: str
    sid: str
    expires_at: int
    role: str = "user"
    by_cookie: bool = False


class Authenticator(Protocol):
    """Tells who calls from an access token."""

    def authenticate(self, token: str) -> Caller:
        """The caller; UserError NOT_AUTHENTICATED when the token is bad, expired or revoked."""
        ...


class WishSender(Protocol):
    """Sends a wish as a REQUEST record and waits for its outcome on the RESPONSE topic."""

    async def ask(self, topic: str, key: str, wish: object, identity: tuple[str, ...]) -> object:
        """The first RESPONSE record with this identity.

        A second call with the identity of a pending wish joins its waiter. Raises UserError BUSY
        before anything is produced when too many wishes wait, STORE_UNAVAILABLE when no outcome
        came in time (the wish may still be carried out: repeat it with the same id).
        """
        ...

    def congested(self, key: str) -> bool:
        """True while a new wish for this key would be refused with BUSY."""
        ...


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A found message and its text with the matches between `highlight` marks."""

    message: StoredMessage
    highlight: str


class MessageSearch(Protocol):
    """Full-text search over messages; sees a message within seconds of its storing."""

    async def search(
        self, query: Mapping[str, object], room_ids: Sequence[str]
    ) -> tuple[Sequence[SearchHit], str | None]:
        """Hits in these rooms only, and the cursor of the next page."""
        ...
