"""Clients that tell how far they have read, through faults, and the law that holds afterwards."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from infra.embedded.stack import Stack
from tests.client.api import Refused, User
from tests.client.known import chat_dsns, rows
from tests.client.stomp import Closed, Listener
from tests.client.waiting import eventually, pause
from tests.faults.verify import GENEROUS

_PASSING = (429, 502, 503, 504)
_POSITIONS = """
select r.room_id::text, p.user_id, me.last_read_seq, r.head, coalesce((select max(seq)
    from messages m where m.room_id = r.room_id and m.account_id = me.account_id), 0)
from rooms r join members me on me.room_id = r.room_id
join profiles p on p.account_id = me.account_id where r.room_id = any (%s::uuid[])
"""


@dataclass
class Readers:
    """One reader beside each listener; `told` holds the farthest acknowledged seq of each."""

    told: dict[tuple[str, str], int] = field(default_factory=dict)
    acknowledged: int = 0

    async def read(self, listener: Listener) -> None:
        """Tell again and again what was shown, sometimes something older; until cancelled."""
        chance = random.Random(f"reads {listener.user.user_id}")
        while True:
            await pause(0.5 + 1.5 * chance.random())
            room_id = chance.choice(listener.rooms)
            shown = listener.seqs[room_id]
            if shown:
                seq = max(1, shown[-1] - chance.choice((0, 0, 5)))
                await self._insist(listener, room_id, seq, by_stomp=chance.random() < 0.5)

    async def _insist(self, listener: Listener, room_id: str, seq: int, *, by_stomp: bool) -> None:
        while True:
            try:
                await _tell(listener, room_id, seq, by_stomp=by_stomp)
            except Refused as error:
                if error.status not in _PASSING:
                    raise
            except (aiohttp.ClientError, TimeoutError, ConnectionError, Closed):
                pass
            else:
                key = (room_id, listener.user.user_id)
                self.told[key] = max(seq, self.told.get(key, 0))
                self.acknowledged += 1
                return
            await pause(0.2)

    def check_positions(self, stack: Stack, rooms: list[str]) -> None:
        """Every acknowledged position is kept, own messages count, none passes its room's head."""
        assert self.acknowledged, "nobody read anything"
        found = [row for dsn in chat_dsns(stack) for row in rows(dsn, _POSITIONS, rooms)]
        positions = {(room_id, user_id): at for room_id, user_id, at, _, _ in found}
        for key, seq in self.told.items():
            assert positions[key] >= seq, key
        for room_id, user_id, at, head, own in found:
            assert own <= at <= head, (room_id, user_id)


async def _tell(listener: Listener, room_id: str, seq: int, *, by_stomp: bool) -> None:
    socket = listener.socket
    if by_stomp and socket is not None:
        destination = {"destination": f"/pub/chat/room/{room_id}/read"}
        await socket.ask("SEND", destination, json.dumps({"seq": seq}), 6)
    else:
        await listener.user.call("PUT", f"/chat/{room_id}/read", {"seq": seq})


async def check_unread(asker: User, stack: Stack, room_id: str) -> None:
    """Each message's number comes to be that of the members whose position is before it.

    A deleted message has none.

    A wish that nobody waits for any more may still be under way when this begins.
    """
    await eventually(lambda: _numbers_fit(asker, stack, room_id), GENEROUS)


async def _numbers_fit(asker: User, stack: Stack, room_id: str) -> bool:
    found = [row for dsn in chat_dsns(stack) for row in rows(dsn, _POSITIONS, [room_id])]
    positions = {user_id: at for _, user_id, at, _, _ in found}
    page = await asker.insist("GET", f"/chat/{room_id}/messages?limit=200")

    def behind(message: dict[str, Any]) -> int | None:
        if message["deletedAt"]:
            return None
        count: int = sum(
            at < message["seq"] and user_id != message["userId"]
            for user_id, at in positions.items()
        )
        return count

    return all(message.get("unread") == behind(message) for message in page["messages"])


async def end(tasks: list[asyncio.Task[None]]) -> None:
    """Stop the readers; a fault of one is raised here."""
    for task in tasks:
        if not task.done():
            task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
