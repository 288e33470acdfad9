"""An in-memory talk drawer, both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatstream.domain.decisions import Refuse
from chatstream.domain.saving import Drawer, decide_keep, kept_as
from chatstream.domain.times import from_text, to_text
from chatstream.ports.saving import SavedMessage, SaveOutcome, SaveWish
from tests.fakes.pages import page


@dataclass
class FakeSavedRoom:
    """A room's members by account id, and its messages' texts (None: deleted) by id."""

    members: set[str]
    messages: dict[str, str | None] = field(default_factory=dict)


@dataclass
class FakeSaved:
    """ports.saving.SavedStore and SavedReader."""

    rooms: dict[str, FakeSavedRoom] = field(default_factory=dict)
    kept: dict[tuple[str, str, str], str] = field(default_factory=dict)
    wishes: list[SaveWish] = field(default_factory=list)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SaveWish]
    ) -> Sequence[SaveOutcome]:
        self.wishes.extend(wishes)
        return [self._save(wish) for wish in wishes]

    def _save(self, wish: SaveWish) -> SaveOutcome:
        room = self.rooms.get(wish.room_id, FakeSavedRoom(set()))
        kept = self.kept.get(wish.identity)
        drawer = Drawer(
            room_is_there=wish.room_id in self.rooms,
            is_member=wish.account_id in room.members,
            seq=None if room.messages.get(wish.message_id) is None else 1,
            kept_at=None if kept is None else from_text(kept),
        )
        decision = decide_keep(drawer, wish.at if wish.keeps else None)
        if isinstance(decision, Refuse):
            return SaveOutcome(str(decision.code))
        if not wish.keeps:
            self.kept.pop(wish.identity, None)
            return SaveOutcome()
        return SaveOutcome(saved_at=self.kept.setdefault(wish.identity, to_text(wish.at)))

    async def saved(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[SavedMessage], str | None]:
        mine = [(at, key) for key, at in self.kept.items() if key[0] == account_id]
        mine.sort(reverse=True)
        kept, more = page("saved", mine, cursor, limit)
        return [self._shown(key, at) for at, key in kept], more

    def _shown(self, key: tuple[str, str, str], at: str) -> SavedMessage:
        account_id, room_id, message_id = key
        room = self.rooms[room_id]
        is_member = account_id in room.members
        text = room.messages[message_id] if is_member else None
        return SavedMessage(
            room_id, message_id, at, kept_as(is_member=is_member, text=text), message=text
        )
