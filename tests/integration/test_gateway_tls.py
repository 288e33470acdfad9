"""A real nginx that ends TLS, and one behind a load balancer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from infra.embedded.certificate import CertificateFiles
from infra.nginx.render import GatewayTls
from tests.integration.nginx_rig import Running, client_from, error_of, running_gateway

PAGE = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    made = CertificateFiles(tmp_path / "tls")
    made.ensure()
    return made


@pytest_asyncio.fixture
async def running(tmp_path: Path, files: CertificateFiles) -> AsyncIterator[Running]:
    tls = GatewayTls(files.leaf, files.leaf_key, hsts_seconds=300)
    async with running_gateway(tmp_path, tls=tls) as found:
        yield found


@pytest_asyncio.fixture
async def http(files: CertificateFiles) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=files.trusting())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_call_and_a_websocket_come_through_and_are_told_to_be_of_tls(
    running: Running, http: aiohttp.ClientSession, name: str
) -> None:
    url = f"https://{name}:{running.gateway.port}"
    spoofed = {"X-Forwarded-Proto": "http"}
    async with http.get(url + "/chat", headers=spoofed) as response:
        seen = await response.json()
    assert seen["headers"]["x-forwarded-proto"] == "https"
    assert seen["headers"]["host"] == f"{name}:{running.gateway.port}"
    async with http.ws_connect(url + "/stomp/chat", protocols=("v12.stomp",)) as connection:
        await connection.send_str("hello")
        assert (await connection.receive_str(timeout=10)).endswith(":hello")


async def test_plain_http_leads_a_page_to_https_and_refuses_a_program(
    running: Running, http: aiohttp.ClientSession
) -> None:
    plain = f"http://127.0.0.1:{running.gateway.port}"
    asked = f"{plain}/rooms/a?seq=7"
    async with http.get(asked, headers=PAGE, allow_redirects=False) as response:
        assert response.status == 301
        assert response.headers["Location"] == asked.replace("http:", "https:")
        assert "Strict-Transport-Security" not in response.headers
    for method in ("GET", "POST"):
        async with http.request(method, f"{plain}/user/login", allow_redirects=False) as response:
            assert response.status == 400
            error = await error_of(response)
        assert (error["code"], error["message"]) == (
            "INVALID_INPUT",
            "This port speaks HTTPS only.",
        )


async def test_the_gateways_own_errors_keep_browsers_to_https(
    running: Running, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{running.url}/metrics") as response:
        assert response.status == 404
        assert response.headers["Strict-Transport-Security"] == "max-age=300"


async def handshake(running: Running, context: ssl.SSLContext) -> ssl.SSLObject:
    _, writer = await asyncio.open_connection("127.0.0.1", running.gateway.port, ssl=context)
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    return found


async def test_browsers_are_offered_http_2_and_sockets_http_1(
    running: Running, files: CertificateFiles
) -> None:
    for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
        context = files.trusting()
        context.set_alpn_protocols(offered)
        assert (await handshake(running, context)).selected_alpn_protocol() == chosen


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_what_is_older_than_tls_1_2_is_not_spoken(
    running: Running, files: CertificateFiles
) -> None:
    context = files.trusting()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match=r"(?i)alert protocol version"):  # which nginx sent
        await handshake(running, context)
    context = files.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert (await handshake(running, context)).version() == "TLSv1.2"


async def test_only_a_balancer_says_for_whom_it_speaks(tmp_path: Path) -> None:
    told = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.8"}
    async with running_gateway(tmp_path, balancers=("127.0.4.0/24",)) as running:
        for address, seen in (("127.0.4.1", "203.0.113.9"), ("127.0.5.1", "127.0.5.1")):
            async with (
                client_from(address) as client,
                client.get(f"{running.url}/chat", headers=told) as response,
            ):
                headers = (await response.json())["headers"]
            assert headers["x-real-ip"] == seen
            assert headers["x-forwarded-for"] == seen
