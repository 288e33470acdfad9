"""What databases copy of other contexts' facts, and whether a fact is there yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Row_contra = TypeVar("Row_contra", contravariant=True)


class CopyStore(Protocol[Row_contra]):
    """A copy of what another context decided, in one database."""

    async def keep(self, rows: Sequence[Row_contra], /) -> None:
        """Keep the newest of each, in whatever order and however often they come; at least one."""
        ...


@dataclass(frozen=True, slots=True)
class AccountFact:
    """A fact about an account: it exists."""

    account_id: str
    fact_no: int


@dataclass(frozen=True, slots=True)
class NameFact:
    """A fact about an account by which people are found, and nobody is judged: its name."""

    account_id: str
    fact_no: int


@dataclass(frozen=True, slots=True)
class BlockFact:
    """A fact about a pair: the one blocks the other, or does so no more."""

    blocker_id: str
    blocked_id: str
    fact_no: int


@dataclass(frozen=True, slots=True)
class MuteFact:
    """A fact about a sanction: it mutes, or was lifted."""

    sanction_id: str
    fact_no: int


CopiedFact = AccountFact | NameFact | BlockFact | MuteFact


class CopyReader(Protocol):
    """The copies in one database, by which what lies beside them is judged."""

    @property
    def kinds(self) -> tuple[type[CopiedFact], ...]:
        """The facts that it copies: nothing there goes by others."""
        ...

    async def applied(self, facts: Sequence[CopiedFact]) -> Sequence[CopiedFact]:
        """Those of the facts (of its kinds) that are there, or a later one of the same subject is.

        From then on every judgement that begins goes by it. One statement, on the primary.
        """
        ...
