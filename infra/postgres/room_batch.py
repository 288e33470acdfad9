"""A batch of room wishes between reading and writing: what is known, and what is to be written."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from chatstream.domain.lines import REFUSED
from chatstream.domain.rooms import (
    GONE,
    Accept,
    Change,
    Create,
    Decision,
    Delete,
    Join,
    Leave,
    Person,
    Refuse,
    RoomState,
    Unchanged,
    apply,
)
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.rooms import Place, RoomAnswer, RoomJudge, RoomWish
from infra.postgres.settled import Settled

# (room, account, request id): a wish, for ever.
Identity = tuple[str, str, str]


def identity_of(wish: RoomWish) -> Identity:
    """By what a repeat of the wish is known."""
    return wish.room_id, wish.actor.account_id, wish.request_id


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to be kept; `step` counts the facts of one wish from 0."""

    wish: RoomWish
    step: int
    fact_no: int
    body: bytes


@dataclass(slots=True)
class RoomBatch:
    """The state under the locks, judged wish by wish; nothing here reads or writes.

    `former` are the facts of wishes that were stored before, `heads` the lines' last numbers,
    `gone` the erased accounts, `settled` the wishes that were answered and changed nothing.
    `left` memberships end first, `joined` ones begin after that.
    """

    rooms: dict[str, RoomState]
    people: dict[str, Person]
    blocks: AbstractSet[tuple[str, str]]
    former: dict[Identity, list[tuple[int, bytes]]]
    heads: dict[int, int]
    at: datetime
    gone: AbstractSet[str] = frozenset()
    settled: Settled = field(default_factory=Settled)
    answers: list[RoomAnswer] = field(default_factory=list)
    created: list[tuple[RoomState, int]] = field(default_factory=list)
    changed: dict[str, RoomState] = field(default_factory=dict)
    joined: dict[tuple[str, str], None] = field(default_factory=dict)
    left: dict[tuple[str, str], None] = field(default_factory=dict)
    facts: list[NewFact] = field(default_factory=list)

    def judge(self, index: int, wish: RoomWish, judge: RoomJudge) -> None:
        """Answer the wish with this index, on the state the former ones left."""
        identity = identity_of(wish)
        if identity in self.former:
            stored = self.former[identity]
            self.answers += [RoomAnswer(index, fact_no, body) for fact_no, body in stored]
            return
        # The wish has the name of the actor's token, which may be some minutes old.
        wish = replace(wish, actor=self.people.get(wish.actor.account_id, wish.actor))
        room = self.rooms.get(wish.room_id)
        decision = self._decide(wish, judge)
        if not isinstance(decision, Accept):
            if not wish.erases:  # it asks under the same id until it is done
                code = str(decision.code) if isinstance(decision, Refuse) else None
                self.settled.add(identity, code)
            body = judge.answer(wish, room, decision, to_text(self.at))
            self.answers.append(RoomAnswer(index, None, body))
            return
        for step, change in enumerate(decision.changes):
            fact_no = self.heads[wish.partition] = self.heads[wish.partition] + 1
            room = self._change(wish, change, judge)
            body = judge.fact(wish, room, change, Place(fact_no, to_text(self.at)))
            self.former.setdefault(identity, []).append((fact_no, body))
            self.facts.append(NewFact(wish, step, fact_no, body))
            self.answers.append(RoomAnswer(index, fact_no, body))

    def in_order(self) -> list[RoomAnswer]:
        """The answers as ports.rooms.RoomStore gives them."""
        return sorted(self.answers, key=lambda a: (a.fact_no is None, a.fact_no or a.wish, a.wish))

    def _decide(self, wish: RoomWish, judge: RoomJudge) -> Decision:
        if identity_of(wish) in self.settled.known:
            code = self.settled.known[identity_of(wish)]
            return Unchanged() if code is None else Refuse(ErrorCode(code), REFUSED)
        if wish.actor.account_id in self.gone and not wish.erases:
            return GONE
        by_handle = {person.user_id: person for person in self.people.values()}
        found = {handle: by_handle[handle] for handle in wish.handles if handle in by_handle}
        return judge.decide(wish, self.rooms.get(wish.room_id), found, self.blocks)

    def _change(self, wish: RoomWish, change: Change, judge: RoomJudge) -> RoomState:
        if isinstance(change, Create):
            room = self.rooms[wish.room_id] = judge.founded(wish, change.people[0])
            self.created.append((room, wish.partition))
        else:
            room = self.rooms[wish.room_id]
        apply(room, change)
        self.changed[room.room_id] = room
        match change:
            case Create(people):
                self.joined |= dict.fromkeys((room.room_id, each.account_id) for each in people)
            case Join(person):
                self.joined[room.room_id, person.account_id] = None
            case Leave(person):
                self.joined.pop((room.room_id, person.account_id), None)
                self.left[room.room_id, person.account_id] = None
            case Delete():
                del self.rooms[room.room_id]
        return room
