"""What a front answers by itself, without a gateway before it, and how long its line may be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chatstream.settings import AuthSettings, load_settings
from infra.faust.app import new_app
from infra.security import keys
from infra.security.keyring import KeyRing
from infra.security.tokens import JwtAuthenticator
from tables.followed.revocations import EndedLogins
from web.edge import middleware

SECRET = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwbGFudGVkIn0.c2VjcmV0"


async def fine(_: web.Request) -> web.Response:
    return web.Response(text="fine")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def front(folder: Path) -> AsyncIterator[int]:
    """The HTTP server of a Faust app on loopback, with the edge of the fronts; its port."""
    keys.ensure_keys(folder)
    settings = load_settings(auth=AuthSettings(keys_dir=folder), web={"port": free_port()})
    server: Any = new_app(settings, "front").web
    revocations = EndedLogins(settings.auth.access_ttl)
    authenticator = JwtAuthenticator(KeyRing(folder), settings.auth, revocations)
    middleware.register(server.web_app, settings, authenticator)
    server.web_app.add_routes([web.get("/chat", fine)])
    await server.start_server()
    yield int(server._runner.addresses[0][1])
    await server.stop_server()


async def ask(port: int, raw: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    head, _, body = (await asyncio.wait_for(reader.read(), 20)).decode().partition("\r\n\r\n")
    writer.close()
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    (error,) = json.loads(body).values()
    return int(first.split()[1]), headers, error


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("FOO /chat HTTP/1.1", 405, "METHOD_NOT_ALLOWED"),
        (f"FOO /{SECRET} HTTP/1.1", 405, "METHOD_NOT_ALLOWED"),
        ("PROPFIND /chat HTTP/1.1", 405, "METHOD_NOT_ALLOWED"),
        ("chat /chat HTTP/1.1", 405, "METHOD_NOT_ALLOWED"),
        (f"GET /\xff{SECRET} HTTP/1.1", 400, "INVALID_INPUT"),
        (f"GET /{SECRET} HTTP/9.9", 400, "INVALID_INPUT"),
        (f"GET {SECRET}", 400, "INVALID_INPUT"),
        (f"GET /chat HTTP/1.1\r\n{SECRET}", 400, "INVALID_INPUT"),
    ],
)
async def test_what_no_handler_saw_has_the_envelope_and_is_not_quoted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, status: int, code: str
) -> None:
    caplog.set_level(logging.DEBUG)
    async with front(tmp_path) as port:
        raw = f"{line}\r\nHost: a\r\nConnection: close\r\n\r\n".encode("latin-1")
        told = await ask(port, raw)
    assert (told[0], told[2]["code"]) == (status, code)
    assert told[1]["content-type"].startswith("application/json")
    assert ("allow" in told[1]) == (status == 405)
    assert SECRET not in json.dumps(told[2])
    assert not any(SECRET in record.getMessage() for record in caplog.records)


async def test_a_crowd_waits_at_the_door_of_a_front_that_is_busy(tmp_path: Path) -> None:
    """As many as the kernel lets wait (4,096 by default) are taken up while nobody is accepted."""
    async with front(tmp_path) as port:
        with contextlib.ExitStack() as crowd:
            for _ in range(1000):  # the loop runs nothing meanwhile
                one = crowd.enter_context(socket.socket())
                one.settimeout(0.9)  # a SYN that is dropped is sent again after a second
                one.connect(("127.0.0.1", port))
