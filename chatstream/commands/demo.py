"""The product's first scene, played in a terminal against a running stack.

Two people log in, one opens a room, the other joins it; what one says arrives at the other's
socket after it was stored, can be found, and is counted.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from uuid_utils.compat import uuid7

from chatstream.errors import TransientFailure

Say = Callable[[str], None]
PASSWORD = secrets.token_urlsafe(12)
WAIT = 60.0


@dataclass
class DemoPerson:
    """A logged-in account of the scene."""

    http: aiohttp.ClientSession
    base_url: str
    user_id: str
    token: str = ""

    async def call(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """One call; its JSON. TransientFailure with the answer's text when it is refused."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(
            method, self.base_url + path, json=body, params=query, headers=headers
        ) as answer:
            if answer.status >= 400:
                raise TransientFailure(f"{method} {path}: {answer.status} {await answer.text()}")
            return await answer.json()

    async def enrol(self, name: str) -> None:
        """Sign up and log in."""
        account = {"userId": self.user_id, "password": PASSWORD}
        await self.call("POST", "/user", {**account, "name": name})
        self.token = (await self.call("POST", "/user/login", account))["accessToken"]

    async def listen(self, room_id: str) -> aiohttp.ClientWebSocketResponse:
        """A STOMP connection with a subscription of the room."""
        url = self.base_url.replace("http", "ws", 1) + "/stomp/chat"
        socket = await self.http.ws_connect(url, protocols=("v12.stomp",))
        authorization = f"Bearer {self.token}"
        await _send(socket, "CONNECT", {"accept-version": "1.2", "Authorization": authorization})
        await _expect(socket, "CONNECTED")
        place = f"/sub/chat/room/{room_id}"
        await _send(socket, "SUBSCRIBE", {"id": "0", "destination": place, "receipt": "1"})
        await _expect(socket, "RECEIPT")
        return socket


async def _send(
    socket: aiohttp.ClientWebSocketResponse, command: str, headers: dict[str, str], body: str = ""
) -> None:
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    await socket.send_str(f"{command}\n{lines}\n{body}\0")


async def _expect(socket: aiohttp.ClientWebSocketResponse, command: str) -> str:
    async with asyncio.timeout(WAIT):
        async for message in socket:
            text = message.data if isinstance(message.data, str) else message.data.decode()
            if text.lstrip("\n").startswith(command):
                return str(text.rstrip("\0\n").partition("\n\n")[2])
    raise TransientFailure(f"the socket closed before {command} came")


async def _until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + WAIT
    while not await condition():
        if time.monotonic() > deadline:
            raise TransientFailure(f"{what} did not happen within {WAIT:.0f} s")
        await asyncio.sleep(0.2)


async def play(base_url: str, say: Say, trusting: ssl.SSLContext | None = None) -> None:
    """Play the scene; raises TransientFailure, saying at what, when it does not go through.

    `trusting` checks the server's certificate; without it the machine's authorities count.
    """
    run = secrets.token_hex(3)
    connector = aiohttp.TCPConnector(ssl=trusting or True)
    async with aiohttp.ClientSession(connector=connector) as http:
        minsu = DemoPerson(http, base_url, f"minsu.{run}")
        jiyeon = DemoPerson(http, base_url, f"jiyeon.{run}")
        try:
            await minsu.enrol("민수")
            await jiyeon.enrol("지연")
            say(f"{minsu.user_id} and {jiyeon.user_id} signed up and logged in")
            await _chat(minsu, jiyeon, say)
        except aiohttp.ClientConnectorCertificateError as error:
            raise TransientFailure(
                f"the certificate at {base_url} is not trusted: name its authority by --ca FILE"
            ) from error
        except aiohttp.ClientConnectionError as error:
            raise TransientFailure(
                f"nothing answers at {base_url}: start it by make run"
            ) from error


async def _chat(minsu: DemoPerson, jiyeon: DemoPerson, say: Say) -> None:
    room = await minsu.call("POST", "/chat", {"kind": "open", "name": "우리 방"})
    room_id = room["roomId"]
    await jiyeon.call("GET", f"/chat/{room_id}")
    say(f"{minsu.user_id} opened the room 우리 방, {jiyeon.user_id} joined it")
    before = (await minsu.call("GET", "/stats/words/message"))["count"]

    speaking, listening = await minsu.listen(room_id), await jiyeon.listen(room_id)
    text = f"Message Check! I am sending it! {secrets.token_hex(3)}"
    began = time.perf_counter()
    await _send(
        speaking,
        "SEND",
        {"destination": f"/pub/chat/room/{room_id}", "receipt": "2"},
        json.dumps({"messageId": str(uuid7()), "message": text}),
    )
    shown = json.loads(await _expect(listening, "MESSAGE"))
    took = (time.perf_counter() - began) * 1000
    await _expect(speaking, "RECEIPT")
    say(f"{minsu.user_id} sent: {text}")
    say(f"{jiyeon.user_id} got it as seq {shown['seq']}, stored and delivered in {took:.0f} ms")
    await speaking.close()
    await listening.close()

    async def found() -> bool:
        answer = await jiyeon.call("GET", "/search/messages", q=text.rsplit(maxsplit=1)[-1])
        return bool(answer["hits"])

    async def counted() -> bool:
        answer = await minsu.call("GET", "/stats/words/message")
        return bool(answer["complete"] and answer["count"] > before)

    await _until(found, "finding the message")
    say("it is found by its last word")
    await _until(counted, "the count")
    say(f"the word “message” was counted {before} times, and now once more")
