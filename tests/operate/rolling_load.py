"""People who chat, read and poll while everything under them is replaced."""

from __future__ import annotations

import asyncio
import ssl
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.client.api import User, open_room, sign_up
from tests.client.polls import Poller
from tests.client.stomp import Closed, Listener
from tests.client.waiting import pause

# The gateway hashes three octets of the address: these groups meet different fronts.
ADDRESSES = ("127.0.1.1", "127.0.2.1", "127.0.3.1")
READS = ("/chat", "/user/me", "/user/friends", "/stats/words?window=hour", "/chat/{room}/messages")
PACE = 0.1


@dataclass(frozen=True)
class Said:
    """An acknowledged message."""

    room_id: str
    message_id: str
    text: str


@dataclass
class Load:
    """Everybody of the scene, and what befell them."""

    users: list[User]
    rooms: list[str]
    listeners: list[Listener]
    poller: Poller
    said: list[Said] = field(default_factory=list)
    acknowledged: dict[str, list[float]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    stopping: bool = False
    working: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        """Everybody chats, reads and polls from now on."""
        doing = [self.speak(listener, number) for number, listener in enumerate(self.listeners)]
        doing += [self.read(user) for user in self.users[: len(ADDRESSES)]]
        self.working = [asyncio.create_task(each) for each in (*doing, self.poll_and_speak())]

    async def finish(self) -> None:
        """Everybody ends what they have begun; the sockets stay open."""
        self.stopping = True
        await asyncio.gather(*self.working)

    async def speak(self, listener: Listener, number: int) -> None:
        """Say something in each room in turn, by STOMP or by HTTP, until it is acknowledged."""
        count = 0
        while not self.stopping:
            count += 1
            room_id = self.rooms[count % len(self.rooms)]
            said = Said(room_id, str(uuid.uuid4()), f"{number} says {count}")
            while not await self._stored(listener, said, by_stomp=count % 2 == 0):
                await pause(0.2)
            self._note(said)
            await pause(PACE)

    async def _stored(self, listener: Listener, said: Said, *, by_stomp: bool) -> bool:
        if by_stomp and listener.socket is not None:
            try:
                await listener.socket.say(said.room_id, said.message_id, said.text, 10)
            except (Closed, TimeoutError, ConnectionError) as error:
                self.answers[type(error).__name__] += 1
                return False
            return True
        body = {"message": said.text, "messageId": said.message_id}
        return await self._ask(listener.user, "POST", f"/chat/{said.room_id}", body)

    async def _ask(
        self, user: User, method: str, path: str, body: dict[str, str] | None = None
    ) -> bool:
        """Whether it was carried out; what may not be repeated by its own word is a failure."""
        await user.stay_logged_in()
        url = user.base_url + path
        try:
            async with user.http.request(
                method, url, json=body, headers=user.authorization
            ) as answer:
                self.answers[str(answer.status)] += 1
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            self.failures.append(f"{method} {path}: {error!r}")
            return False
        may_repeat = answer.status == 503 and "Retry-After" in answer.headers
        if answer.status >= 400 and not may_repeat:
            self.failures.append(f"{method} {path}: {answer.status} {text}")
        return answer.status < 400

    async def read(self, user: User) -> None:
        """What an open page asks for, over and over."""
        count = 0
        while not self.stopping:
            count += 1
            path = READS[count % len(READS)].replace("{room}", self.rooms[0])
            await self._ask(user, "GET", path)
            await pause(PACE / 2)

    async def poll_and_speak(self) -> None:
        """The one without WebSocket says something too."""
        count = 0
        while not self.stopping:
            count += 1
            said = Said(self.poller.room_id, str(uuid.uuid4()), f"by poll {count}")
            while not await self._sent(said):
                await pause(0.2)
            self._note(said)
            await pause(PACE * 3)

    async def _sent(self, said: Said) -> bool:
        await self.poller.ready.wait()
        try:
            await self.poller.say(said.message_id, said.text)
        except (Closed, TimeoutError) as error:
            self.answers[f"poll {type(error).__name__}"] += 1
            return False
        except aiohttp.ClientError as error:
            self.failures.append(f"xhr_send: {error!r}")
            return False
        return True

    def _note(self, said: Said) -> None:
        self.said.append(said)
        self.acknowledged[said.room_id].append(time.monotonic())

    async def until_all_is_seen(self, heads: dict[str, int]) -> None:
        """Wait until everybody was shown the head of each room."""
        for listener in self.listeners:
            for room_id, head in heads.items():
                await listener.until_seen(room_id, head)
        async with asyncio.timeout(120):
            while not self.poller.seqs or self.poller.seqs[-1] < heads[self.poller.room_id]:
                self.poller.changed.clear()
                await self.poller.changed.wait()


@asynccontextmanager
async def under_load(base_url: str, trusting: ssl.SSLContext) -> AsyncIterator[Load]:
    """Six who chat in two rooms from three networks, three who read, one who polls."""
    count = 2 * len(ADDRESSES)
    users = [
        await sign_up(base_url, "roller", ADDRESSES[n % len(ADDRESSES)], trusting)
        for n in range(count + 1)
    ]
    rooms = [await open_room(users[0], *users[1:], name=f"rolling {n}") for n in range(2)]
    listeners = [Listener(user, tuple(rooms)) for user in users[:count]]
    load = Load(users, rooms, listeners, Poller(users[-1], rooms[0]))
    load.acknowledged = {room_id: [] for room_id in rooms}
    everybody: list[Listener | Poller] = [*listeners, load.poller]
    staying = [asyncio.create_task(each.run()) for each in everybody]
    await asyncio.gather(*(each.ready.wait() for each in everybody))
    load.begin()
    try:
        yield load
    finally:
        for task in (*load.working, *staying):
            task.cancel()
        await asyncio.gather(*load.working, *staying, return_exceptions=True)
        for user in users:
            await user.close()
