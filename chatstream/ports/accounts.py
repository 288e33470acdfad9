"""Accounts: their write side, their read side, and the copies beside the rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chatstream.domain.lines import Requested


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


@dataclass(frozen=True, slots=True)
class ProfileWish(Requested):
    """A wish for another shown name; (account, request) is its identity."""

    partition: int
    request_id: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ProfileOutcome:
    """What became of the wish at index `wish`: a fact (`fact_no`), or none when it changed nothing.

    `code` says why it was refused. `user_id` and `name` are the fact's.
    """

    wish: int
    code: str | None = None
    fact_no: int = 0
    user_id: str = ""
    name: str = ""
    at: str = ""


class AccountStore(Protocol):
    """The write side of accounts."""

    async def create(
        self, generation: int | None, wishes: Sequence[AccountWish]
    ) -> Sequence[AccountOutcome]:
        """Create what is new and answer every wish, in fact order, refusals last.

        One transaction. A repeat (same account and request id) gets the stored outcome; a handle
        that was ever given is refused with USER_EXISTS. Raises like MessageStore.carry_out.
        """
        ...

    async def change(
        self, generation: int | None, wishes: Sequence[ProfileWish]
    ) -> Sequence[ProfileOutcome]:
        """Change names, in wish order, and answer every wish, facts first, by number.

        One transaction. A repeat (same account and request id) gets the stored fact; the name that
        is there already changes nothing; no such account is refused with NOT_AUTHENTICATED.
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
class UntoldSignup:
    """An account whose signup nobody was answered; `age` in seconds, by the store's clock.

    `fact_no` is that of the fact that it exists.
    """

    account: Account
    fact_no: int
    age: float


class SignupAnswers(Protocol):
    """Which signups were answered with success: each account's is told once."""

    async def untold(self, user_id: str) -> UntoldSignup | None:
        """The account with this handle while its signup is untold, and at most a day old."""
        ...

    async def tell(self, account_id: str, caller: str) -> bool:
        """Whether the call `caller` (an id of its own) is the one that tells: the first to ask.

        It may ask again, and gets the same answer.
        """
        ...


# Handle and shown name; both None once the account is erased.
Names = tuple[str | None, str | None]


class ProfileReader(Protocol):
    """Reads the copy of the accounts in the chat databases."""

    async def names(self, account_ids: Sequence[str]) -> Mapping[str, Names]:
        """What each account that is known is called now, by account id."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as the fact `fact_no` leaves it, for the copies.

    Without a handle and a name it is erased, and no fact brings them back.
    """

    account_id: str
    fact_no: int
    user_id: str | None = None
    name: str | None = None
