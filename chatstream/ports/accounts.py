"""Accounts: their write side, their read side, and the copies beside the rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chatstream.domain.lines import Requested
from chatstream.errors import ErrorCode


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
class ProfileWish(Requested):
    """A wish for another shown name; (account, request) is its identity."""

    partition: int
    request_id: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountOutcome:
    """What became of the wish at index `wish`: a fact, a refusal's code, or neither: it was so.

    A fact has a number and a moment, and what the account is called by it (nothing once it is
    erased) or the saga that erases it.
    """

    wish: int
    code: ErrorCode | None = None
    fact_no: int = 0
    user_id: str = ""
    name: str = ""
    saga_id: str = ""
    at: str = ""


class AccountStore(Protocol):
    """The write side of accounts."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[AccountWish | ProfileWish]
    ) -> Sequence[AccountOutcome]:
        """Carry out signups, then new names, in wish order; all answers, facts first, by number.

        One transaction for each of the two: nobody is called anew who is not there yet. A repeat
        (same account and request id) gets the stored fact. A handle that was ever given is refused
        with USER_EXISTS, a name of no account with NOT_AUTHENTICATED; the name that is there
        already changes nothing. Raises like MessageStore.carry_out.
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

    async def newest_fact(self, account_id: str) -> int:
        """The number of the newest fact about the account, 0 when there is none."""
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
