"""The tests' own client: stays logged in as long as a test takes, and tells refusals at once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.client.api import User
from tests.client.stomp import Closed, Socket, encode


class Accounts:
    """Gives numbered tokens; `refused` are paths that answer 503."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refused: set[str] = set()
        self.expires_in = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path in self.refused:
            return web.json_response({}, status=503)
        if request.path == "/user/me":
            return web.json_response({"token": request.headers["Authorization"].split()[1]})
        if request.path == "/user/refresh":
            assert json.loads(await request.text()) == {"refreshToken": "r1"}
        number = len(self.asked)
        pair = {"accessToken": f"a{number}", "refreshToken": f"r{number}"}
        return web.json_response({**pair, "expiresIn": self.expires_in})


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
async def user(accounts: Accounts) -> AsyncIterator[User]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", accounts.answer)
    async with TestServer(app) as server:
        found = User(str(server.make_url("")).rstrip("/"), "ann")
        await found.log_in()
        yield found
        await found.close()


async def me(user: User) -> Any:
    return (await user.call("GET", "/user/me"))["token"]


async def test_a_token_that_is_old_is_renewed_before_the_next_call(
    user: User, accounts: Accounts
) -> None:
    accounts.expires_in = 600
    assert [await me(user), await me(user)] == ["a2", "a2"]
    assert accounts.asked == ["/user/login", "/user/refresh", "/user/me", "/user/me"]


async def test_who_cannot_refresh_logs_in_again(user: User, accounts: Accounts) -> None:
    accounts.refused = {"/user/refresh"}
    assert await me(user) == "a3"


async def test_while_there_are_no_new_tokens_the_old_one_is_used(
    user: User, accounts: Accounts
) -> None:
    accounts.refused = {"/user/refresh", "/user/login"}
    assert [await me(user), await me(user)] == ["a1", "a1"]
    assert accounts.asked.count("/user/refresh") == 1


async def test_an_error_ends_the_call_that_it_refuses_at_once(user: User) -> None:
    socket = Socket(user)

    async def refuse(request: web.Request) -> web.WebSocketResponse:
        served = web.WebSocketResponse()
        await served.prepare(request)
        await served.receive()
        await served.send_str(encode("CONNECTED", {"version": "1.2"}))
        asked = (await served.receive_str()).split("receipt:")[1].split("\n")[0]
        error = {"message": "NOT_A_MEMBER", "receipt-id": asked}
        await served.send_str(encode("ERROR", error))
        await served.close()
        return served

    app = web.Application()
    app.router.add_get("/stomp/chat", refuse)
    async with TestServer(app) as server:
        user.base_url = str(server.make_url("")).rstrip("/")
        await socket.connect()
        with pytest.raises(Closed, match="NOT_A_MEMBER"):
            await socket.subscribe("/sub/chat/room/1")
        assert (await socket.message()).command == "ERROR"
        await socket.close()
