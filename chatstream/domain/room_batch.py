"""What people ask of rooms, and a batch of it: each wish on the state that the former ones left."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import Enum

from chatstream.domain import rooms
from chatstream.domain.decisions import Decision
from chatstream.domain.lines import Identity
from chatstream.domain.room_events import RoomEvent, event_of
from chatstream.domain.rooms import Change, Person, RoomState


class RoomAct(Enum):
    """What can be asked of a room; ERASE, to leave it, is all that an erased account asks."""

    MAKE = "make"
    ENTER = "enter"
    INVITE = "invite"
    REMOVE = "remove"
    ERASE = "erase"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class RoomChangeWish:
    """What an actor asks of a room; `handles` are the accounts it names besides the actor.

    `kind`, `name` (None: as it is) and `settings` are those the room shall have.
    """

    partition: int
    room_id: str
    request_id: str
    actor: Person
    act: RoomAct
    handles: tuple[str, ...] = ()
    kind: str = ""
    name: str | None = None
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> Identity:
        """By what a repeat is known."""
        return self.room_id, self.actor.account_id, self.request_id

    @property
    def removes(self) -> bool:
        """Whether it may end a membership, so that an heir may be needed."""
        return self.act in (RoomAct.REMOVE, RoomAct.ERASE)


@dataclass(slots=True)
class RoomBatch:
    """The state under the locks, and what is to be written of it.

    `gone` are the erased accounts. `created` rooms are in the partition of their wish. `left`
    memberships end first, `joined` ones begin after that. `events` are the lines of the rooms'
    histories, of each room in order.
    """

    rooms: dict[str, RoomState]
    people: dict[str, Person]
    blocks: AbstractSet[tuple[str, str]]
    gone: AbstractSet[str] = frozenset()
    created: list[tuple[RoomState, int]] = field(default_factory=list)
    changed: dict[str, RoomState] = field(default_factory=dict)
    joined: dict[tuple[str, str], None] = field(default_factory=dict)
    left: dict[tuple[str, str], None] = field(default_factory=dict)
    events: list[RoomEvent] = field(default_factory=list)

    def named(self, wish: RoomChangeWish) -> RoomChangeWish:
        """The wish of the actor as known here; the name of a token may be some minutes old."""
        return replace(wish, actor=self.people.get(wish.actor.account_id, wish.actor))

    def decide(self, wish: RoomChangeWish) -> Decision[Change]:
        """Judge one wish."""
        room, actor, handles = self.rooms.get(wish.room_id), wish.actor, wish.handles
        if actor.account_id in self.gone and wish.act is not RoomAct.ERASE:
            return rooms.GONE
        by_handle = {person.user_id: person for person in self.people.values()}
        found = {handle: by_handle[handle] for handle in handles if handle in by_handle}
        other = found.get(handles[0]) if handles else None
        match wish.act:
            case RoomAct.MAKE if wish.kind == "direct":
                return rooms.decide_direct(room, wish.room_id, actor, other, self.blocks)
            case RoomAct.MAKE:
                return rooms.decide_create(room, actor, found, handles, self.blocks)
            case RoomAct.ENTER:
                return rooms.decide_enter(room, actor)
            case RoomAct.INVITE:
                return rooms.decide_invite(room, actor, other, self.blocks)
            case RoomAct.REMOVE | RoomAct.ERASE:
                member = actor if wish.act is RoomAct.ERASE else other
                return rooms.decide_remove(room, actor, member)
            case RoomAct.CHANGE:
                return rooms.decide_change(
                    room,
                    actor,
                    wish.name,
                    other,
                    hands_over=bool(handles),
                    settings=wish.settings,
                )
            case RoomAct.DELETE:
                return rooms.decide_delete(room, actor)

    def apply(self, wish: RoomChangeWish, change: Change) -> RoomState:
        """Carry out an accepted change and return the room as it is after it.

        What is a line of the room's history takes the next `rev` of the room.
        """
        if isinstance(change, rooms.Create):
            owner_id = change.people[0].account_id
            room = RoomState(wish.room_id, wish.kind, wish.name or "", owner_id, 1, 0)
            self.rooms[wish.room_id] = room
            if wish.room_id in self.changed:  # deleted in this batch: who was in it then is not now
                self.joined = {each: None for each in self.joined if each[0] != wish.room_id}
            self.created.append((room, wish.partition))
        room = self.changed[wish.room_id] = self.rooms[wish.room_id]
        rooms.apply(room, change)
        if event := event_of(room, change, wish.actor):
            self.events.append(event)
            room.rev = event.rev
        match change:
            case rooms.Create(people):
                self.joined |= dict.fromkeys((room.room_id, each.account_id) for each in people)
            case rooms.Join(person):
                self.joined[room.room_id, person.account_id] = None
            case rooms.Leave(person):
                self.joined.pop((room.room_id, person.account_id), None)
                self.left[room.room_id, person.account_id] = None
            case rooms.Delete():
                del self.rooms[room.room_id]
                self.events = [each for each in self.events if each.room_id != room.room_id]
        return room
