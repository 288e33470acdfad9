"""A member without WebSocket: STOMP by SockJS' polls, who comes back as sockjs-client does."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from dataclasses import dataclass, field

import aiohttp

from tests.client.api import User
from tests.client.stomp import Closed, Frame, decode, encode
from tests.client.waiting import pause


@dataclass
class Poller:
    """Polls one room for ever; `seqs` is every seq it was shown, `sessions` how many it opened."""

    user: User
    room_id: str
    seqs: list[int] = field(default_factory=list)
    sessions: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[str] = field(default_factory=list)
    _receipts: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    _session: str = ""

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                await self._talk()
            except (Closed, TimeoutError):
                pass
            except aiohttp.ClientError as error:
                self.faults.append(repr(error))
            self.ready.clear()
            for waiter in self._receipts.values():
                if not waiter.done():
                    waiter.set_exception(Closed("the session ended"))
            self._receipts.clear()
            await pause(0.2)

    async def _talk(self) -> None:
        self._session = secrets.token_hex(4)
        if await self._poll() != "o":
            raise Closed("no session")
        self.sessions += 1
        await self._send("CONNECT", {"accept-version": "1.2", "heart-beat": "0,0"})
        if [frame.command for frame in await self._frames()] != ["CONNECTED"]:
            raise Closed("no connection")
        after = str(self.seqs[-1]) if self.seqs else "0"
        place = f"/sub/chat/room/{self.room_id}"
        await self._send(
            "SUBSCRIBE", {"id": "0", "destination": place, "after": after, "receipt": "subscribed"}
        )
        while True:
            for frame in await self._frames():
                self._take(frame)

    def _take(self, frame: Frame) -> None:
        receipt = frame.headers.get("receipt-id", "")
        if receipt == "subscribed":
            self.ready.set()
        elif frame.command == "MESSAGE" and frame.json["type"] == "message":
            self.seqs.append(frame.json["seq"])
            self.changed.set()
        elif (waiter := self._receipts.get(receipt)) is not None and not waiter.done():
            waiter.set_result(None)

    async def _frames(self) -> list[Frame]:
        """What the next poll brings; Closed when it ends the session, or the server lost it."""
        while (told := await self._poll()) == "h":
            continue
        if not told.startswith("a"):
            raise Closed(told)
        return [frame for text in json.loads(told[1:]) for frame in decode(text)]

    async def _poll(self) -> str:
        status, text = await self._post("xhr", None)
        if status != 200:
            raise Closed(f"{status} {text}")
        return text.rstrip("\n")

    async def _send(self, command: str, headers: dict[str, str], body: str = "") -> None:
        status, text = await self._post("xhr_send", json.dumps([encode(command, headers, body)]))
        if status != 204:
            raise Closed(f"{status} {text}")

    async def _post(self, transport: str, body: str | None) -> tuple[int, str]:
        await self.user.stay_logged_in()
        url = f"{self.user.base_url}/stomp/chat/000/{self._session}/{transport}"
        headers = {"Cookie": f"__Host-access={self.user.token}", "Origin": self.user.base_url}
        # Longer than the heart-beat that ends a poll without news.
        limit = aiohttp.ClientTimeout(total=60)
        async with self.user.http.post(url, data=body, headers=headers, timeout=limit) as answer:
            return answer.status, await answer.text()

    async def say(self, message_id: str, message: str, seconds: float = 10) -> None:
        """SEND; returns when the message is stored."""
        receipt = uuid.uuid4().hex
        waiter = self._receipts[receipt] = asyncio.get_running_loop().create_future()
        body = json.dumps({"messageId": message_id, "message": message})
        headers = {"destination": f"/pub/chat/room/{self.room_id}", "receipt": receipt}
        await self._send("SEND", headers, body)
        async with asyncio.timeout(seconds):
            await waiter
