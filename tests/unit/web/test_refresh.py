"""A refresh token over HTTP: good once, and for a moment answered again with the same."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from infra.security.keyring import rotate
from tests.unit.web.edge import Edge, fault_of


async def test_a_refresh_rotates_and_a_reuse_ends_the_login(edge: Edge) -> None:
    first = await edge.tokens()
    renewed = await edge.client.post("/user/refresh", json={"refreshToken": first["refreshToken"]})
    second = await renewed.json()
    assert renewed.status == 200
    assert second["refreshToken"] != first["refreshToken"]
    edge.client.session.cookie_jar.clear()
    edge.clock.now += 6
    reused = await edge.client.post("/user/refresh", json={"refreshToken": first["refreshToken"]})
    assert (await fault_of(reused))[:2] == (401, "NOT_AUTHENTICATED")
    assert len(edge.news.told) == 1
    assert edge.news.told[0].sid in edge.sessions.told
    after = await edge.client.post("/user/refresh", json={"refreshToken": second["refreshToken"]})
    assert after.status == 401


async def test_a_refresh_token_used_at_once_gives_one_successor(edge: Edge) -> None:
    first = (await edge.tokens())["refreshToken"]

    async def refreshed(token: str) -> tuple[int, str]:
        response = await edge.client.post("/user/refresh", json={"refreshToken": token})
        edge.client.session.cookie_jar.clear()
        body = await response.json()
        if response.status == 200:
            assert response.cookies["refresh"].value == body["refreshToken"]
        return response.status, body.get("refreshToken", "")

    answers = await asyncio.gather(*(refreshed(first) for _ in range(12)))
    ((status, second),) = set(answers)
    assert status == 200
    rotate(edge.keys_dir)
    edge.clock.now += 4
    assert await refreshed(first) == (200, second)
    edge.clock.now += 2
    status, third = await refreshed(second)
    assert status == 200
    assert third not in {first, second}
    kept = edge.sessions.tokens
    assert set(kept) == {sha256(token.encode()).digest() for token in (first, second, third)}
    assert await refreshed(first) == (401, "")
    assert await refreshed(third) == (401, "")
