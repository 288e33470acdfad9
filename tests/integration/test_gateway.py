"""A real nginx before small upstreams: pools, headers, WebSocket, limits, a dead front."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from chatstream.domain.tracing import parse, traceparent
from infra.nginx.render import PRIVATE
from tests.integration.nginx_rig import Running, client_from, error_of, free_port, nginx

SPOOFED = {
    "X-Real-IP": "6.6.6.6",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=6.6.6.6",
}


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(
    ("path", "arrives"),
    [
        ("/user", "/user"),
        ("/user/", "/user"),
        ("/user?q=1", "/user?q=1"),
        ("/user/login", "/user/login"),
        ("/user/login/", "/user/login"),
        ("/user/search?q=%EA%B0%80", "/user/search?q=%EA%B0%80"),
        ("/user/friends/a%2Fb", "/user/friends/a%2Fb"),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
    ],
)
async def test_accounts_go_to_front_auth_with_the_prefix_and_no_redirect(
    running: Running, http: aiohttp.ClientSession, path: str, arrives: str
) -> None:
    url = URL(running.url + path, encoded=True)
    for method in ("GET", "POST"):
        async with http.request(method, url, allow_redirects=False) as response:
            assert response.status == 200
            seen = await response.json()
        assert (seen["pool"], seen["method"], seen["path"]) == ("auth", method, arrives)


@pytest.mark.parametrize(
    "path", ["/coupon", "/coupon?state=used", "/coupon/usable", "/coupon/campaigns/x/claims"]
)
async def test_calls_of_coupons_go_to_their_pool_as_they_are(
    running: Running, http: aiohttp.ClientSession, path: str
) -> None:
    for method in ("GET", "POST"):
        async with http.request(method, running.url + path, allow_redirects=False) as response:
            seen = await response.json()
        assert (response.status, seen["pool"], seen["path"]) == (200, "coupon", path)


@pytest.mark.parametrize(
    "path", ["/", "/chat", "/chat/", "/users", "/coupons", "/stats/words?top=3", "/docs"]
)
async def test_everything_else_goes_to_front_as_it_is(
    running: Running, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(running.url + path, allow_redirects=False) as response:
        seen = await response.json()
    assert seen["pool"].startswith("front-")
    assert seen["path"] == path


@pytest.mark.parametrize("path", ["/chat", "/user/me", "/stomp/chat/info", "/static/x.js"])
async def test_what_a_client_says_of_itself_is_replaced(running: Running, path: str) -> None:
    async with (
        client_from("127.0.3.7") as client,
        client.get(running.url + path, headers=SPOOFED) as response,
    ):
        headers = (await response.json())["headers"]
    assert headers["x-real-ip"] == "127.0.3.7"
    assert headers["x-forwarded-for"] == "127.0.3.7"
    assert headers["x-forwarded-proto"] == "http"
    assert "x-forwarded-host" not in headers
    assert "forwarded" not in headers
    assert headers["host"] == f"127.0.0.1:{running.gateway.port}"


GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("sent", "passes"),
    [
        (GOOD, True),
        (None, False),
        ("", False),
        (GOOD.upper(), False),
        (GOOD + "-00", False),
        (GOOD[:-1], False),
        (GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32), False),
        (GOOD.replace("00f067aa0ba902b7", "0" * 16), False),
    ],
)
async def test_a_call_has_the_trace_of_its_client_or_a_new_one(
    running: Running, http: aiohttp.ClientSession, sent: str | None, passes: bool
) -> None:
    headers = {"tracestate": "a=b"} | ({} if sent is None else {"traceparent": sent})
    arrived = []
    for _ in range(2):
        async with http.get(running.url + "/chat", headers=headers) as response:
            seen = (await response.json())["headers"]
        assert "tracestate" not in seen
        arrived.append(seen["traceparent"])
    assert [traceparent(each.encode()) for each in arrived] == [each.encode() for each in arrived]
    assert (arrived == [GOOD, GOOD]) is passes
    assert len({*map(parse, map(str.encode, arrived))}) == (1 if passes else 2)


async def test_clients_of_two_networks_hit_two_fronts_and_stay_there(running: Running) -> None:
    hit: dict[str, set[str]] = {}
    for address in ("127.0.1.1", "127.0.2.1"):
        async with client_from(address) as client:
            for _ in range(5):
                async with client.get(running.url + "/chat") as response:
                    hit.setdefault(address, set()).add((await response.json())["pool"])
    assert all(len(pools) == 1 for pools in hit.values())
    assert hit["127.0.1.1"] | hit["127.0.2.1"] == {"front-1", "front-2"}


async def test_a_websocket_is_upgraded_with_its_subprotocol(
    running: Running, http: aiohttp.ClientSession
) -> None:
    url = f"{running.url}/stomp/chat"
    async with http.ws_connect(url, protocols=("v12.stomp",)) as connection:
        assert connection.protocol == "v12.stomp"
        await connection.send_str("hello")
        assert (await connection.receive_str(timeout=10)).endswith(":hello")


async def test_another_upgrade_than_websocket_does_not_pass(
    running: Running, http: aiohttp.ClientSession
) -> None:
    asked = {"Upgrade": "h2c", "Connection": "Upgrade"}
    async with http.get(running.url + "/chat", headers=asked) as response:
        assert "upgrade" not in (await response.json())["headers"]


@pytest.mark.parametrize("path", ["/chat/x", "/user/login"])
async def test_a_body_over_the_limit_is_413_and_one_at_the_limit_passes(
    running: Running, http: aiohttp.ClientSession, path: str
) -> None:
    limit = running.gateway.body_bytes
    async with http.post(running.url + path, data=b"x" * limit) as response:
        assert response.status == 200
    async with http.post(running.url + path, data=b"x" * (limit + 1)) as response:
        assert response.status == 413
        assert (await error_of(response))["code"] == "TOO_LARGE"


@pytest.mark.parametrize("form", ["/{}", "/{}/", "/{}/page", "//{}", "/chat/../{}", "/{}?a=1"])
@pytest.mark.parametrize("name", PRIVATE)
async def test_private_pages_are_not_found(
    running: Running, http: aiohttp.ClientSession, name: str, form: str
) -> None:
    url = URL(running.url + form.format(name), encoded=True)
    async with http.get(url) as response:
        assert response.status == 404
        assert (await error_of(response))["code"] == "NOT_FOUND"


async def test_a_percent_encoded_private_path_is_not_found(
    running: Running, http: aiohttp.ClientSession
) -> None:
    url = URL(running.url + "/%6detrics", encoded=True)
    async with http.get(url) as response:
        assert response.status == 404


async def test_a_dead_front_is_left_and_nobody_notices(running: Running) -> None:
    dead, alive = running.fronts
    await dead.runner.cleanup()
    for address in ("127.0.1.1", "127.0.2.1"):
        async with client_from(address) as client:
            for method in ("GET", "POST"):
                async with client.request(method, running.url + "/chat") as response:
                    assert response.status == 200
                    assert (await response.json())["pool"] == alive.name


async def test_without_any_front_the_answer_is_busy_and_accounts_go_on(
    running: Running, http: aiohttp.ClientSession
) -> None:
    for front in running.fronts:
        await front.runner.cleanup()
    async with http.get(running.url + "/chat") as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
        assert (await error_of(response))["code"] == "BUSY"
    async with http.get(running.url + "/user/me") as response:
        assert response.status == 200


async def test_too_many_requests_of_one_address_are_429(running: Running, tmp_path: Path) -> None:
    strict = replace(
        running.gateway,
        port=free_port(),
        directory=tmp_path / "strict",
        requests_per_second=1,
        requests_burst=1,
    )
    async with nginx(strict) as url, client_from("127.0.4.1") as client:
        statuses = []
        for _ in range(3):
            async with client.get(url + "/chat") as response:
                statuses.append(response.status)
        async with client.get(url + "/chat") as response:
            assert (await error_of(response))["code"] == "RATE_LIMITED"
            assert response.headers["Retry-After"] == "1"
    assert statuses == [200, 200, 429]


async def test_its_version_is_not_told(running: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(running.url + "/metrics") as response:
        assert response.headers["Server"] == "nginx"
