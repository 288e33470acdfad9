"""People who delete their accounts while whoever takes part in that dies, and what must hold."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp
import psycopg2
import pytest

from infra.embedded.stack import Stack
from schemas.catalogue import ERASURE_STEPS
from schemas.erasure import TOMBSTONE
from tests.client.api import PASSWORD, Refused, User, sign_up
from tests.client.known import rows
from tests.client.waiting import eventually
from tests.faults.holds import held

DEADLINE = 180.0
# A step that Elasticsearch could not do is asked for again ever later, and faults go on meanwhile.
ENDED = 700.0
TEXT = "한라산 소풍 erasure"
_UNDONE = """
select saga_id::text, array(select step from saga_steps s where s.saga_id = sagas.saga_id
    and done_at is null) from sagas where account_id = %s
"""
_STEP = """
select s.started_at is not null, done_at is not null, problem
from saga_steps s join sagas using (saga_id) where account_id = %s and step = %s
"""


@dataclass
class Leaver:
    """Somebody who leaves, and the friend who is in the same rooms and stays.

    `receipt` is what the saga says of itself at the end of `going`, `was_over` whether the step
    that was to be hit had ended before.
    """

    stack: Stack
    user: User
    friend: User
    account_id: str
    rooms: list[str] = field(default_factory=list)
    receipt: dict[str, Any] = field(default_factory=dict)
    was_over: bool = False
    beginning: asyncio.Task[None] | None = None
    going: asyncio.Task[None] | None = None
    searching: asyncio.Task[str] | None = None

    @classmethod
    async def with_a_life(cls, stack: Stack) -> Self:
        """Friends and three rooms with a message in each; the first is read and has a notice."""
        user, friend = [await sign_up(stack.base_url, name) for name in ("leaver", "stays")]
        leaver = cls(stack, user, friend, _account_of(user))
        await user.insist("PUT", f"/user/friends/{friend.user_id}")
        await friend.insist("PUT", f"/user/friends/{user.user_id}")
        for kind, name in (("group", "소풍"), ("open", "등산"), ("direct", None)):
            body: dict[str, Any] = {"kind": kind, "participants": [friend.user_id]}
            room = await user.insist("POST", "/chat", body | ({"name": name} if name else {}))
            leaver.rooms.append(room["roomId"])
            await leaver.say(room["roomId"], TEXT)
        await user.insist("PUT", f"/chat/{leaver.rooms[0]}/read", {"seq": 1})
        await user.insist("PUT", f"/chat/{leaver.rooms[0]}/notice", {"text": TEXT})
        await eventually(leaver.hits, DEADLINE)
        return leaver

    async def say(self, room_id: str, text: str) -> None:
        """A message of the leaver."""
        body = {"message": text, "messageId": str(uuid4())}
        await self.user.insist("POST", f"/chat/{room_id}", body)

    async def hits(self, sender: str = "") -> list[dict[str, Any]]:
        """What the friend finds of the leaver's words in the first room."""
        path = f"/search/messages?q=소풍&roomId={self.rooms[0]}" + (sender and f"&sender={sender}")
        found: list[dict[str, Any]] = (await self.friend.insist("GET", path))["hits"]
        return found

    async def undone(self) -> tuple[str, list[str]] | None:
        """The id of the account's saga and its unfinished steps, None before it begins."""
        found = await self._rows(_UNDONE, self.account_id)
        return (found[0][0], found[0][1]) if found else None

    async def at(self, step: str) -> tuple[bool, bool, str]:
        """Whether a step has been asked for, whether it is over, and its last failure's reason."""
        found = await self._rows(_STEP, self.account_id, step)
        return found[0] if found else (False, False, "")

    async def _rows(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        """None while the database is hurt itself."""
        try:
            return await asyncio.to_thread(rows, self.stack.dsns["auth"], sql, *parameters)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            return []

    async def begin(self) -> None:
        """Ask until the erasure has begun; a call that was answered with 5xx may have begun it.

        Returns at once then, and whether it ends is seen in `going`.
        """

        async def begun() -> bool:
            if await self.undone() is not None:
                return True
            try:
                await self.user.call("DELETE", "/user/me", {"password": PASSWORD})
            except (Refused, aiohttp.ClientError, TimeoutError):
                return False
            return False

        await eventually(begun, DEADLINE)
        self.going = asyncio.create_task(self._go())

    def leave(self) -> None:
        """Let `beginning` go on by itself."""
        self.beginning = asyncio.create_task(self.begin())

    async def until_in(self, step: str) -> None:
        """Returns as soon as the step of an erasure that begins has been asked for."""

        async def is_asked_for() -> bool:
            return (await self.at(step))[0]

        await eventually(is_asked_for, DEADLINE, every=0.02)

    @asynccontextmanager
    async def kept_in(self, step: str) -> AsyncIterator[None]:
        """Begin, and be in the step during the block: it waits for what we hold, if it writes.

        A step that only reads has been asked for; it may end in the block.
        """
        async with held(self.stack, step, self.account_id) as hold:
            self.leave()
            if step != TOMBSTONE:
                await self.until_in(step)

            async def is_met() -> bool:
                return await asyncio.to_thread(hold.is_met)

            await eventually(is_met, DEADLINE, every=0.02)
            yield
            await self.note(step)

    async def note(self, step: str) -> None:
        """Remember whether the step that was hit is over."""
        _, self.was_over, _ = await self.at(step)

    async def _go(self) -> None:
        """Every step is done; the receipt is read while the leaver's token still lives."""

        async def done() -> str | None:
            saga_id, undone = await self.undone() or ("", [])
            return None if undone else saga_id

        saga_id = await eventually(done, ENDED, every=0.5)
        self.receipt = await self.user.insist("GET", f"/ops/sagas/{saga_id}")

    async def check_gone(self) -> None:
        """Nobody can read who it was, nowhere, and the handle is nobody else's."""
        assert self.receipt["state"] == "done"
        await _refused(401, self.user.call, "GET", "/user/me")
        await _refused(403, self.friend.insist, "GET", f"/ops/sagas/{self.receipt['sagaId']}")
        again = User(self.stack.base_url, self.user.user_id)
        account = {"userId": self.user.user_id, "password": PASSWORD, "name": "누구"}
        await _refused(409, again.insist, "POST", "/user", account)
        await again.close()
        for room_id in self.rooms:
            history = await self.friend.insist("GET", f"/chat/{room_id}/messages")
            (message,) = [each for each in history["messages"] if each["message"] == TEXT]
            assert (message["userId"], message["userName"]) == (None, None)
            members = await self.friend.insist("GET", f"/chat/{room_id}/participants")
            assert self.user.user_id not in json.dumps(members)
        board = await self.friend.insist("GET", f"/chat/{self.rooms[0]}/notice")
        assert board == {"notice": None}
        assert {hit["userId"] for hit in await self.hits()} == {None}
        friends = await self.friend.insist("GET", "/user/friends")
        assert self.user.user_id not in json.dumps(friends)
        assert self.searching is not None, "nobody looked for what is left"
        await self.searching

    def search(self) -> None:
        """Begin to look through every store for what is left; `check_gone` tells what came of it.

        Of several leavers the commands run beside each other.
        """
        words = ("erasure", "check", self.account_id, "--handle", self.user.user_id)
        self.searching = asyncio.create_task(asyncio.to_thread(self.stack.command, *words))


async def _refused(status: int, call: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
    with pytest.raises(Refused) as refusal:
        await call(*arguments)
    assert refusal.value.status == status


def _account_of(user: User) -> str:
    """The account's id, as the token tells it."""
    claims = user.token.split(".")[1]
    padded = claims + "=" * (-len(claims) % 4)
    return str(json.loads(base64.urlsafe_b64decode(padded))["sub"])


@dataclass
class Leavers:
    """One leaver for each of `names`: the step that is hit, or when, and the victim."""

    stack: Stack
    names: Sequence[tuple[str, str]]
    by_name: dict[tuple[str, str], Leaver] = field(default_factory=dict)

    async def open(self) -> None:
        """Everybody has a life."""
        found = await asyncio.gather(*(Leaver.with_a_life(self.stack) for _ in self.names))
        self.by_name = dict(zip(self.names, found, strict=True))

    def kept_in(self, step: str, victim: str) -> AbstractAsyncContextManager[None]:
        """The leaver of this kill is in the step during the block; see Leaver.kept_in."""
        return self.by_name[step, victim].kept_in(step)

    async def end(self) -> None:
        """Returns when everybody is gone; what is left of who was hit in a step is looked for."""
        for name, leaver in self.by_name.items():
            assert leaver.beginning is not None, f"{name} was never hit"
            await leaver.beginning
            assert leaver.going is not None
            await leaver.going
            if name[0] in ERASURE_STEPS:
                leaver.search()

    async def close(self) -> None:
        """Disconnect everybody."""
        for leaver in self.by_name.values():
            all_tasks = (leaver.beginning, leaver.going, leaver.searching)
            tasks = [each for each in all_tasks if each is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await leaver.user.close()
            await leaver.friend.close()
