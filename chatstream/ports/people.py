"""Friends and blocks: their write side, and the lists and the search of the fronts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.domain.lines import Requested
from chatstream.domain.people import FriendAct
from chatstream.errors import ErrorCode
from chatstream.ports.copies import BlockFact


@dataclass(frozen=True, slots=True)
class FriendChangeWish(Requested):
    """A wish to change what holds between two people; (account, request) is its identity.

    `user_id` is the handle of the account that asks, as its token has it.
    """

    partition: int
    request_id: str
    account_id: str
    user_id: str
    act: FriendAct
    target_user_id: str


@dataclass(frozen=True, slots=True)
class FriendChange:
    """A stored fact: what was done, by and to whom (handles as they were), and when."""

    fact_no: int
    act: FriendAct
    user_id: str
    target_id: str
    target_user_id: str
    at: str


@dataclass(frozen=True, slots=True)
class FriendChangeOutcome:
    """What became of `wishes[wish]`: a fact, a refusal's code, or neither: it was so already."""

    wish: int
    change: FriendChange | None = None
    code: ErrorCode | None = None
    reason: str = ""

    @property
    def fact_no(self) -> int:
        """The fact's number, 0 when there is none."""
        return self.change.fact_no if self.change else 0


class FriendStore(Protocol):
    """The write side of friends and blocks."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[FriendChangeWish]
    ) -> Sequence[FriendChangeOutcome]:
        """Judge and store the wishes in order and answer every one, facts first, by number.

        One transaction. A repeat (same account and request id) gets the stored fact; one that
        changed nothing changes nothing later either, and is answered as before. Who asks has an
        account, for a token says so: one that is not known yet is known from now on, until its fact
        comes by its handle alone. Raises like MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """A person as another one sees it: handle and shown name, and what the other has decided."""

    user_id: str
    name: str
    is_friend: bool
    is_blocked: bool


class PeopleReader(Protocol):
    """Reads what one account has decided about others, always the newest state."""

    async def friends(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        """The account's friends by name, and the cursor of the next page."""
        ...

    async def blocks(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        """Whom the account blocks, by name, and the cursor of the next page."""
        ...

    async def search(self, account_id: str, prefix: str, limit: int) -> Sequence[Acquaintance]:
        """Other people whose handle or name begins with `prefix`, names in any case.

        Handles come first, each by their order. Who blocks the account is not found.
        """
        ...

    async def block_fact(self, account_id: str, user_id: str) -> BlockFact | None:
        """The newest fact that says whether the account blocks this user; None when none ever did.

        None, too, for a handle that is nobody's.
        """
        ...
