"""What the program needs from the outside, by need: Protocols and the dataclasses they speak.

Adapters live in `infra`; fakes in `tests/fakes`. Ids are lower-case UUID text, times RFC 3339 text
(see `chatstream.domain.times`). Unless a method says otherwise it may raise TransientFailure when
its store is away, has a timeout of its own, and never blocks the event loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from chatstream.domain import rooms
from chatstream.domain.documents import Document


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


class Tokenizer(Protocol):
    """Finds the words of a text, by the rules of `chatstream.domain.words`."""

    def count(self, text: str) -> Mapping[str, int]:
        """The words that count and how often each is in the text; the same for ever."""
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


# Private-use characters, not markup: whoever shows the text escapes it first, then replaces them.
MATCH_BEGIN = "\ue000"
MATCH_END = "\ue001"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A found message; `highlight` is its text with each match between the two marks below."""

    message: StoredMessage
    highlight: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What to look for: `text` is 1 to 200 characters, `limit` 1 to 50, `since <= time < until`."""

    text: str
    sender: str | None = None
    since: str | None = None
    until: str | None = None
    sort: Literal["newest", "best"] = "newest"
    cursor: str | None = None
    limit: int = 20


class MessageSearch(Protocol):
    """Full-text search over messages; sees a message within seconds of its storing."""

    async def search(
        self, query: SearchQuery, room_ids: Sequence[str]
    ) -> tuple[Sequence[SearchHit], str | None]:
        """Hits in these rooms only, and the cursor of the next page (None: there is none).

        A message is found when it holds every word of the text. INVALID_INPUT naming `cursor`
        when the cursor is not one of this query's.
        """
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write's documents, by their index in it; all others are stored.

    `refused` can never be stored, `delayed` may be stored later; the values are the reasons.
    """

    refused: Mapping[int, str]
    delayed: Mapping[int, str]


class DocumentStore(Protocol):
    """Keeps documents for analysis and search."""

    async def write(self, documents: Sequence[Document]) -> Written:
        """Store the documents; one that is stored already is left as it is, and counts as stored.

        Never raises because the store is away or too busy: what it did not take is `delayed`.
        """
        ...


@dataclass(frozen=True, slots=True)
class MessageWish:
    """A wish to store a message, and the partition whose line numbers it."""

    partition: int
    room_id: str
    account_id: str
    message_id: str
    message: str


@dataclass(frozen=True, slots=True)
class MessageOutcome:
    """What became of a wish: `code` is None when the message is stored (now, or `repeated`)."""

    wish: int
    code: str | None
    repeated: bool = False
    seq: int = 0
    fact_no: int = 0
    created_at: str = ""
    user_id: str | None = None
    user_name: str | None = None
    access_version: int = 0
    room_kind: str = ""


class MessageStore(Protocol):
    """The write side of messages in one database."""

    async def store(
        self, generation: int | None, wishes: Sequence[MessageWish]
    ) -> Sequence[MessageOutcome]:
        """Store what is new and answer every wish, in fact order, refusals last.

        One transaction. `wish` of an outcome is the index of its wish. A repeat (same room,
        account and message id) gets the stored outcome, with another text MESSAGE_ID_REUSED.
        `generation` is the consumer generation that owns the partitions; the first call of a
        generation raises their epoch. Raises Fenced when another worker has raised it since,
        PoisonMessage when the database refuses a value.
        """
        ...


@dataclass(frozen=True, slots=True)
class RoomWish:
    """A room wish as the store needs it: `handles` are the accounts it names besides the actor."""

    partition: int
    room_id: str
    request_id: str
    actor: rooms.Person
    handles: tuple[str, ...]
    record: object


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """The RESPONSE record's bytes for the wish with index `wish`; no fact number: no change."""

    wish: int
    fact_no: int | None
    body: bytes
    decision: rooms.Decision | None


class RoomJudge(Protocol):
    """What the agent brings to the store: the decision, and the record that tells of it."""

    def decide(
        self, wish: RoomWish, room: rooms.RoomState | None, found: Mapping[str, rooms.Person]
    ) -> rooms.Decision:
        """Judge one wish; `found` holds the accounts behind the handles, by handle."""
        ...

    def body(
        self, wish: RoomWish, room: rooms.RoomState | None, decision: rooms.Decision, place: Place
    ) -> bytes:
        """The RESPONSE record, on the room's state after the decision."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decision stands in the line (`fact_no` 0: nowhere) and when it was made."""

    fact_no: int
    at: str


class RoomStore(Protocol):
    """The write side of rooms and members in one database."""

    async def apply(
        self, generation: int | None, wishes: Sequence[RoomWish], judge: RoomJudge
    ) -> Sequence[RoomAnswer]:
        """Judge and store the wishes in order and answer every one.

        One transaction under the line's and the rooms' locks. Answers with a fact number come
        first, in fact order, the others after them in wish order. A repeat (same room, account
        and request id) gets the stored fact, with `decision` None. Raises like
        MessageStore.store.
        """
        ...


class ProfileStore(Protocol):
    """The copy of the accounts in one chat database."""

    async def store(self, profiles: Sequence[tuple[str, str, str, int]]) -> None:
        """Keep (account id, handle, name, fact number); older fact numbers change nothing."""
        ...


# -- accounts, logins, secrets ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountWish:
    """A signup as the store needs it; the hash is bcrypt's text."""

    partition: int
    request_id: str
    account_id: str
    user_id: str
    name: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountOutcome:
    """What became of the signup at index `wish`: `code` is None when the account exists."""

    wish: int
    code: str | None
    fact_no: int = 0
    created_at: str = ""


class AccountStore(Protocol):
    """The write side of accounts."""

    async def create(
        self, generation: int | None, wishes: Sequence[AccountWish]
    ) -> Sequence[AccountOutcome]:
        """Create what is new and answer every wish, in fact order, refusals last.

        One transaction. A repeat (same account and request id) gets the stored outcome; a handle
        that was ever given is refused with USER_EXISTS. Raises like MessageStore.store.
        """
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its owner sees it."""

    account_id: str
    user_id: str
    name: str
    role: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and what its password is verified against."""

    account: Account
    password_hash: str = field(repr=False)


class AccountReader(Protocol):
    """Reads accounts, always the newest state."""

    async def credentials(self, user_id: str) -> Credentials | None:
        """The account with this handle, None when there is none."""
        ...

    async def account(self, account_id: str) -> Account | None:
        """The account with this id, None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Revoked:
    """A login that has ended; times are RFC 3339 text."""

    sid: str
    account_id: str
    revoked_at: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a refresh token gave: the login to continue, or None and perhaps a revocation."""

    account: Account | None
    sid: str = ""
    revoked: Revoked | None = None


class SessionStore(Protocol):
    """Logins and their refresh tokens, known by the SHA-256 of the token only."""

    async def open(self, sid: str, account_id: str, token_hash: bytes) -> None:
        """Begin a login whose first refresh token has this hash."""
        ...

    async def rotate(self, token_hash: bytes, successor_hash: bytes) -> Rotation:
        """Exchange a token for its successor, by the rules of `chatstream.domain.sessions`."""
        ...

    async def revoke(self, sid: str) -> Revoked | None:
        """End a login; None when it has ended before or never was."""
        ...

    async def unannounced(self) -> Sequence[Revoked]:
        """Logins that ended over 2 s ago without a record on the topic, the first 100."""
        ...

    async def announced(self, sid: str) -> None:
        """Remember that the end of this login is on the topic."""
        ...

    async def purge(self) -> None:
        """Forget expired logins and old login attempts; a bounded number a call."""
        ...


class LoginAttempts(Protocol):
    """Counts failed logins per account and address, over all processes."""

    async def begin(self, user_id: str, address: str) -> int:
        """Count a try as failed until told otherwise; RATE_LIMITED when there are too many."""
        ...

    async def fail(self, attempt: int) -> None:
        """The password was wrong."""
        ...

    async def forget(self, attempt: int) -> None:
        """The try does not count: the password was right, or was not looked at."""
        ...


class Passwords(Protocol):
    """Slow password work, off the event loop; raises BUSY when too much of it waits."""

    async def is_common(self, password: str, known: Sequence[str]) -> bool:
        """True when the password is easily guessed, given words of its owner."""
        ...

    async def hash(self, password: str) -> str:
        """A salted hash; every character of the password counts."""
        ...

    async def verify(self, password: str, hashed: str | None) -> bool:
        """True when the password fits; takes as long, and is False, when there is no hash."""
        ...


class TokenIssuer(Protocol):
    """Makes access tokens."""

    def issue(self, account: Account, sid: str) -> str:
        """A signed access token of this login, good for the access TTL."""
        ...


class Sealer(Protocol):
    """Closes a secret so that only the user service can open it."""

    def seal(self, account_id: str, secret: str) -> str:
        """The secret, sealed for this account, as text."""
        ...


class Opener(Protocol):
    """Opens what a Sealer closed."""

    def open(self, account_id: str, sealed: str) -> str:
        """The secret; PoisonMessage when it was not sealed for us and this account."""
        ...


class RevocationNews(Protocol):
    """Tells every front that a login has ended."""

    async def announce(self, revoked: Revoked) -> None:
        """Returns when the record is on the topic; TransientFailure otherwise."""
        ...
