"""nginx' logs name routes, upstreams and times, and nothing that a client sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from chatstream.domain.log_lines import read
from chatstream.domain.log_lines.datasets import NGINX_ACCESS, NGINX_ERROR
from chatstream.domain.times import from_text
from tests.client.waiting import eventually
from tests.integration.nginx_rig import Running, free_port, nginx

SECRET = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwbGFudGVkIn0.c2VjcmV0"
ENCODED = "".join(f"%{byte:02x}" for byte in SECRET.encode())
WORD = "비밀단어"
TARGETS = [
    f"/chat/{SECRET}",
    f"/chat/{ENCODED}",
    f"/{SECRET}/x",
    f"/stats/words/{quote(WORD)}",
    f"/user/friends/{SECRET}/",
    f"/search/messages?q={quote(WORD)}",
    f"/chat?token={ENCODED}",
    f"/static/{SECRET}/{SECRET}",
]


def planted(target: str, method: str = "GET") -> bytes:
    headers = f"Host: {SECRET}\r\nAuthorization: Bearer {SECRET}\r\nReferer: http://a/{SECRET}"
    line = f"{method} {target} HTTP/1.1"
    return f"{line}\r\n{headers}\r\nCookie: access={SECRET}\r\nConnection: close\r\n\r\n".encode()


async def send(port: int, raw: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    assert await asyncio.wait_for(reader.read(), 20)
    writer.close()


async def lines_of(log: Path, count: int) -> Sequence[dict[str, Any]]:
    """The lines of the access log, as soon as it has as many."""

    async def written() -> Sequence[dict[str, Any]]:
        text = await asyncio.to_thread(log.read_text)
        lines = [json.loads(line) for line in text.splitlines()]
        return lines if len(lines) >= count else ()

    found: Sequence[dict[str, Any]] = await eventually(written, 20)
    return found


def holds_nothing_private(text: str) -> bool:
    return not any(each.lower() in text.lower() for each in (SECRET, ENCODED, WORD, quote(WORD)))


async def test_the_access_log_names_routes_and_nothing_that_was_sent(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    for front in running.fronts:  # errors would hold the request's line
        await front.runner.cleanup()
    for target in TARGETS:
        await send(running.gateway.port, planted(target))
    await send(running.gateway.port, planted("/chat", "SECRETMETHOD"))
    await send(running.gateway.port, SECRET.encode() + b"\r\n\r\n")
    log = running.gateway.access_log
    lines = await lines_of(log, len(TARGETS) + 2)
    text = log.read_text()
    assert holds_nothing_private(text)
    assert "SECRETMETHOD" not in text
    asked = [line for line in lines if line["status"] != 400]
    assert [line["route"] for line in asked] == [
        "/chat/{roomId}",
        "/chat/{roomId}",
        "other",
        "/stats/words/{word}",
        "/user/friends/{userId}",
        "/search/messages",
        "/chat",
        "/static/{file}",
        "/chat",
    ]
    assert [line["method"] for line in asked] == ["GET"] * len(TARGETS) + ["other"]
    away = asked[0]
    assert (away["status"], away["upstreamStatus"][:3]) == (503, "502")
    assert running.gateway.front[0] in away["upstream"]
    assert float(away["seconds"]) >= 0
    for line in text.splitlines():
        found = read(NGINX_ACCESS, line)
        assert len(found["trace"]["id"]) == 32
        assert found["event"]["duration"] >= 0
    said = capfd.readouterr()
    assert holds_nothing_private(said.out + said.err)


async def test_a_call_is_found_by_its_trace_and_an_open_socket_is_not_slow(
    running: Running,
) -> None:
    began = datetime.now(UTC)
    url = f"http://127.0.0.1:{running.gateway.port}"
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    async with aiohttp.ClientSession() as http:
        headers = {"traceparent": f"00-{trace}-{span}-01"}
        async with http.get(f"{url}/chat", headers=headers) as response:
            await response.read()
        async with http.ws_connect(f"{url}/stomp/chat"):
            pass
    log = running.gateway.access_log
    await lines_of(log, 2)
    call, socket = (read(NGINX_ACCESS, line) for line in log.read_text().splitlines())
    assert (call["trace"], call["span"]) == ({"id": trace}, {"id": span})
    assert call["http"]["response"]["body"]["bytes"] > 0
    assert call["event"]["duration"] < 20e9
    assert began - timedelta(seconds=1) < from_text(call["@timestamp"]) < datetime.now(UTC)
    assert socket["message"].startswith("GET /stomp/chat 101 open for ")
    assert "duration" not in socket["event"]
    assert socket["trace"]["id"] != trace


async def test_the_error_log_tells_what_is_wrong_without_the_request(
    running: Running, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Out of connections: nginx says so at `alert`, with the request on that line."""
    few = replace(running.gateway, port=free_port(), directory=tmp_path / "few", sockets=-253)
    async with (
        nginx(few) as url,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/stomp/chat"),  # takes two of the six; two are nginx' own
    ):
        _, half = await asyncio.open_connection("127.0.0.1", few.port)
        half.write(b"GET /")
        await send(few.port, planted(f"/chat/{SECRET}"))
        half.close()
    heard: list[str] = []

    async def said() -> str:
        heard.append("".join(capfd.readouterr()))
        text = "".join(heard)
        return text if "worker_connections are not enough" in text else ""

    text = await eventually(said, 20)
    assert "[alert]" in text
    read_lines = [read(NGINX_ERROR, line) for line in text.splitlines()]
    assert "critical" in {each["log"]["level"] for each in read_lines if "log" in each}
    assert "client: 127.0.0.1" in text
    assert holds_nothing_private(text)
