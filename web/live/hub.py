"""The hub: what the tail reads goes to the sockets of this front that may see it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from chatstream.ports.counting import FactReader
from chatstream.ports.rooms import RoomReader
from schemas.records import RoomFact
from web.live.access import RoomAccess
from web.live.accounts import AccountHub
from web.live.acquaintances import Acquaintances
from web.live.audience import Room, Rooms, RoomSubscription, Subscribed, UserSubscription
from web.live.metrics import SUBSCRIPTIONS, WAITING
from web.live.news import AccountNews, News, RoomNews, by_record
from web.live.room_lines import RoomLines
from web.live.room_list import RoomList
from web.live.room_work import RoomWork
from web.live.subscribing import Subscribing

Handler = Callable[[int, Any], None]


class Hub:
    """Rooms, accounts and their listeners on this front; told by the rows of `news`.

    `lag` as in RoomAccess; `patience` is for how many seconds a SUBSCRIBE waits for its store.
    Raises ValueError when two rows tell a record of the same type.
    """

    def __init__(
        self,
        reader: RoomReader,
        facts: FactReader,
        lag: Callable[[], float],
        patience: float,
        news: Iterable[News],
    ) -> None:
        news = tuple(news)
        self._room_news = by_record(row for each in news for row in each.rooms)
        self._account_news = by_record(row for each in news for row in each.accounts)
        self._told: dict[tuple[type, int], int] = {}
        self._rooms = Rooms()
        self._lines = RoomLines(facts, self._on_room_fact)
        self._room_list = RoomList()
        self.accounts = AccountHub(reader, self._rooms)
        self._acquaintances = Acquaintances(reader, self._rooms, self.accounts)
        access = RoomAccess(reader, self._rooms, self.accounts, self._room_list, lag)
        self._work = RoomWork(reader, self._rooms, access, self._room_list, self._room_news)
        self._subscribing = Subscribing(reader, self._rooms, patience)
        self._handlers = self._by_type()
        SUBSCRIPTIONS.watch(self)
        WAITING.watch(self)

    def wants(self, key: bytes) -> bool:
        """True when somebody here listens to the room with this raw key: decode its record."""
        return self._rooms.get(key) is not None

    def listeners(self) -> tuple[int, int]:
        """See web.live.metrics.Listened."""
        rooms = sum(len(room.subscriptions) for room in self._rooms.all())
        return rooms, self.accounts.subscriptions

    def waiting(self) -> int:
        """See web.live.metrics.Listened."""
        return sum(len(room.queue) for room in self._rooms.all())

    def tell(self, partition: int, record: object) -> None:
        """Tell what the tail has read, as the rows say; a record without one is told to nobody.

        Per room everything is told in the tail's order, and each fact of a room once, in the order
        of its line.
        """
        for handler in self._handlers.get(type(record), ()):
            handler(partition, record)

    def _by_type(self) -> Mapping[type, Sequence[Handler]]:
        handlers: defaultdict[type, list[Handler]] = defaultdict(list)
        for kind, to_accounts in self._account_news.items():
            handlers[kind].append(partial(self._on_account_record, to_accounts))
        for kind, in_room in self._room_news.items():
            handlers[kind].append(partial(self._on_room_record, in_room))
        for kind in get_args(RoomFact):
            handlers[kind] = [self._lines.on_fact]
        return handlers

    def _on_account_record(self, news: AccountNews[Any], partition: int, record: Any) -> None:
        if news.fact_no is not None:
            fact_no, place = news.fact_no(record), (news.record, partition)
            if fact_no <= self._told.get(place, 0):
                return
            self._told[place] = fact_no
        self._tell_accounts(news, record)

    def _on_room_record(self, news: RoomNews[Any], partition: int, record: Any) -> None:
        room = self._rooms.get(record.room_id.encode())
        if room is None or (news.fleeting and not room.subscriptions):
            return
        if news.due is None or news.due(record):
            self._work.tell(room, record, news)

    def _on_room_fact(self, fact: RoomFact) -> None:
        """The next fact of its line."""
        self.accounts.on_fact(fact)
        to_accounts = self._account_news.get(type(fact))
        if to_accounts is not None:
            self._tell_accounts(to_accounts, fact)
        in_room = self._room_news.get(type(fact))
        if in_room is not None:
            self._on_room_record(in_room, 0, fact)

    def _tell_accounts(self, news: AccountNews[Any], record: Any) -> None:
        tell = self._acquaintances.tell if news.acquainted else self.accounts.tell
        for account_id, body in news.told(record, self.accounts):
            tell(account_id, body)

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
        return await self._subscribing.subscribe(room_id, subscription, after, rev)

    def unsubscribe(self, room: Room, subscription: RoomSubscription) -> None:
        """Nothing more goes to this subscription; harmless when it has ended."""
        self._rooms.leave(room, subscription)

    def drop(self, subscribed: Subscribed) -> None:
        """End a subscription of any kind, also one that is still being made."""
        match subscribed:
            case UserSubscription():
                self.accounts.unsubscribe(subscribed)
            case RoomSubscription():
                subscribed.close()
            case (room, subscription):
                self.unsubscribe(room, subscription)

    async def stop(self) -> None:
        """End the work that waits; the sockets are closed by who owns them."""
        tasks = [room.task for room in self._rooms.all() if room.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._acquaintances.stop()
        await self._lines.stop()
        self._room_list.stop()
