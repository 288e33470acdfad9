"""What concerns an account, to its `/sub/user` subscriptions on this front."""

from __future__ import annotations

import asyncio

from chatstream.ports.rooms import RoomReader
from schemas.records import MemberJoined, MemberLeft, RoomCreated, RoomFact
from web.edge.retrying import patiently
from web.live.audience import Room, Rooms, UserSubscription
from web.live.events import Body, RoomChanged, for_user
from web.live.metrics import TO_ACCOUNTS
from web.live.rooms import Invited, Removed

_SPREAD = 200


class AccountHub:
    """Accounts and their subscriptions, and which rooms each is told about."""

    def __init__(self, reader: RoomReader, rooms: Rooms) -> None:
        self._reader = reader
        self._rooms = rooms
        self._accounts: dict[str, dict[UserSubscription, None]] = {}

    async def subscribe(self, subscription: UserSubscription) -> None:
        """Returns when the account's rooms are known and every change from here on is told.

        A store that is away delays that, for ever if need be: refusals are told all the same, and
        a connection must not end for rooms it may not even use.
        """
        self._accounts.setdefault(subscription.account_id, {})[subscription] = None
        mark = self._rooms.mark
        try:
            room_ids = await patiently(lambda: self._reader.room_ids_of(subscription.account_id))
        except BaseException:
            self.unsubscribe(subscription)
            raise
        if subscription in self._accounts.get(subscription.account_id, ()):
            subscription.load(set(room_ids))
            for room_id in subscription.rooms:
                self._watch(room_id, subscription, mark)

    def _watch(self, room_id: str, subscription: UserSubscription, mark: int) -> None:
        room = self._rooms.ensure(room_id)
        if room.risen > mark:
            room.version = 0  # the rooms were read before the rise: ask again who is a member
        room.watchers[subscription] = None

    def unsubscribe(self, subscription: UserSubscription) -> None:
        """Nothing more goes to this subscription; harmless when it has ended."""
        held = self._accounts.get(subscription.account_id, {})
        held.pop(subscription, None)
        if not held:
            self._accounts.pop(subscription.account_id, None)
        for room_id in subscription.rooms:
            self._unwatch(room_id, subscription)
        subscription.rooms = set()

    def _unwatch(self, room_id: str, subscription: UserSubscription) -> None:
        room = self._rooms.get(room_id.encode())
        if room is not None:
            room.watchers.pop(subscription, None)
            self._rooms.release(room)

    @property
    def subscriptions(self) -> int:
        """How many there are on this front."""
        return sum(map(len, self._accounts.values()))

    def __contains__(self, account_id: object) -> bool:
        """True when this account listens on this front."""
        return account_id in self._accounts

    @property
    def is_empty(self) -> bool:
        """True when no account listens on this front."""
        return not self._accounts

    def of(self, account_id: str) -> list[UserSubscription]:
        """The subscriptions of this account."""
        return list(self._accounts.get(account_id, ()))

    def tell(self, account_id: str, body: Body) -> None:
        """Send to every subscription of this account, and to no other."""
        held = self._accounts.get(account_id)
        if held:
            subscriptions = list(held)
            event = for_user(subscriptions[0].user_id, body)
            for subscription in subscriptions:
                subscription.send(event)
            TO_ACCOUNTS.inc(len(subscriptions))

    # -- memberships -----------------------------------------------------------------------

    def on_fact(self, fact: RoomFact) -> None:
        """Memberships begin or end with it."""
        match fact:
            case RoomCreated():
                for member in fact.members:
                    self._enter(member.account_id, fact.account_id, fact.room_id, fact.created_at)
            case MemberJoined():
                self._enter(fact.member.account_id, fact.account_id, fact.room_id, fact.at)
            case MemberLeft():
                self._leave(fact.member.account_id, fact.room_id)

    def _enter(self, account_id: str, by: str, room_id: str, at: str) -> None:
        held = self._accounts.get(account_id)
        if not held:
            return
        for subscription in held:
            if subscription.early is not None:
                subscription.early.append((room_id, True))
            else:
                subscription.rooms.add(room_id)
                self._watch(room_id, subscription, self._rooms.mark)
        own = account_id == by
        self.tell(
            account_id,
            RoomChanged(room_id=room_id) if own else Invited(room_id=room_id, at=at),
        )

    def _leave(self, account_id: str, room_id: str) -> None:
        held = self._accounts.get(account_id)
        if not held:
            return
        watched = False
        for subscription in list(held):
            if subscription.early is not None:
                subscription.early.append((room_id, False))
                watched = True
            elif room_id in subscription.rooms:
                watched = True
                subscription.rooms.discard(room_id)
                self._unwatch(room_id, subscription)
        if watched:
            self.tell(account_id, Removed(room_id=room_id))

    def expel(self, room: Room, account_ids: set[str]) -> None:
        """These accounts are no members of the room."""
        for account_id in account_ids:
            self._leave(account_id, room.room_id)

    async def end(self, room: Room) -> None:
        """The room is gone: nobody watches it any more."""
        for number, watcher in enumerate(list(room.watchers), start=1):
            self._leave(watcher.account_id, room.room_id)
            if number % _SPREAD == 0:
                await asyncio.sleep(0)
