"""An in-memory RoomReader, and the RESPONSE records that its changes would give."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chatstream.domain.history import page_around
from chatstream.domain.mentions import named
from chatstream.domain.name_filter import NameFilter
from chatstream.domain.room_events import SHOWN_EVENTS, EventType, events_span
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.messages import (
    MentionedMember,
    Page,
    PageAround,
    RoomChange,
    ShownEvent,
    StoredMessage,
    by_rev,
)
from chatstream.ports.reading import Position
from chatstream.ports.rooms import Access, RoomHead, RoomListing, ShownPerson
from schemas import records
from schemas.contexts.rooms import ROOM as ROOM_STREAM
from schemas.records import (
    Member,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessageStored,
    MoveAnswer,
    OwnerChanged,
    PositionsMoved,
    ReadPosition,
    RoomConfigured,
    RoomCreated,
    RoomDeleted,
    RoomFact,
    RoomKind,
    RoomRenamed,
)
from tests.fakes.changes import Changes
from tests.fakes.pages import page
from tests.fakes.reading import moved_to

F = TypeVar("F", bound=RoomFact)

ROOM = "0190a0f0-0000-7000-8000-000000000001"
OTHER = "0190a0f0-0000-7000-8000-000000000002"
AT = "2026-11-21T12:00:00.000Z"

Place = dict[str, Any]


@dataclass
class FakeRoom:
    """A room's rows."""

    room_id: str
    members: dict[str, Member]
    kind: RoomKind = "group"
    name: str = "room"
    owner: str = ""
    peers: tuple[Member, ...] = ()
    access_version: int = 1
    messages: list[StoredMessage] = field(default_factory=list)
    rev: int = 0
    positions: dict[str, int] = field(default_factory=dict)
    events: list[ShownEvent] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def happened(self, kind: EventType, who: Member | None, name: str | None = None) -> Place:
        """Keep a line behind the newest message; returns the place that its fact has."""
        self.rev += 1
        after = len(self.messages)
        event = ShownEvent(
            room_id=self.room_id,
            type=kind,
            after=after,
            rev=self.rev,
            account_id=who.account_id if who else "",
            user_id=who.user_id or None if who else None,
            user_name=who.name or None if who else None,
            at=AT,
            member_count=len(self.members),
            name=name,
            place=sum(each.after == after for each in self.events) + 1,
        )
        self.events.append(event)
        return {"at": AT, "seq": after, "rev": self.rev}

    def events_behind(self, span: tuple[int, int] | None) -> tuple[ShownEvent, ...]:
        """As infra.postgres.room_events gives them."""
        first, last = span or (1, 0)
        most = Counter(each.after for each in self.events)
        return tuple(
            each
            for each in self.events
            if first <= each.after <= last and each.place > most[each.after] - SHOWN_EVENTS
        )

    def mentioned(self, text: str) -> tuple[MentionedMember, ...]:
        """The members that a text names."""
        by_handle = {each.user_id: each for each in self.members.values()}
        found = (next(filter(by_handle.get, handles), None) for handles in named(text))
        return tuple(MentionedMember(handle, by_handle[handle].name) for handle in found if handle)


class FakeRooms:
    """ports.rooms.RoomReader over dictionaries; it reads the facts of one room line back, too.

    `fact_no` is the line's head, `facts_kept` what it holds; an account's name is its id. Only
    positions that were moved are there; `over` are the mutes that hold no more.

    `page` bounds a read of missing messages; while `away` every read raises TransientFailure;
    while `gate` is not set, the `gated` reads wait: `members_of` before it takes its snapshot, the
    others after. `changes` tells of every read that begins or waits.
    """

    def __init__(self, page: int = 200, changes: Changes | None = None) -> None:
        self.changes = changes or Changes()
        self.rooms: dict[str, FakeRoom] = {}
        self.page = page
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.gated = {"subscribe", "members_of", "gap", "changed", "room_ids_of", "facts"}
        self.waiting = 0
        self.calls: list[str] = []
        self.fact_no = 0
        self.facts_kept: list[bytes] = []
        self.people: dict[str, ShownPerson] = {}
        self.over: set[str] = set()

    # -- changes, and what the topic would carry ----------------------------------------------

    def _base(self, room: FakeRoom, by: str) -> dict[str, Any]:
        self.fact_no += 1
        return {
            "request_id": "r",
            "room_id": room.room_id,
            "account_id": by,
            "fact_no": self.fact_no,
            "member_count": len(room.members),
            "access_version": room.access_version,
        }

    def _keep(self, fact: F) -> F:
        self.facts_kept.append(records.encode(fact))
        return fact

    def create(
        self, room_id: str, *members: str, kind: RoomKind = "group", name: str = "room"
    ) -> RoomCreated:
        people = {each: Member(account_id=each, user_id=each, name=each) for each in members}
        peers = tuple(people.values()) if kind == "direct" else ()
        room = FakeRoom(room_id, people, kind, name, members[0], peers)
        self.rooms[room_id] = room
        return self._keep(
            RoomCreated(
                **self._base(room, members[0]),
                kind=kind,
                name=name,
                owner=people[members[0]],
                members=tuple(people.values()),
                created_at=AT,
            )
        )

    def say(self, room_id: str, account_id: str, text: str = "hi") -> MessageStored:
        room = self.rooms[room_id]
        seq = len(room.messages) + 1
        room.rev += 1
        stored = StoredMessage(
            room_id, seq, room.rev, f"{seq:08d}-0000-4000-8000-000000000000", account_id,
            account_id, account_id, text, AT, mentions=room.mentioned(text),
        )  # fmt: skip
        room.messages.append(stored)
        return self.record(room_id, seq)

    def edit(self, room_id: str, seq: int, text: str) -> MessageEdited:
        mentions = self.rooms[room_id].mentioned(text)
        fields = self._revise(room_id, seq, message=text, edited_at=AT, mentions=mentions)
        return MessageEdited(
            **fields, message=text, edited_at=AT, mentions=records.people(mentions)
        )

    def unsay(self, room_id: str, seq: int) -> MessageDeleted:
        fields = self._revise(room_id, seq, message="", edited_at=None, deleted_at=AT, mentions=())
        return MessageDeleted(**fields, deleted_at=AT)

    def _revise(self, room_id: str, seq: int, **changed: Any) -> dict[str, Any]:
        room = self.rooms[room_id]
        former, former_rev = room.messages[seq - 1], room.rev
        room.rev += 1
        room.messages[seq - 1] = replace(former, rev=room.rev, **changed)
        return {
            "fact_no": room.rev,
            "request_id": f"{room.rev:08d}-0000-4000-9000-000000000000",
            "room_id": room_id,
            "seq": seq,
            "rev": room.rev,
            "message_id": former.message_id,
            "account_id": former.account_id,
            "user_id": former.user_id or "",
            "user_name": former.user_name or "",
            "former": former.message,
            "created_at": former.created_at,
            "access_version": room.access_version,
            "room_kind": room.kind,
            "last_seq": len(room.messages),
            "former_rev": former_rev,
        }

    def record(self, room_id: str, seq: int) -> MessageStored:
        room = self.rooms[room_id]
        stored = room.messages[seq - 1]
        return MessageStored(
            fact_no=stored.rev,
            room_id=room_id,
            seq=seq,
            rev=stored.rev,
            message_id=stored.message_id,
            account_id=stored.account_id,
            user_id=stored.user_id or "",
            user_name=stored.user_name or "",
            message=stored.message,
            created_at=stored.created_at,
            access_version=room.access_version,
            room_kind=room.kind,
            former_rev=stored.rev - 1,
            mentions=records.people(stored.mentions),
        )

    def join(self, room_id: str, account_id: str, by: str | None = None) -> MemberJoined:
        room = self.rooms[room_id]
        member = Member(account_id=account_id, user_id=account_id, name=account_id)
        room.members[account_id] = member
        base = self._base(room, by or account_id)
        place = room.happened(EventType.JOINED, member)
        return self._keep(MemberJoined(**base, **place, member=member))

    def leave(self, room_id: str, account_id: str, by: str | None = None) -> MemberLeft:
        room = self.rooms[room_id]
        member = room.members.pop(account_id)
        room.access_version += 1
        base = self._base(room, by or account_id)
        place = room.happened(EventType.LEFT, member)
        return self._keep(MemberLeft(**base, **place, member=member))

    def rename(self, room_id: str, name: str) -> RoomRenamed:
        room = self.rooms[room_id]
        room.name, owner = name, room.members.get(room.owner)
        place = room.happened(EventType.RENAMED, owner, name)
        base = self._base(room, room.owner)
        return self._keep(RoomRenamed(**base, **place, name=name, member=owner))

    def hand_over(self, room_id: str, account_id: str) -> OwnerChanged:
        room = self.rooms[room_id]
        base = self._base(room, room.owner)
        room.owner, owner = account_id, room.members[account_id]
        place = room.happened(EventType.OWNER_CHANGED, owner)
        return self._keep(OwnerChanged(**base, **place, owner=owner))

    def delete(self, room_id: str) -> RoomDeleted:
        room = self.rooms.pop(room_id)
        room.access_version += 1
        return self._keep(RoomDeleted(**self._base(room, room.owner), at=AT))

    def follow(self, fact: RoomFact) -> None:
        """Bring the rows to what they are after a fact of another store."""
        if isinstance(fact, RoomCreated):
            people = {each.account_id: each for each in fact.members}
            peers = fact.members if fact.kind == "direct" else ()
            self.rooms[fact.room_id] = FakeRoom(
                fact.room_id, people, fact.kind, fact.name, fact.owner.account_id, peers
            )
            return
        room = self.rooms[fact.room_id]
        room.access_version = fact.access_version
        match fact:
            case MemberJoined(member=member):
                room.members[member.account_id] = member
                room.happened(EventType.JOINED, member)
            case MemberLeft(member=member):
                del room.members[member.account_id]
                room.happened(EventType.LEFT, member)
            case RoomRenamed(name=name, member=actor):
                room.name = name
                room.happened(EventType.RENAMED, actor, name)
            case OwnerChanged(owner=owner):
                room.owner = owner.account_id
                room.happened(EventType.OWNER_CHANGED, owner)
            case RoomConfigured(setting=setting, value=value):
                room.settings[setting] = value
            case RoomDeleted():
                del self.rooms[fact.room_id]

    def read(self, room_id: str, account_id: str, seq: int, request_id: str) -> PositionsMoved:
        room = self.rooms[room_id]
        former = room.positions.get(account_id, 0)
        at = room.positions[account_id] = moved_to(former, seq, len(room.messages))
        moved = (ReadPosition(account_id, account_id, at),) if at > former else ()
        return PositionsMoved(
            room_id=room_id,
            positions=moved,
            moved=len(moved),
            answers=(MoveAnswer(request_id, account_id, at),),
            access_version=room.access_version,
            at=AT,
        )

    # -- ports.rooms.RoomReader ---------------------------------------------------------------

    async def _pass(self, call: str) -> None:
        self.calls.append(call)
        self.changes.happened()
        if self.away:
            raise TransientFailure("the store is away")
        if not self.gate.is_set() and call in self.gated:
            self.waiting += 1
            self.changes.happened()
            await self.gate.wait()
            self.waiting -= 1

    def _room(self, room_id: str, account_id: str | None = None) -> FakeRoom:
        room = self.rooms.get(room_id)
        if room is None:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        if account_id is not None and account_id not in room.members:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        return room

    def _head(self, room: FakeRoom, account_id: str = "") -> RoomHead:
        head = len(room.messages)
        others = [peer.name for peer in room.peers if peer.account_id != account_id]
        name = others[0] if others and account_id else room.name
        return RoomHead(
            room.room_id, room.kind, name, room.owner, len(room.members), room.access_version,
            head, room.rev, AT,
        )  # fmt: skip

    def _listing(self, room: FakeRoom, account_id: str) -> RoomListing:
        last = room.messages[-1] if room.messages else None
        shown = list(room.members.values())[:100]
        people = tuple(ShownPerson(each.account_id, each.user_id, each.name) for each in shown)
        owner = room.members.get(room.owner) if room.kind != "direct" else None
        handle = owner.user_id if owner else None
        gone = sum(message.deleted_at is not None for message in room.messages)
        head, settings = self._head(room, account_id), room.settings
        return RoomListing(head, people, last, 0, handle, gone, settings)

    async def room(self, room_id: str) -> RoomHead:
        await self._pass("room")
        return self._head(self._room(room_id))

    async def member_room(self, room_id: str, account_id: str) -> RoomListing:
        await self._pass("member_room")
        return self._listing(self._room(room_id, account_id), account_id)

    async def person(self, user_id: str) -> ShownPerson:
        await self._pass("person")
        if user_id not in self.people:
            raise UserError(ErrorCode.USER_NOT_FOUND)
        return self.people[user_id]

    async def participants(
        self, room_id: str, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[ShownPerson], str | None]:
        await self._pass("participants")
        members = self._room(room_id, account_id).members.values()
        people = [ShownPerson(each.account_id, each.user_id, each.name) for each in members]
        return page("participants", people, cursor, limit)

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        assert topic == ROOM_STREAM.response.name
        await self._pass("facts")
        return list(enumerate(self.facts_kept[after:upto], start=after + 1))

    def _access(self, room: FakeRoom, after: int | None, rev: int | None) -> Access:
        messages = [] if after is None else room.messages[after : after + self.page]
        more = after is not None and after + self.page < len(room.messages)
        had = room.messages if after is None else room.messages[:after]
        changed = sorted(
            (each for each in had if rev is not None and _is_changed(each) and each.rev > rev),
            key=lambda each: each.rev,
        )
        events = [each for each in room.events if rev is not None and each.rev > rev]
        first = by_rev(changed, events)[: self.page]
        is_cut = len(first) < len(changed) + len(events)
        return Access(
            self._head(room),
            Page(tuple(messages), more, room.rev),
            Page(tuple(each for each in changed if each in first), is_cut, room.rev),
            tuple(Position(who, who, at) for who, at in room.positions.items()) or None,
            tuple(each for each in events if each in first),
        )

    async def subscribe(
        self, room_id: str, account_id: str, after: int | None, rev: int | None = None
    ) -> Access:
        access = self._access(self._room(room_id, account_id), after, rev)
        await self._pass("subscribe")
        return access

    async def members_of(self, room_id: str, account_ids: Sequence[str]) -> tuple[int, set[str]]:
        await self._pass("members_of")
        room = self._room(room_id)
        return room.access_version, {each for each in account_ids if each in room.members}

    async def history(
        self, room_id: str, account_id: str, *, before: int | None, after: int | None, limit: int
    ) -> Page:
        await self._pass("history")
        room = self._room(room_id, account_id)
        messages = room.messages
        if after is not None:
            found = messages[after:]
            kept = found[:limit]
        else:
            found = messages[: before - 1] if before is not None else messages
            kept = found[-limit:]
        ends = (kept[0].seq, kept[-1].seq) if kept else (0, 0)
        events = room.events_behind(events_span(before, after, *ends))
        return Page(tuple(kept), len(found) > limit, room.rev, events)

    async def around(self, room_id: str, account_id: str, seq: int, limit: int) -> PageAround:
        await self._pass("around")
        room = self._room(room_id, account_id)
        head = len(room.messages)
        first, last = page_around(seq, head, limit)
        messages = tuple(room.messages[max(0, first - 1) : last])
        events = room.events_behind(events_span(None, None, first, last))
        return PageAround(messages, first > 1, last < head, room.rev, events)

    async def gap(self, room_id: str, after: int, rev: int) -> Access:
        access = self._access(self._room(room_id), after, rev)
        await self._pass("gap")
        return access

    async def changed(
        self, room_id: str, after: int, upto: int, limit: int
    ) -> tuple[RoomChange, ...]:
        room = self._room(room_id)
        found = by_rev(filter(_is_changed, room.messages), room.events)
        await self._pass("changed")
        return tuple([each for each in found if after < each.rev <= upto][:limit])

    async def shown(
        self, places: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], StoredMessage]:
        await self._pass("shown")
        return {
            (room_id, seq): self.rooms[room_id].messages[seq - 1]
            for room_id, seq in places
            if room_id in self.rooms and seq <= len(self.rooms[room_id].messages)
        }

    async def rooms_of(
        self, account_id: str, cursor: str | None, limit: int, query: str = ""
    ) -> tuple[Sequence[RoomListing], str | None]:
        ids = await self.room_ids_of(account_id)
        listings = [await self.member_room(each, account_id) for each in ids]
        names = NameFilter(query)
        found = [each for each in listings if names.fits(_names(each, account_id))]
        return page("rooms", found, cursor, limit)

    async def open_rooms(
        self, query: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[RoomListing], str | None]:
        await self._pass("open_rooms")
        found = [
            self._listing(room, account_id="")
            for room in self.rooms.values()
            if room.kind == "open" and query.casefold() in room.name.casefold()
        ]
        return page("open", found, cursor, limit)

    async def has_message(self, room_id: str, account_id: str, message_id: str) -> bool:
        room = self.rooms.get(room_id)
        said = room.messages if room else []
        await self._pass("has_message")
        return any((m.account_id, m.message_id) == (account_id, message_id) for m in said)

    async def lifted(self, room_id: str, sanction_ids: Sequence[str]) -> set[str]:
        await self._pass("lifted")
        return self.over & set(sanction_ids)

    async def room_ids_of(self, account_id: str) -> Sequence[str]:
        ids = [room.room_id for room in self.rooms.values() if account_id in room.members]
        await self._pass("room_ids_of")
        return ids


def _names(listing: RoomListing, account_id: str) -> list[str]:
    """What a list calls a room."""
    others = [each.name or "" for each in listing.members if each.account_id != account_id]
    return [listing.room.name] if listing.room.name else others


def _is_changed(message: StoredMessage) -> bool:
    return message.edited_at is not None or message.deleted_at is not None
