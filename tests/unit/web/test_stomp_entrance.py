"""Many handshakes at once: a bounded number is under way, the others are told when to come."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from tests.client.waiting import eventually, pause
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import ORIGIN, TOPIC, Front, running_front
from web.stomp import entrance


async def refused(front: Front, **headers: str) -> int:
    """The seconds that a refused handshake is told."""
    with pytest.raises(WSServerHandshakeError) as refusal:
        await front.open(**headers)
    assert refusal.value.status == 503
    assert refusal.value.headers is not None
    return int(refusal.value.headers["Retry-After"])


async def asked(front: Front) -> tuple[int, str | None]:
    """What a page is told that asks after a failed handshake."""
    async with aiohttp.ClientSession() as http, http.get(f"{front.url}/info") as response:
        return response.status, response.headers.get("Retry-After")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody runs out of patience on a busy machine."""
    monkeypatch.setattr(entrance, "PATIENCE", 60.0)


async def test_who_finds_no_room_is_told_when_to_come_and_others_go_on() -> None:
    async with running_front(handshakes=4) as front:
        front.rooms.create(ROOM, "min", "jun")
        inside = await front.connect("jun")
        await inside.subscribed(TOPIC)
        first, second = await front.open(), await front.open()
        assert await refused(front) >= 1
        assert (await asked(front))[0] == 503
        other = await front.open(**{"X-Address": "127.0.0.2"})
        front.hub.tell(0, front.rooms.say(ROOM, "jun", "still here"))
        assert (await inside.message())["message"] == "still here"
        await first.ws.close()
        await eventually(lambda: room_again(front))
        assert await asked(front) == (200, None)
        third = await front.open()
        assert not third.ws.closed
        assert not second.ws.closed
        assert not other.ws.closed


async def room_again(front: Front) -> bool:
    return front.sockets.entrance.under_way == 2


async def test_a_handshake_is_under_way_until_its_first_subscription_is_complete() -> None:
    async with running_front(handshakes=2) as front:
        front.rooms.create(ROOM, "min")
        client = await front.connect("min")
        assert front.sockets.entrance.under_way == 1
        await refused(front)
        await client.subscribed(TOPIC)
        assert front.sockets.entrance.under_way == 0
        assert (await asked(front))[0] == 200


@pytest.mark.parametrize("token", ["bad", "min"])
async def test_a_refused_connection_leaves_the_door(token: str) -> None:
    async with running_front(handshakes=2) as front:  # min is not in the room
        client = await front.open()
        assert front.sockets.entrance.under_way == 1
        await client.send("CONNECT", {"accept-version": "1.2", "Authorization": f"Bearer {token}"})
        await client.send("SUBSCRIBE", {"id": "0", "destination": TOPIC})

        async def nobody() -> bool:
            return front.sockets.entrance.under_way == 0

        await eventually(nobody)


async def test_who_lets_the_server_wait_holds_the_door_no_longer_than_its_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entrance, "PATIENCE", 0.05)
    async with running_front(handshakes=2) as front:
        idle = await front.open()

        async def nobody() -> bool:
            return front.sockets.entrance.under_way == 0

        await eventually(nobody)
        assert not idle.ws.closed


async def test_a_page_takes_no_turn_by_its_handshake_but_by_asking() -> None:
    async with running_front(handshakes=2) as front:
        inside = await front.open()
        turns: list[Any] = []
        for headers in ({"Origin": ORIGIN}, {"Origin": ORIGIN}, {}, {}):
            await refused(front, **headers)
            turns.append(front.sockets.entrance._admission._next_turn)
        assert not inside.ws.closed
    assert turns[0] == turns[1] == 0.0
    assert 0.0 < turns[2] < turns[3]


async def test_a_crowd_that_keeps_its_turns_comes_in() -> None:
    """All come at once, each comes again when it was told, and the door never overflows."""
    async with running_front(handshakes=4, sockets_per_account=1000) as front:
        front.rooms.create(ROOM, "min")
        inside, most = [], 0

        async def come_in() -> None:
            nonlocal most
            while True:
                try:
                    client = await front.connect("min")
                    break
                except WSServerHandshakeError as refusal:
                    told = int(dict(refusal.headers or ())["Retry-After"])
                assert told <= 20
                await pause(told / 100)
            inside.append(client)
            most = max(most, front.sockets.entrance.under_way)
            await client.subscribed(TOPIC)

        await asyncio.gather(*(come_in() for _ in range(40)))
        assert not any(client.ws.closed for client in inside)
        assert (len(front.sockets), most) == (40, 2)
        assert front.sockets.entrance.under_way == 0
