"""Sanctions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chatstream.domain.decisions import Accept, Unchanged
from chatstream.domain.lines import in_fact_order
from chatstream.domain.sanctions import decide_lift
from chatstream.ports.sanctions import Lift, Mute, RoomMute, Sanction, SanctionFact, SanctionWish
from tests.fakes.pages import page

AT = "2026-11-21T12:00:00.000Z"
LATER = "2026-11-21T13:00:00.000Z"


@dataclass
class FakeSanctions:
    """ports.sanctions.SanctionStore; one line for all partitions is enough here."""

    facts: list[tuple[tuple[str, str], SanctionFact]] = field(default_factory=list)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SanctionWish]
    ) -> Sequence[SanctionFact]:
        answers = [self._one(index, wish) for index, wish in enumerate(wishes)]
        return in_fact_order(answer for answer in answers if answer is not None)

    def _one(self, index: int, wish: SanctionWish) -> SanctionFact | None:
        for known, fact in self.facts:
            if known == wish.identity:
                return replace(fact, wish=index)
        number = len(self.facts) + 1
        if isinstance(wish, Lift):
            mine = [fact for _, fact in self.facts if fact.sanction_id == wish.sanction_id]
            owner_id = mine[0].account_id if mine else None
            is_lifted = len(mine) > 1
            decision = decide_lift(owner_id, wish.account_id, wish.lifted_by, is_lifted=is_lifted)
            if not isinstance(decision, Accept):
                return replace(mine[1], wish=index) if isinstance(decision, Unchanged) else None
            fact = replace(mine[0], wish=index, fact_no=number, lifted_by=wish.lifted_by)
        else:
            fact = SanctionFact(
                wish=index,
                fact_no=number,
                sanction_id=wish.request_id,
                account_id=wish.account_id,
                room_id=wish.room_id,
                reason=wish.reason,
                since=wish.since,
                until=wish.until,
                lifted_by=None,
                at=AT,
            )
        self.facts.append((wish.identity, fact))
        return fact


@dataclass
class FakeSanctionReader:
    """ports.sanctions.SanctionReader over a list, the latest first; `now` is its clock."""

    held: list[Sanction] = field(default_factory=list)
    now: str = AT

    async def sanctions(
        self, *, user_id: str | None, is_active: bool, cursor: str | None, limit: int
    ) -> tuple[Sequence[Sanction], str | None]:
        found = [
            one
            for one in self.held
            if user_id in (None, one.user_id)
            and (not is_active or (one.lifted_at is None and one.until > self.now))
        ]
        return page("sanctions", found, cursor, limit)

    async def account_of(self, sanction_id: str) -> str | None:
        return next((one.account_id for one in self.held if one.sanction_id == sanction_id), None)


@dataclass
class FakeMutes:
    """ports.sanctions.MuteStore that remembers."""

    kept: list[Mute] = field(default_factory=list)

    async def keep(self, mutes: Sequence[Mute], /) -> None:
        self.kept.extend(mutes)

    async def lifted(self, held: Sequence[RoomMute]) -> Sequence[RoomMute]:
        newest = {each.sanction_id: each for each in sorted(self.kept, key=lambda m: m.fact_no)}
        over = {
            RoomMute(each.account_id, each.room_id, each.forget_at)
            for each in newest.values()
            if each.room_id is not None and each.until < each.forget_at
        }
        return [one for one in held if one in over]
