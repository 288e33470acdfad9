"""One room's work: its records to its listeners, in the tail's order.

The common case costs one pass over the room's subscriptions; a room that must wait (for a gap, for
a membership check, for proof that the tail is alive, or because it is large) gets a task of its own
and delays no other room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from prometheus_client import Counter

from chatstream.domain.subscriptions import Take
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.rooms import Access, RoomReader
from schemas.records import MessageStored
from web.edge.retrying import patiently
from web.live.access import RoomAccess
from web.live.audience import Room, Rooms, RoomSubscription
from web.live.changes import former_of, has_place, place_of, stored_change
from web.live.frames import Broadcast
from web.live.metrics import (
    GIVEN_UP,
    HELD_BY_ACCESS,
    HELD_BY_GAP,
    HELD_BY_OTHERS,
    HELD_BY_SIZE,
    HELD_BY_TAIL,
    TO_ROOMS,
    Gap,
    filled,
)
from web.live.news import RoomNews, RoomRecord
from web.live.room_list import RoomList
from web.live.subscribing import send_missing

log = logging.getLogger(__name__)

SPREAD = 200  # deliveries in one turn of the event loop: about 2.5 ms
PAGE = 200
QUEUE = 10_000


class RoomWork:
    """Tells rooms; `news` by the type of its record has every record that is told."""

    def __init__(
        self,
        reader: RoomReader,
        rooms: Rooms,
        access: RoomAccess,
        room_list: RoomList,
        news: Mapping[type, RoomNews[Any]],
    ) -> None:
        self._reader = reader
        self._rooms = rooms
        self._access = access
        self._room_list = room_list
        self._news = news

    def tell(self, room: Room, record: RoomRecord, news: RoomNews[Any]) -> None:
        """Tell it at once where nothing stands against it, else after what waits already."""
        at_once = (
            room.task is None
            and len(room.subscriptions) <= SPREAD
            and self._access.is_proven(room, record.access_version)
            and not _skips(room, record, news)
        )
        if at_once:
            behind = _send(list(room.subscriptions), record, news, news.event(record))
            self._note(room, record, news)
            if behind:
                self._start(room, behind, record)
            return
        self._held_by(room, record, news).inc()
        room.queue.append(record)
        if room.task is None:
            self._start(room, [], record)
        elif len(room.queue) > QUEUE:
            GIVEN_UP.labels("too_far_behind").inc()
            self._give_up(room, 1013, "too far behind")

    def _held_by(self, room: Room, record: RoomRecord, news: RoomNews[Any]) -> Counter:
        """What stands against telling it at once, as it is counted; the first that holds."""
        if room.task is not None:
            return HELD_BY_OTHERS
        if record.access_version > room.version:
            return HELD_BY_ACCESS
        if not self._access.is_proven(room, record.access_version):
            return HELD_BY_TAIL
        return HELD_BY_GAP if _skips(room, record, news) else HELD_BY_SIZE

    def _note(self, room: Room, record: RoomRecord, news: RoomNews[Any]) -> None:
        _begin(room, record)
        if has_place(record):
            room.rev = max(room.rev, record.rev or 0)
        elif news.rev is not None and room.rev >= 0:
            room.rev = max(room.rev, news.rev(record))
        if room.watchers and news.line is not None:
            line = news.line(record)
            if line is not None:
                self._room_list.changed(room, line)

    def _start(self, room: Room, behind: list[RoomSubscription], record: RoomRecord) -> None:
        room.task = asyncio.get_running_loop().create_task(self._work(room, behind, record))

    async def _work(self, room: Room, behind: list[RoomSubscription], record: RoomRecord) -> None:
        try:
            await self._fill(room, behind, record)
            while room.queue:
                record = room.queue.popleft()
                await self._access.admit(room, record)
                await self._catch_up(room, record)
                await self._fill(room, await self._spread(room, record), record)
        except Exception:
            GIVEN_UP.labels("fault").inc()
            log.exception("room %s: its sockets are closed and must recover", room.room_id)
            self._give_up(room, 1011, "internal error")
        finally:
            room.task = None
            self._rooms.release(room)

    async def _spread(self, room: Room, record: RoomRecord) -> list[RoomSubscription]:
        _begin(room, record)
        news = self._news[type(record)]
        event = news.event(record)
        listeners = list(room.subscriptions)
        behind: list[RoomSubscription] = []
        for start in range(0, len(listeners), SPREAD):
            if start:
                await asyncio.sleep(0)
            behind += _send(listeners[start : start + SPREAD], record, news, event)
        self._note(room, record, news)
        return behind

    async def _fill(self, room: Room, behind: list[RoomSubscription], record: RoomRecord) -> None:
        """Bring who missed messages to the present, the record that showed the gap included.

        To the present, and not only to the record: rows are read as they are now, and a client
        asks for what is newer than the highest rev it saw.
        """
        while behind:
            place = (behind[0].delivered, behind[0].revised)
            alike = [each for each in behind if (each.delivered, each.revised) == place]
            access = await patiently(partial(self._gap, room.room_id, *place))
            if access is None:
                await self._access.end(room)
                return
            await self._access.check(room, access.room.access_version)
            filled(Gap.MESSAGES, len(access.changes) + len(access.missing.messages))
            for subscription in alike:
                if not subscription.closed:
                    send_missing(subscription, access)
            if not (access.changed.has_more or access.missing.has_more):
                seq = place_of(record)[0] if has_place(record) else 0
                if not all(each.delivered >= seq for each in alike):
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

    async def _catch_up(self, room: Room, record: RoomRecord) -> None:
        """Read the changes before this record that the tail never saw, and tell them."""
        news = self._news[type(record)]
        while _skips(room, record, news):
            after, upto = room.rev, _former(record, news)
            found = await patiently(partial(self._reader.changed, room.room_id, after, upto, PAGE))
            filled(Gap.CHANGES, len(found))
            for stored in found:
                seq, event = stored_change(stored)
                for subscription in list(room.subscriptions):
                    if subscription.revise(seq, stored.rev, event) is Take.SEND:
                        subscription.send(event)
            room.rev = found[-1].rev if len(found) == PAGE else upto

    def _give_up(self, room: Room, code: int, reason: str) -> None:
        room.queue.clear()
        for subscription in list(room.subscriptions):
            subscription.socket.close(code, reason)
            self._rooms.leave(room, subscription)


def _send(
    subscriptions: Sequence[RoomSubscription],
    record: RoomRecord,
    news: RoomNews[Any],
    event: Broadcast,
) -> list[RoomSubscription]:
    """Send the event to whom it is due; returns who misses messages before it."""
    if not has_place(record):
        author = None if news.author is None else news.author(record)
        told = [each for each in subscriptions if each.account_id != author and each.notice(event)]
        for subscription in told:
            subscription.socket.send(event.frame(subscription.header))
        TO_ROOMS.inc(len(told))
        return []
    (seq, rev), behind, dropped = place_of(record), [], 0
    is_change = not isinstance(record, MessageStored)
    due, gap = Take.SEND, Take.GAP  # looking up a member of an enum costs as much as a call
    for subscription in subscriptions:
        decide = subscription.revise if is_change else subscription.take
        take = decide(seq, rev, event)
        if take is due:
            subscription.socket.send(event.frame(subscription.header))
        elif take is gap:
            behind.append(subscription)
        else:
            dropped += 1
    TO_ROOMS.inc(len(subscriptions) - len(behind) - dropped)
    return behind


def _former(record: RoomRecord, news: RoomNews[Any]) -> int:
    """The latest rev that the room's change before it can have; 0: it has no rev."""
    if has_place(record):
        return former_of(record)
    return 0 if news.rev is None else news.rev(record) - 1


def _skips(room: Room, record: RoomRecord, news: RoomNews[Any]) -> bool:
    """Whether changes of the room are missing between what was told and this record."""
    return 0 <= room.rev < _former(record, news)


def _begin(room: Room, record: RoomRecord) -> None:
    """Before the first record is told: whoever comes in meanwhile must have read what is older."""
    if room.rev < 0 and has_place(record):
        room.since = max(room.since, former_of(record))
