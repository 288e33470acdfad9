"""Messages in memory, by the rules of their store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatstream.domain.lines import in_fact_order
from chatstream.ports.messages import MessageOutcome, MessageWish, Outcome, Wish

AT = "2026-11-21T12:00:00.000Z"


class Everybody(Container[str]):
    """Every account."""

    def __contains__(self, account_id: object) -> bool:
        return True


@dataclass
class FakeMessages:
    """ports.messages.MessageStore of messages alone: no edits and deletes, no worker to fence.

    `rooms` has who is in each room. `mutes`, by account and room (None: all rooms), say until when
    and for what.
    """

    rooms: Mapping[str, Container[str]]
    mutes: dict[tuple[str, str | None], tuple[str, str]] = field(default_factory=dict)
    asked: list[Wish] = field(default_factory=list)
    _held: dict[tuple[str, str, str], tuple[str, MessageOutcome]] = field(default_factory=dict)
    _heads: Counter[str | int] = field(default_factory=Counter)

    async def carry_out(self, generation: int | None, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        self.asked = list(wishes)
        return in_fact_order([self._one(index, wish) for index, wish in enumerate(wishes)])

    def _one(self, index: int, wish: Wish) -> MessageOutcome:
        assert isinstance(wish, MessageWish), "this fake stores messages alone"
        identity = (wish.room_id, wish.account_id, wish.message_id)
        if wish.room_id not in self.rooms:
            return MessageOutcome(index, "ROOM_NOT_FOUND")
        if wish.account_id not in self.rooms[wish.room_id]:
            return MessageOutcome(index, "NOT_A_MEMBER")
        if identity in self._held:
            written, outcome = self._held[identity]
            if written != wish.message:
                return MessageOutcome(index, "MESSAGE_ID_REUSED")
            return replace(outcome, wish=index, repeated=True)
        for room_id in (wish.room_id, None):
            if mute := self.mutes.get((wish.account_id, room_id)):
                until, cause = mute
                return MessageOutcome(index, "MESSAGE_REFUSED", muted_until=until, muted_for=cause)
        if wish.is_refused:
            return MessageOutcome(index, "MESSAGE_REFUSED")
        self._heads.update([wish.room_id, wish.partition])
        outcome = MessageOutcome(
            index,
            None,
            seq=self._heads[wish.room_id],
            fact_no=self._heads[wish.partition],
            created_at=AT,
            room_kind="group",
            kept_text=wish.shown,
        )
        self._held[identity] = (wish.message, outcome)
        return outcome
