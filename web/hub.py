"""The hub: what the tail reads goes to the sockets of this front that may see it.

Per room everything is told in the tail's order. The common case costs one pass over the room's
subscriptions; a room that must wait (for a gap, for a membership check, for proof that the tail is
alive, or because it is large) gets a task of its own and delays no other room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from chatstream.domain.subscriptions import Take
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.counting import FactReader
from chatstream.ports.rooms import Access, RoomReader
from schemas.records import (
    MemberJoined,
    MemberLeft,
    MemberTyping,
    MessageStored,
    PositionsMoved,
    RoomCreated,
    RoomDeleted,
    RoomFact,
    RoomRenamed,
)
from web.accounts_hub import AccountHub
from web.audience import OfMessages, Revised, Room, Rooms, RoomSubscription, Told
from web.patience import patiently
from web.people_hub import PeopleHub
from web.room_lines import RoomLines
from web.stomp import events
from web.stomp.frames import Broadcast

log = logging.getLogger(__name__)

SPREAD = 200  # deliveries in one turn of the event loop: about 2.5 ms
PAGE = 200
QUEUE = 10_000
PROOF_AGE = 1.0
_POLL = 0.05
_LISTED = (MessageStored, MemberJoined, MemberLeft, RoomRenamed)  # what a room list shows


class Hub:
    """Rooms and their listeners on this front.

    `lag` tells the seconds since the tail has certainly read everything; from one second on
    nothing is delivered, since a removal may be among what was not read.
    """

    def __init__(
        self, reader: RoomReader, facts: FactReader, lag: Callable[[], float], patience: float
    ) -> None:
        self._reader = reader
        self._lag = lag
        self._patience = patience
        self._rooms = Rooms()
        self._lines = RoomLines(facts, self._on_fact)
        self.accounts = AccountHub(reader, self._rooms)
        self.people = PeopleHub(reader, self._rooms, self.accounts)

    # -- what the tail brings --------------------------------------------------------------

    def wants(self, key: bytes) -> bool:
        """True when somebody here listens to the room with this raw key: decode its message."""
        return self._rooms.get(key) is not None

    def on_message(self, partition: int, record: object) -> None:
        """A record of the messages' RESPONSE topic."""
        if isinstance(record, OfMessages):
            room = self._rooms.get(record.room_id.encode())
            if room is not None:
                self._tell(room, record)

    def on_room(self, partition: int, record: object) -> None:
        """A record of the rooms' RESPONSE topic, every one; each fact is told once, in order."""
        if isinstance(record, RoomFact):
            self._lines.on_fact(partition, record)

    def _on_fact(self, fact: RoomFact) -> None:
        if isinstance(fact, RoomCreated | MemberJoined | MemberLeft):
            self.accounts.on_fact(fact)
        room = self._rooms.get(fact.room_id.encode())
        if room is not None and not isinstance(fact, RoomCreated):
            self._tell(room, fact)

    def on_read(self, partition: int, record: object) -> None:
        """A record of the read positions' RESPONSE topic; a repeat is told again, and harmless."""
        if isinstance(record, PositionsMoved):
            self.accounts.positions_moved(record)
            room = self._rooms.get(record.room_id.encode())
            if room is not None and record.moved:
                self._tell(room, record)

    def on_typing(self, partition: int, record: object) -> None:
        """A record of the typing topic: to the others who listen to the room now."""
        if isinstance(record, MemberTyping):
            room = self._rooms.get(record.room_id.encode())
            if room is not None and room.subscriptions:
                self._tell(room, record)

    def _tell(self, room: Room, record: Told) -> None:
        if room.task is not None:
            room.queue.append(record)
            if len(room.queue) > QUEUE:
                self._give_up(room, 1013, "too far behind")
            return
        at_once = (
            record.access_version <= room.version
            and len(room.subscriptions) <= SPREAD
            and self._lag() < PROOF_AGE
            and not _skips(room, record)
        )
        if at_once:
            behind = self._send(list(room.subscriptions), record, events.of_record(record))
            self._note(room, record)
            if behind:
                self._start(room, behind, record)
        else:
            room.queue.append(record)
            self._start(room, [], record)

    # -- one room's work -------------------------------------------------------------------

    def _send(
        self, subscriptions: Iterable[RoomSubscription], record: Told, event: Broadcast
    ) -> list[RoomSubscription]:
        """Send the event to whom it is due; returns who misses messages before it."""
        if not isinstance(record, OfMessages):
            own = record.account_id if isinstance(record, MemberTyping) else None
            for subscription in subscriptions:
                if subscription.account_id != own and subscription.notice(event):
                    subscription.send(event)
            return []
        seq, rev, behind = record.seq, record.rev, []
        is_change = not isinstance(record, MessageStored)
        due, gap = Take.SEND, Take.GAP  # looking up a member of an enum costs as much as a call
        for subscription in subscriptions:
            decide = subscription.revise if is_change else subscription.take
            take = decide(seq, rev, event)
            if take is due:
                subscription.socket.send(event.frame(subscription.header))
            elif take is gap:
                behind.append(subscription)
        return behind

    def _note(self, room: Room, record: Told) -> None:
        _begin(room, record)
        if isinstance(record, OfMessages):
            room.rev = max(room.rev, record.rev)
        if not room.watchers:
            return
        if isinstance(record, _LISTED) or (
            isinstance(record, Revised) and record.seq == record.last_seq
        ):
            self.accounts.room_changed(room, record)

    def _start(self, room: Room, behind: list[RoomSubscription], record: Told) -> None:
        room.task = asyncio.get_running_loop().create_task(self._work(room, behind, record))

    async def _work(self, room: Room, behind: list[RoomSubscription], record: Told) -> None:
        try:
            await self._fill(room, behind, record)
            while room.queue:
                record = room.queue.popleft()
                await self._admit(room, record)
                await self._catch_up(room, record)
                await self._fill(room, await self._spread(room, record), record)
        except Exception:
            log.exception("room %s: its sockets are closed and must recover", room.room_id)
            self._give_up(room, 1011, "internal error")
        finally:
            room.task = None
            self._rooms.release(room)

    async def _spread(self, room: Room, record: Told) -> list[RoomSubscription]:
        _begin(room, record)
        event = events.of_record(record)
        listeners = list(room.subscriptions)
        behind: list[RoomSubscription] = []
        for start in range(0, len(listeners), SPREAD):
            if start:
                await asyncio.sleep(0)
            behind += self._send(listeners[start : start + SPREAD], record, event)
        self._note(room, record)
        return behind

    async def _fill(self, room: Room, behind: list[RoomSubscription], record: Told) -> None:
        """Bring who missed messages to the present, the record that showed the gap included.

        To the present, and not only to the record: rows are read as they are now, and a client
        asks for what is newer than the highest rev it saw.
        """
        while behind:
            place = (behind[0].delivered, behind[0].revised)
            alike = [each for each in behind if (each.delivered, each.revised) == place]
            access = await patiently(partial(self._gap, room.room_id, *place))
            if access is None:
                await self._end(room, None)
                return
            await self._check(room, access.room.access_version)
            for subscription in alike:
                if not subscription.closed:
                    self._send_missing(subscription, access)
            if not (access.changed.has_more or access.missing.has_more):
                if not all(each.delivered >= getattr(record, "seq", 0) for each in alike):
                    raise LookupError(f"messages after {place[0]} are not to be found")
                behind = [each for each in behind if each not in alike]
            behind = [each for each in behind if not each.closed]

    async def _gap(self, room_id: str, after: int, rev: int) -> Access | None:
        """What is missing after this place; None when the room is gone."""
        try:
            return await self._reader.gap(room_id, after, rev)
        except UserError as error:
            if error.code is not ErrorCode.ROOM_NOT_FOUND:
                raise
            return None

    async def _catch_up(self, room: Room, record: Told) -> None:
        """Read the edits and deletes before this record that the tail never saw, and tell them."""
        while isinstance(record, OfMessages) and _skips(room, record):
            after, upto = room.rev, _former(record)
            found = await patiently(partial(self._reader.changed, room.room_id, after, upto, PAGE))
            for stored in found:
                event = events.changed(stored)
                for subscription in list(room.subscriptions):
                    if subscription.revise(stored.seq, stored.rev, event) is Take.SEND:
                        subscription.send(event)
            room.rev = found[-1].rev if len(found) == PAGE else upto

    # -- who may still listen --------------------------------------------------------------

    async def _admit(self, room: Room, record: Told) -> None:
        """Returns when every listener may see the record; ends those who may not."""
        while self._lag() >= PROOF_AGE:  # noqa: ASYNC110 (the tail has no event for it)
            await asyncio.sleep(_POLL)
        version = record.access_version
        if isinstance(record, RoomDeleted):
            await self._end(room, record)
        if isinstance(record, MemberLeft) and room.version == version - 1:
            self._expel(room, {record.member.account_id}, version)
            self._rooms.rise(room, version)
            return
        await self._check(room, version)

    async def _check(self, room: Room, version: int) -> None:
        """Returns when every listener was a member at this access version; ends who was not."""
        if version <= room.version:
            return
        doubtful = {each.account_id for each in room.subscriptions if each.version < version}
        doubtful.update(watcher.account_id for watcher in room.watchers)
        if doubtful:
            found = await patiently(lambda: self._members(room.room_id, sorted(doubtful), version))
            if found is None:
                await self._end(room, None)
            else:
                known, members = found
                self._expel(room, doubtful - members, known)
        # Not to `known`: who came while we read was seen to be a member at `version` only.
        self._rooms.rise(room, version)

    async def _members(
        self, room_id: str, account_ids: Sequence[str], version: int
    ) -> tuple[int, set[str]] | None:
        """Who of them is a member, at `version` or later; None when the room is gone."""
        try:
            known, members = await self._reader.members_of(room_id, account_ids)
        except UserError as error:
            if error.code is not ErrorCode.ROOM_NOT_FOUND:
                raise
            return None
        if known < version:
            raise TransientFailure(f"read access version {known}, expected {version} or later")
        return known, members

    async def _end(self, room: Room, fact: RoomDeleted | None) -> None:
        """The room is gone: the last frame to everybody, and nothing after it."""
        last = events.room_deleted(room.room_id, fact)
        for number, subscription in enumerate(list(room.subscriptions), start=1):
            self._dismiss(room, subscription, last)
            if number % SPREAD == 0:
                await asyncio.sleep(0)
        await self.accounts.end(room)

    def _dismiss(self, room: Room, subscription: RoomSubscription, last: Broadcast) -> None:
        if subscription.version >= 0:
            subscription.send(last)
        self.unsubscribe(room, subscription)
        subscription.socket.forget(subscription.subscription_id)

    def _expel(self, room: Room, account_ids: set[str], version: int) -> None:
        for subscription in list(room.subscriptions):
            if subscription.account_id in account_ids and subscription.version < version:
                self._dismiss(room, subscription, events.ended(room.room_id, subscription.user_id))
        self.accounts.expel(room, account_ids)

    def _give_up(self, room: Room, code: int, reason: str) -> None:
        room.queue.clear()
        for subscription in list(room.subscriptions):
            subscription.socket.close(code, reason)
            self.unsubscribe(room, subscription)

    # -- subscribing -----------------------------------------------------------------------

    async def subscribe(
        self,
        room_id: str,
        subscription: RoomSubscription,
        after: int | None,
        rev: int | None = None,
    ) -> Room:
        """Send what is missing after `after` and go live; returns the room to unsubscribe from.

        Before that, as they are now, the messages up to `after` that changed after `rev`. Raises
        UserError when the account may not read the room (also when it lost that right meanwhile)
        or the store stays away. Without `after` it begins at the room's head.
        """
        room = self._rooms.ensure(room_id)
        room.subscriptions[subscription] = None
        try:
            await self._recover(room, subscription, after, rev)
        except BaseException:
            self.unsubscribe(room, subscription)
            raise
        return room

    async def _recover(
        self, room: Room, subscription: RoomSubscription, after: int | None, rev: int | None
    ) -> None:
        while True:
            access = await self._read(room, subscription, after, rev)
            if after is None or after > access.room.head:
                after = access.room.head
            subscription.delivered = max(subscription.delivered, after)
            self._send_missing(subscription, access)
            after, rev = subscription.delivered, subscription.revised
            await subscription.socket.drained()
            _still_open(subscription)
            is_old = access.room.rev < room.since  # something lies between it and what came live
            if access.changed.has_more or access.missing.has_more or is_old:
                continue
            due, gap = subscription.release()
            for event in due:
                subscription.send(event)
            if not gap:
                if room.rev < 0:
                    room.rev = room.since = access.room.rev
                if len(room.subscriptions) == 1 and not room.watchers:
                    self._rooms.rise(room, subscription.version)
                if access.positions:
                    subscription.send(events.all_read(room.room_id, access.positions))
                return
            after, rev = subscription.delivered, subscription.revised

    async def _read(
        self, room: Room, subscription: RoomSubscription, after: int | None, rev: int | None = None
    ) -> Access:
        access = await patiently(
            partial(self._reader.subscribe, room.room_id, subscription.account_id, after, rev),
            within=self._patience,
        )
        _still_open(subscription)
        subscription.version = access.room.access_version
        return access

    def _send_missing(self, subscription: RoomSubscription, access: Access) -> None:
        """Send what the snapshot has, changes first, and count it.

        A client that is cut off goes on after the highest rev it saw, and messages have high ones:
        none is sent before every older change is.
        """
        for stored in access.changed.messages:
            subscription.send(events.changed(stored))
        if access.changed.has_more:
            subscription.revised = access.changed.messages[-1].rev
            return
        subscription.revised = max(subscription.revised, access.room.rev)
        for stored in access.missing.messages:
            if subscription.advance(stored.seq):
                subscription.send(events.message(stored))

    def unsubscribe(self, room: Room, subscription: RoomSubscription) -> None:
        """Nothing more goes to this subscription; harmless when it has ended."""
        subscription.close()
        room.subscriptions.pop(subscription, None)
        self._rooms.release(room)

    async def stop(self) -> None:
        """End the work that waits; the sockets are closed by who owns them."""
        tasks = [room.task for room in self._rooms.all() if room.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.people.stop()
        await self._lines.stop()
        self.accounts.stop()


def _still_open(subscription: RoomSubscription) -> None:
    if subscription.closed:
        raise UserError(ErrorCode.NOT_A_MEMBER, "the membership has ended")


def _skips(room: Room, record: Told) -> bool:
    """Whether facts of the room's messages are missing between what was told and this record."""
    return isinstance(record, OfMessages) and 0 <= room.rev < _former(record)


def _former(record: OfMessages) -> int:
    """The latest rev that the room's fact before this one can have; a repeat does not tell it."""
    if isinstance(record, MessageStored) and record.seq == 1:
        return 0
    return record.former_rev or record.rev - 1


def _begin(room: Room, record: Told) -> None:
    """Before the first record is told: whoever comes in meanwhile must have read what is older."""
    if room.rev < 0 and isinstance(record, OfMessages):
        room.since = max(room.since, _former(record))
