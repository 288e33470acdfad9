"""Sanctions: their write side, the operators' view of them, and the mutes that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.domain.lines import Requested


@dataclass(frozen=True, slots=True)
class Impose(Requested):
    """A wish to mute; (account, request) is its identity and the request's id the sanction's."""

    partition: int
    request_id: str
    account_id: str
    room_id: str | None
    reason: str
    detail: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Lift(Requested):
    """A wish of the operator `lifted_by` to end a sanction."""

    partition: int
    request_id: str
    account_id: str
    sanction_id: str
    lifted_by: str


SanctionWish = Impose | Lift


@dataclass(frozen=True, slots=True)
class SanctionFact:
    """A fact about a sanction, the answer to `wish`; `lifted_by` is None when it was imposed."""

    wish: int
    fact_no: int
    sanction_id: str
    account_id: str
    room_id: str | None
    reason: str
    since: str
    until: str
    lifted_by: str | None
    at: str


class SanctionStore(Protocol):
    """The write side of sanctions."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SanctionWish]
    ) -> Sequence[SanctionFact]:
        """Carry out the wishes in order, in one transaction; facts by number.

        A repeat gets the stored fact, and so does lifting what was lifted. A wish without a fact
        names a sanction that the account does not have. Raises like MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sanction:
    """A sanction as operators see it: handles and names as they are now, None once erased."""

    sanction_id: str
    account_id: str
    user_id: str | None
    user_name: str | None
    room_id: str | None
    kind: str
    reason: str
    detail: str
    since: str
    until: str
    lifted_at: str | None
    lifted_by: str | None


class SanctionReader(Protocol):
    """Reads sanctions for operators."""

    async def sanctions(
        self, *, user_id: str | None, is_active: bool, cursor: str | None, limit: int
    ) -> tuple[Sequence[Sanction], str | None]:
        """The latest first, and the cursor of the next page; INVALID_INPUT for a wrong cursor."""
        ...

    async def account_of(self, sanction_id: str) -> str | None:
        """The account of a sanction, None when there is no such sanction."""
        ...


@dataclass(frozen=True, slots=True)
class Mute:
    """An account may not write in the room (None: anywhere) before `until`, as of the fact."""

    sanction_id: str
    account_id: str
    room_id: str | None
    reason: str
    until: str
    forget_at: str
    fact_no: int


@dataclass(frozen=True, slots=True)
class RoomMute:
    """A mute of one room as whoever imposed it remembers it; the three are enough to know it by."""

    account_id: str
    room_id: str
    until: str


class MuteStore(Protocol):
    """The copy of the mutes in one chat database."""

    async def keep(self, mutes: Sequence[Mute], /) -> None:
        """As ports.copies.CopyStore: an older fact about the same sanction changes nothing."""
        ...

    async def lifted(self, held: Sequence[RoomMute]) -> Sequence[RoomMute]:
        """Those that an operator has lifted, as far as the copy knows; `held` is not empty."""
        ...
