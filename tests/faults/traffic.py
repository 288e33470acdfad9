"""Clients that chat through faults: both ways of sending, repeats with the same id, recovery."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from chatstream.domain.partitions import partition_of
from tests.client.api import Refused, User, open_room, sign_up
from tests.client.stomp import Closed, Listener
from tests.client.waiting import pause
from tests.faults.silence import Outage

# Digits would make a word that is not counted; letters stand for them.
LETTERS = str.maketrans("0123456789", "ghijklmnop")
# Seconds in which every room is served again after the last victim has answered.
SERVED_AGAIN = 120.0
# Seconds around a fault in which what is said may still meet it.
SOON = 10.0
EDITS, DELETES = 0.2, 0.1
# The gateway hashes three octets of the address: these two groups meet different fronts.
ADDRESSES = ("127.0.1.1", "127.0.2.1")


@dataclass(frozen=True)
class Sent:
    """An acknowledged message; `at` is when it was said first (monotonic)."""

    room_id: str
    user_id: str
    message_id: str
    text: str
    at: float = field(default_factory=time.monotonic)


@dataclass
class Traffic:
    """`clients` users in rooms of four, each sending at least `messages`, until `finish`.

    Now and then one edits or deletes what it said; `changed` has the texts that are to be there in
    the end by message id, None for a deleted one. A message is edited once at most, so that a wish
    that is carried out late, after its repeat, changes nothing.

    `homes` says in which database each partition's rooms are.
    `answers` has the moments (monotonic) at which a message of each room was acknowledged,
    `outages` every fault there was.
    Words of this run end in `mark`, so that counts can be compared with what was sent.
    """

    base_url: str
    homes: Mapping[int, str]
    clients: int
    messages: int
    mark: str = field(default_factory=lambda: f"q{uuid.uuid4().hex[:6].translate(LETTERS)}")
    users: list[User] = field(default_factory=list)
    rooms: dict[str, list[User]] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    changed: dict[str, str | None] = field(default_factory=dict)
    answers: dict[str, list[float]] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    repeats: Counter[str] = field(default_factory=Counter)
    pace: float = 0.1
    _acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    _finishing: bool = False

    async def open(self) -> None:
        """Sign everybody up, make the rooms and connect the listeners."""
        for number in range(self.clients):
            address = ADDRESSES[number % len(ADDRESSES)]
            self.users.append(await sign_up(self.base_url, "fault", address))
        for start in range(0, self.clients, 2):
            members = [self.users[(start + offset) % self.clients] for offset in range(4)]
            unique = list(dict.fromkeys(id(member) for member in members))
            people = [next(u for u in members if id(u) == one) for one in unique]
            room_id = await self._room(people, start)
            self.rooms[room_id] = people
            self.answers[room_id] = []
        for user in self.users:
            rooms = tuple(room for room, people in self.rooms.items() if user in people)
            self.listeners.append(Listener(user, rooms))
        self._tasks = [asyncio.create_task(listener.run()) for listener in self.listeners]
        await asyncio.gather(*(listener.ready.wait() for listener in self.listeners))

    async def _room(self, people: list[User], start: int) -> str:
        """A room; the last is in a database that has none yet, so that every fault finds one."""
        while True:
            room_id = await open_room(people[0], *people[1:], name=f"faults {start}")
            partitions = [partition_of(each, len(self.homes)) for each in (*self.rooms, room_id)]
            is_last = start + 2 >= self.clients
            if not is_last or {self.homes[one] for one in partitions} == {*self.homes.values()}:
                return room_id

    async def talk(self) -> None:
        """Returns after `finish`, when every client's every message is acknowledged."""
        await asyncio.gather(*(self._client(listener) for listener in self.listeners))

    def finish(self) -> None:
        """Every client stops once it has sent `messages`."""
        self._finishing = True

    async def progress(self, since: float) -> None:
        """Wait until a message of every room was acknowledged after this moment (monotonic)."""

        def silent() -> list[str]:
            return [room for room, times in self.answers.items() if times[-1:] <= [since]]

        try:
            async with asyncio.timeout(SERVED_AGAIN):
                while silent():
                    self._acknowledged.clear()
                    await self._acknowledged.wait()
        except TimeoutError as error:
            faults = ", ".join(self.during(since))
            raise AssertionError(f"after {faults} nobody serves {silent()}") from error

    def during(self, moment: float) -> list[str]:
        """The faults that were not yet over at a moment and had begun soon after it."""
        return [
            outage.fault
            for outage in self.outages
            if outage.began - SOON <= moment <= outage.back + SOON
        ]

    async def _client(self, listener: Listener) -> None:
        chance = random.Random(listener.user.user_id)
        mine: list[Sent] = []
        number = 0
        while number < self.messages or not self._finishing:
            number += 1
            room_id = chance.choice(listener.rooms)
            words = [chance.choice(("apple", "river", "tiger", "music")) for _ in range(3)]
            text = f"{number} " + " ".join(word + self.mark for word in words)
            sent = Sent(room_id, listener.user.user_id, str(uuid.uuid4()), text)
            await self._insist(listener, sent, by_stomp=chance.random() < 0.5)
            self.sent.append(sent)
            self.answers[room_id].append(time.monotonic())
            self._acknowledged.set()
            mine.append(sent)
            await self._change(listener, mine, chance)
            await pause(chance.random() * 2 * self.pace)

    async def _insist(self, listener: Listener, sent: Sent, *, by_stomp: bool) -> None:
        while True:
            try:
                if by_stomp and listener.socket is not None:
                    await listener.socket.say(sent.room_id, sent.message_id, sent.text, 6)
                    return
                body = {"message": sent.text, "messageId": sent.message_id}
                await listener.user.call("POST", f"/chat/{sent.room_id}", body)
                return
            except Refused as error:
                if error.status not in (429, 502, 503, 504):
                    raise
                self.repeats[str(error.status)] += 1
            except (aiohttp.ClientError, TimeoutError, ConnectionError, Closed) as error:
                self.repeats[type(error).__name__] += 1
            await pause(0.2)

    async def _change(self, listener: Listener, mine: list[Sent], chance: random.Random) -> None:
        """Edit one of the own messages, or delete one, edited or not."""
        sent = chance.choice(mine)
        path = f"/chat/{sent.room_id}/messages/{sent.message_id}"
        kind = chance.random()
        if kind < EDITS and sent.message_id not in self.changed:
            text = f"{sent.text} edited{self.mark}"
            await listener.user.insist("PATCH", path, {"message": text})
            self.changed[sent.message_id] = text
        elif EDITS <= kind < EDITS + DELETES:
            mine.remove(sent)
            await listener.user.insist("DELETE", path)
            self.changed[sent.message_id] = None

    async def close(self) -> None:
        """Disconnect everybody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for user in self.users:
            await user.close()
