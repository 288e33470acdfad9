"""Accounts and rooms for the load, made over HTTP like everybody's."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from dataclasses import dataclass

from infra.embedded.stack import Stack
from tests.bench.sizes import Sizes
from tests.client.api import PASSWORD, Refused, User

AT_ONCE = 16


@dataclass(frozen=True)
class People:
    """Tokens of the accounts and the rooms: account `i` is in room `i % len(rooms)`.

    All of them are in the room `crowd`.
    """

    tokens: list[str]
    rooms: list[str]
    crowd: str

    def seats(self) -> list[tuple[int, int]]:
        """One socket for each account, in its room."""
        return [(account, account % len(self.rooms)) for account in range(len(self.tokens))]


async def _sign_up(user: User) -> None:
    """Sign up and log in, however long a busy machine takes."""
    body = {"userId": user.user_id, "password": PASSWORD}
    try:
        await user.insist("POST", "/user", {**body, "name": "Bench"})
    except Refused as refused:
        if refused.code != "USER_EXISTS":  # else an answer came too late the first time
            raise
    user.token = (await user.insist("POST", "/user/login", body))["accessToken"]


async def _make(auth_url: str, front_url: str, sizes: Sizes) -> People:
    gate = asyncio.Semaphore(AT_ONCE)

    async def account() -> User:
        user = User(auth_url, f"bench{uuid.uuid4().hex[:12]}")
        async with gate:
            await _sign_up(user)
        user.base_url = front_url
        return user

    async def enter(user: User, room_id: str) -> None:
        async with gate:
            await user.insist("GET", f"/chat/{room_id}")

    async def room(owner: User, name: str) -> str:
        async with gate:
            made = await owner.insist("POST", "/chat", {"kind": "open", "name": name})
            return str(made["roomId"])

    users = await asyncio.gather(*(account() for _ in range(sizes.accounts)))
    try:
        rooms = await asyncio.gather(*(room(users[n], f"bench {n}") for n in range(sizes.rooms)))
        crowd = await room(users[0], "bench crowd")
        owned = range(sizes.rooms, len(users))
        await asyncio.gather(*(enter(users[n], rooms[n % sizes.rooms]) for n in owned))
        await asyncio.gather(*(enter(user, crowd) for user in users[1:]))
    finally:
        for user in users:
            await user.close()
    return People([user.token for user in users], list(rooms), crowd)


def make_people(stack: Stack, sizes: Sizes) -> People:
    """Sign everybody up, log in, open the rooms and enter them; blocks."""
    endpoints = stack.endpoints
    front = endpoints.worker_url("front-1")
    return asyncio.run(_make(endpoints.worker_url("front-auth"), front, sizes))


def account_in(token: str) -> str:
    """Whose token it is."""
    claims = token.split(".")[1]
    account: str = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    return account
