"""Erasure of accounts: the saga's store, and what each context erases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chatstream.errors import TransientFailure
from chatstream.ports.accounts import AccountOutcome

Ends = Mapping[str, Sequence[int]]
"""End offsets by topic, in the order of the partitions."""


class PartlyErased(TransientFailure):
    """An outage amid a step: what was `erased` before it, by kind, is counted no second time."""

    def __init__(self, problem: str, erased: Mapping[str, int]) -> None:
        super().__init__(problem)
        self.erased = dict(erased)


@dataclass(frozen=True, slots=True)
class ErasureWish:
    """A wish to erase an account; (account, saga) is its identity, `saga_id` new for each wish.

    `trace` is the trace context it was asked in, kept for the steps of the saga that it begins.
    """

    partition: int
    saga_id: str
    account_id: str
    trace: bytes | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A step to be tried now, for the `attempt`-th time; `trace` as in ErasureWish."""

    saga_id: str
    account_id: str
    step: str
    attempt: int
    upto: Ends = field(default_factory=dict)
    trace: bytes | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as operators see it: times are RFC 3339 text or None, `erased` counts by kind."""

    step: str
    attempts: int
    started_at: str | None
    done_at: str | None
    problem: str
    erased: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SagaView:
    """A saga as operators see it."""

    saga_id: str
    account_id: str
    started_at: str
    ended_at: str | None
    steps: Sequence[StepView]


class ErasureStore(Protocol):
    """The first step: the account's own context."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ErasureWish]
    ) -> Sequence[AccountOutcome]:
        """Make tombstones of the accounts, with their sagas; facts first, by number.

        One transaction. An account that was erased before answers its saga; none at all is refused
        with NOT_AUTHENTICATED. Its logins end, its handle is never given again. Raises like
        MessageStore.carry_out.
        """
        ...


class Sagas(Protocol):
    """The sagas under way, in the auth database; every call is one transaction."""

    async def due(self, limit: int) -> Sequence[Due]:
        """Take the first unfinished step of sagas whose time has come; nobody else gets it now.

        Each is taken again after its delay unless it is reported done.
        """
        ...

    async def note_ends(self, due: Due, upto: Ends) -> None:
        """Remember up to where the step's reader must have come; the first call counts."""
        ...

    async def alarming(self) -> int:
        """How many sagas ask for a person: their step was tried ALARM_ATTEMPTS times."""
        ...

    async def report(
        self, saga_id: str, step: str, attempt: int, *, done: bool, problem: str,
        erased: Mapping[str, int],
    ) -> None:  # fmt: skip
        """Note what an attempt did; the same report again changes nothing."""
        ...


class SagaReader(Protocol):
    """Reads sagas for people."""

    async def saga(self, saga_id: str) -> SagaView | None:
        """One saga, None when there is none."""
        ...

    async def sagas(self, cursor: str | None, limit: int) -> tuple[Sequence[SagaView], str | None]:
        """A page, the latest first, and the cursor of the next one (None: there is none).

        INVALID_INPUT naming `cursor` when it is none of this list's.
        """
        ...

    async def alarming(self) -> int:
        """How many sagas ask for a person."""
        ...


@dataclass(frozen=True, slots=True)
class ChatTraces:
    """What the chat databases hold of an account: its rooms, and how much was erased just now."""

    rooms: Sequence[str]
    erased: Mapping[str, int]


class ChatEraser(Protocol):
    """The account's rows in one chat database."""

    async def erase(self, account_id: str) -> ChatTraces:
        """Tombstone the profile, delete what is the account's alone, name the rooms it is still in.

        Idempotent. After it nothing is stored any more in the account's name.
        """
        ...


class FriendEraser(Protocol):
    """The account's rows in the friend database."""

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """Tombstone the copy, drop ties of and to the account, take its handle out of the facts.

        Counts by kind. Idempotent; after it nothing is decided any more by the account or about it.
        """
        ...


class GroupOffsets(Protocol):
    """How far topics and the groups that read them have come."""

    async def ends(self, topics: Sequence[str]) -> Ends:
        """The end offsets now."""
        ...

    async def has_passed(self, group: str, ends: Ends) -> bool:
        """Whether the group has committed all of it."""
        ...
