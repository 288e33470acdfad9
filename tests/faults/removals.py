"""Members who are removed and come back again and again, through faults, and the laws of it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from infra.embedded.stack import Stack
from tests.client.api import Refused, User, sign_up
from tests.client.known import chat_dsns, rows
from tests.client.stomp import Closed, Frame, Socket
from tests.client.waiting import pause
from tests.faults.traffic import ADDRESSES
from tests.faults.verify import GENEROUS

# An account may ask 200 people an hour into rooms.
MOST = 100
_FACTS = """
select body from room_facts where room_id = %s::uuid order by fact_no
"""
_MEMBERS = """
select m.account_id::text, r.member_count from members m join rooms r using (room_id)
where room_id = %s::uuid
"""


@dataclass
class Guest:
    """The member's socket: subscribes whenever it may, and recovers by `after`.

    `unseen` are the messages that were said while the member was out and has not been asked back:
    whatever shows one of them goes to `leaked`, and so does what follows the end of a subscription.
    """

    user: User
    room_id: str
    seqs: list[int] = field(default_factory=list)
    unseen: set[int] = field(default_factory=set)
    leaked: list[Any] = field(default_factory=list)
    ends: int = 0

    def __post_init__(self) -> None:
        self.changed = asyncio.Event()
        self.is_in = False
        self._over = asyncio.Event()

    def _show(self, frame: Frame) -> None:
        shown = frame.json
        if shown.get("roomId") != self.room_id:
            return
        told = {shown.get("seq"), shown.get("lastSeq")}
        of_room = frame.headers["destination"].startswith("/sub/chat/")
        if told & self.unseen or (of_room and self._over.is_set()):
            self.leaked.append(shown)
        if shown["type"] == "message":
            self.seqs.append(shown["seq"])
        if shown["type"] == "left" and shown["userId"] == self.user.user_id:
            self.ends += 1
            self._over.set()
        self.changed.set()

    async def run(self) -> None:
        """Stay subscribed, as far as that is allowed, until cancelled."""
        while True:
            self._over = asyncio.Event()
            socket = Socket(self.user, self._show)
            try:
                if (await socket.connect()).command == "CONNECTED":
                    await self._listen(socket)
            except (aiohttp.ClientError, TimeoutError, ConnectionError, Closed):
                pass
            finally:
                self.is_in = False
                await socket.close()
            await pause(0.2)

    async def _listen(self, socket: Socket) -> None:
        await socket.subscribe(f"/sub/user/{self.user.user_id}", "user")
        after = str(self.seqs[-1]) if self.seqs else "0"
        await socket.subscribe(f"/sub/chat/room/{self.room_id}", "room", after=after)
        self.is_in = True
        self.changed.set()
        over = asyncio.create_task(self._over.wait())
        closed = asyncio.create_task(socket.closed.wait())
        await asyncio.wait((over, closed), return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            await pause(0.5)  # what is sent in spite of the end would be seen
        over.cancel()
        closed.cancel()

    async def until_shown(self, seq: int) -> None:
        """Wait until it is subscribed and was shown this message."""
        async with asyncio.timeout(GENEROUS):
            while not self.is_in or self.seqs[-1:] < [seq]:
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Cycle:
    """A group of an owner and a guest whom the owner removes and asks back."""

    owner: User
    guest: Guest
    removals: int = 0
    last: int = 0

    async def run(self, finishing: asyncio.Event) -> None:
        """Remove and ask back, until `finishing`; ends with the guest as a member."""
        path = f"/chat/{self.guest.room_id}/participants"
        while not (finishing.is_set() and self.removals):
            await self.guest.until_shown(await self._say())
            await self.owner.insist("DELETE", f"{path}/{self.guest.user.user_id}")
            self.removals += 1
            for _ in range(2):
                self.guest.unseen.add(self.last + 1)
                await self._say()
            await self._check_out()
            self.guest.unseen.clear()
            await self.owner.insist("POST", path, {"userId": self.guest.user.user_id})
            if self.removals >= MOST:
                await finishing.wait()
            await pause(1.0)

    async def _say(self) -> int:
        """Say something new; nobody else does, so that the next seq is known before."""
        text = f"while faults go on {uuid.uuid4()}"
        body = {"message": text, "messageId": str(uuid.uuid4())}
        told = await self.owner.insist("POST", f"/chat/{self.guest.room_id}", body)
        assert told["seq"] == self.last + 1
        self.last += 1
        return self.last

    async def _check_out(self) -> None:
        """Who is out reads nothing; the socket has some time to show what it should not."""
        for below in ("/messages", "/participants"):
            with pytest.raises(Refused, match="NOT_A_MEMBER"):
                await self.guest.user.insist("GET", f"/chat/{self.guest.room_id}{below}")
        await pause(1.0)

    async def check(self, stack: Stack) -> None:
        """The laws: nothing leaked, each removal once, the rows are what the facts say."""
        await self.guest.until_shown(await self._say())
        assert self.guest.leaked == []
        assert self.guest.seqs == list(range(1, self.last + 1))
        room_id = self.guest.room_id
        facts = [
            json.loads(body) for dsn in chat_dsns(stack) for (body,) in rows(dsn, _FACTS, room_id)
        ]
        kinds = [fact["type"] for fact in facts]
        assert kinds == ["roomCreated", *["memberLeft", "memberJoined"] * self.removals]
        members = Counter(member["accountId"] for member in facts[0]["members"])
        for fact in facts[1:]:
            members[fact["member"]["accountId"]] += 1 if fact["type"] == "memberJoined" else -1
        found = [row for dsn in chat_dsns(stack) for row in rows(dsn, _MEMBERS, room_id)]
        assert Counter({account_id: 1 for account_id, _ in found}) == members
        assert {count for _, count in found} == {len(found)}


@dataclass
class Removals:
    """Some cycles beside the traffic, owner and guest of each on different fronts."""

    base_url: str
    cycles: list[Cycle] = field(default_factory=list)
    finishing: asyncio.Event = field(default_factory=asyncio.Event)
    listening: list[asyncio.Task[None]] = field(default_factory=list)

    async def open(self) -> None:
        """Make the rooms and connect the guests."""
        for number in range(3):
            addresses = (ADDRESSES[number % 2], ADDRESSES[1 - number % 2])
            owner, guest = [await sign_up(self.base_url, "out", each) for each in addresses]
            body = {"kind": "group", "name": "removals", "participants": [guest.user_id]}
            room = await owner.insist("POST", "/chat", body)
            self.cycles.append(Cycle(owner, Guest(guest, room["roomId"])))
        self.listening = [asyncio.create_task(each.guest.run()) for each in self.cycles]

    async def run(self) -> None:
        """Returns after `finish`, when every guest is a member again."""
        await asyncio.gather(*(each.run(self.finishing) for each in self.cycles))

    def finish(self) -> None:
        """Every cycle under way is the last."""
        self.finishing.set()

    async def check(self, stack: Stack) -> None:
        """Every cycle's laws."""
        for each in self.cycles:
            await each.check(stack)

    @property
    def count(self) -> int:
        """How many removals were acknowledged."""
        return sum(each.removals for each in self.cycles)

    async def close(self) -> None:
        """Disconnect everybody."""
        for task in self.listening:
            task.cancel()
        await asyncio.gather(*self.listening, return_exceptions=True)
        for each in self.cycles:
            await each.owner.close()
            await each.guest.user.close()
