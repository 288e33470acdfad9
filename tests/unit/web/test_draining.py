"""A front that is told to end lets go of what hangs on it, in turns, and cuts nothing off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient

from tests.client.waiting import eventually
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import ORIGIN, Front
from tests.unit.web.edge import EdgeServer
from web.edge.draining import Draining, end_in_time

MESSAGE_ID = "0192d3a0-0000-7000-8000-000000000001"


async def test_sockets_are_closed_with_1001_spread_over_the_time(front: Front) -> None:
    clients = [await front.connect("min") for _ in range(5)]
    began, closed = asyncio.get_running_loop().time(), []

    async def note(which: int) -> None:
        assert await clients[which].closed() == 1001
        closed.append(asyncio.get_running_loop().time() - began)

    noting = asyncio.gather(*map(note, range(5)))
    await front.sockets.leave(1.0)
    await noting
    assert len(front.sockets) == 0
    for number, at in enumerate(sorted(closed)):
        assert at >= 0.2 * number
    assert closed[0] < 0.6


async def test_who_comes_meanwhile_is_sent_elsewhere(front: Front) -> None:
    client = await front.connect("min")
    leaving = asyncio.create_task(front.sockets.leave(1.0))
    assert await client.closed() == 1001
    with pytest.raises(WSServerHandshakeError) as refusal:
        await front.open()
    assert refusal.value.status == 503
    await leaving


async def test_what_was_sent_is_answered_before_the_close(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.gate.clear()
    await client.say(ROOM, MESSAGE_ID, receipt="kept")
    await front.until(lambda: bool(front.wishes.asked))
    leaving = asyncio.create_task(front.sockets.leave(0.0))
    await asyncio.sleep(0)
    front.wishes.gate.set()
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "kept"
    assert await client.closed() == 1001
    await leaving


async def test_a_poll_of_sockjs_is_answered_with_the_close(front: Front) -> None:
    headers = {"Cookie": "access=min", "Origin": ORIGIN}
    url = f"{front.url}/000/abcdefgh/xhr"
    async with front.http.post(url, headers=headers) as opened:
        assert await opened.text() == "o\n"
    polling = asyncio.create_task(front.http.post(url, headers=headers))
    await front.sockets.leave(0.0)
    async with await polling as closed:
        assert await closed.text() == 'c[1001,"the server is going away"]\n'


@asynccontextmanager
async def served(draining: Draining, release: asyncio.Event) -> AsyncIterator[ClientSession]:
    """A server whose `/slow` is answered when it is released, and whose `/endless` when told."""
    web_app, ended = web.Application(), asyncio.Event()
    draining.register(web_app)

    async def end() -> None:
        ended.set()

    async def slow(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response(text="whole")

    async def endless(_: web.Request) -> web.Response:
        await ended.wait()
        return web.Response(text="ended")

    web_app.router.add_get("/slow", slow)
    web_app.router.add_get("/endless", endless)
    end_in_time(web_app, end)
    async with TestClient(EdgeServer(web_app)) as client:
        yield client  # type: ignore[misc]  # it has the methods that are used


async def under_way(draining: Draining, count: int) -> None:
    async def there() -> bool:
        return draining.under_way == count

    await eventually(there, every=0.01)


async def test_requests_under_way_are_answered_and_their_connections_used_no_more() -> None:
    draining, release = Draining(within=30.0), asyncio.Event()
    async with served(draining, release) as client:
        asked = [asyncio.create_task(client.get(path)) for path in ("/slow", "/endless")]
        await under_way(draining, len(asked))
        drained = asyncio.create_task(draining.drain())
        async with await asked[1] as endless:
            assert await endless.text() == "ended"
        assert not drained.done()
        release.set()
        async with await asked[0] as slow:
            assert await slow.text() == "whole"
            assert slow.headers["Connection"] == "close"
        await drained


async def test_what_does_not_end_is_not_waited_for_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    draining, release = Draining(within=0.05), asyncio.Event()
    async with served(draining, release) as client:
        asked = asyncio.create_task(client.get("/slow"))
        await under_way(draining, 1)
        await draining.drain()
        assert "1 requests are cut off" in caplog.text
        release.set()
        await asked


async def test_a_part_that_fails_keeps_the_others_from_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    draining, ended = Draining(within=1.0), []

    async def fails() -> None:
        raise RuntimeError("told by the test")

    async def ends() -> None:
        ended.append(True)

    draining.ends(fails)
    draining.ends(ends)
    await draining.drain()
    assert ended == [True]
    assert "did not end in order" in caplog.text
