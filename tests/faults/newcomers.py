"""People who sign up and are invited and added at once, block and are blocked, through faults.

Each answer is put to the test by what another person asks right after it: nothing is waited for.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import dataclass, field

import pytest

from tests.client.api import PASSWORD, Refused, User, sign_up
from tests.client.waiting import pause
from tests.faults.traffic import ADDRESSES

log = logging.getLogger(__name__)

# An account may ask 200 people an hour into rooms.
MOST = 100
# Of each, to mean something.
ENOUGH = 36
# An account may change 60 blocks in a minute; who arrives at this pace arrives until the end.
PACE = 1.2


@dataclass
class Newcomers:
    """A host who invites, and pairs of whom one blocks the other; they meet different fronts."""

    base_url: str
    host: User = field(init=False)
    room_id: str = ""
    pairs: list[tuple[User, User]] = field(default_factory=list)
    finishing: asyncio.Event = field(default_factory=asyncio.Event)
    invited: int = 0
    refused: int = 0
    let_in: int = 0

    async def open(self) -> None:
        """Make the host's room and the pairs."""
        self.host = await sign_up(self.base_url, "host", ADDRESSES[0])
        room = await self.host.insist("POST", "/chat", {"kind": "group", "name": "newcomers"})
        self.room_id = room["roomId"]
        for _ in range(2):
            one, other = [await sign_up(self.base_url, "pair", each) for each in ADDRESSES]
            self.pairs.append((one, other))

    async def run(self) -> None:
        """Returns after `finish`."""
        await asyncio.gather(self._arrive(), *(self._fall_out(*pair) for pair in self.pairs))

    def finish(self) -> None:
        """Once there was enough of everything, whatever is under way is the last."""
        self.finishing.set()

    async def _arrive(self) -> None:
        while self.invited < MOST and not (self.finishing.is_set() and self.invited >= ENOUGH):
            user_id = await self._sign_up()
            path = f"/chat/{self.room_id}/participants"
            await self.host.insist("POST", path, {"userId": user_id})
            if self.invited % 4 == 0:  # a person may search 60 times a minute
                found = await self.host.insist("GET", f"/user/search?q={user_id}")
                assert [each["userId"] for each in found["users"]] == [user_id]
                await self.host.insist("PUT", f"/user/friends/{user_id}")
            self.invited += 1
            await pause(PACE)

    async def _sign_up(self) -> str:
        """A handle nobody else has; whoever lost the answer is told that it is taken."""
        user_id = f"new{uuid.uuid4().hex[:16]}"
        body = {"userId": user_id, "password": PASSWORD, "name": "New"}
        newcomer = User(self.base_url, user_id)
        try:
            assert (await newcomer.insist("POST", "/user", body))["userId"] == user_id
        except Refused as refused:
            if refused.code != "USER_EXISTS":
                raise
        finally:
            await newcomer.close()
        return user_id

    async def _fall_out(self, one: User, other: User) -> None:
        path = f"/user/blocks/{other.user_id}"
        body = {"kind": "direct", "participants": [one.user_id]}
        while not (self.finishing.is_set() and self.refused >= ENOUGH):
            await one.insist("PUT", path)
            with pytest.raises(Refused, match="BLOCKED"):
                await other.insist("POST", "/chat", body)
            self.refused += 1
            await one.insist("DELETE", path)
            await other.insist("POST", "/chat", body)
            self.let_in += 1
            await pause(PACE)

    def check(self) -> None:
        """There was enough of everything to mean something."""
        counts = (self.invited, self.refused, self.let_in)
        log.info("%d invited, %d refused and %d let in: each right after the answer", *counts)
        assert min(counts) >= ENOUGH

    async def close(self) -> None:
        """Disconnect everybody."""
        for user in (self.host, *(user for pair in self.pairs for user in pair)):
            await user.close()
