"""Commands for containers: the gateway, the parts of `migrate`, the demo accounts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from chatstream.commands import gateway, migrating
from chatstream.commands.cli import cli
from chatstream.commands.demo_accounts import sign_up_all
from chatstream.errors import TransientFailure
from infra.embedded.run import DEMO_ACCOUNTS

FRONTS = ("--front=10.1.1.21:8090", "--front=10.1.1.22:8090", "--front-auth=10.1.1.31:8090")


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Where the process would become another program, its words are noted."""
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "execvp", lambda _file, words: seen.append(list(words)))
    return seen


def test_the_gateway_becomes_nginx_with_the_fronts_it_is_told(
    become: list[list[str]], tmp_path: Path
) -> None:
    words = ["gateway", "--port=18080", *FRONTS, f"--folder={tmp_path}"]
    assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code == 0
    (command,) = become
    assert str(tmp_path / "nginx.conf") in command
    text = (tmp_path / "nginx.conf").read_text()
    assert "listen 18080 " in text
    for address in ("10.1.1.21:8090", "10.1.1.22:8090", "10.1.1.31:8090"):
        assert text.count(f"server {address} ") == 1


def test_a_gateway_may_follow_the_names_of_fronts(
    become: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 10.96.0.10\n")
    monkeypatch.setattr(gateway, "NAME_SERVERS", tmp_path / "resolv.conf")
    names = ["--front=front.chat.test:8090", "--front-auth=auth.chat.test:8090", "--follow-names"]
    words = ["gateway", *names, f"--folder={tmp_path}"]
    assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code == 0
    assert len(become) == 1
    text = (tmp_path / "nginx.conf").read_text()
    assert "server front.chat.test:8090 resolve " in text
    assert "resolver 10.96.0.10 " in text


def test_a_gateway_without_a_pool_is_refused_by_name(become: list[list[str]]) -> None:
    told = CliRunner().invoke(cli, ["gateway", FRONTS[0]])
    assert told.exit_code == 2
    assert "--front-auth" in told.output
    assert not become


@pytest.mark.parametrize(
    ("words", "done"),
    [
        ([], ["keys", "databases", "templates"]),
        (["--only", "templates", "--only", "keys"], ["keys", "templates"]),
        (["--only", "databases"], ["databases"]),
    ],
)
def test_migrate_does_the_parts_it_is_told_in_their_order(
    words: list[str], done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    parts: Any = {name: lambda _, name=name: seen.append(name) for name in migrating.PARTS}
    monkeypatch.setattr(migrating, "PARTS", parts)
    assert CliRunner().invoke(cli, ["migrate", *words], catch_exceptions=False).exit_code == 0
    assert seen == done


def test_the_part_of_the_keys_needs_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATSTREAM_AUTH__KEYS_DIR", str(tmp_path / "keys"))
    told = CliRunner().invoke(cli, ["migrate", "--only", "keys"], catch_exceptions=False)
    assert told.exit_code == 0
    assert (tmp_path / "keys" / "signing-0001.pem").exists()


@pytest.mark.parametrize("status", [201, 409])
async def test_demo_accounts_are_signed_up_once_the_gateway_takes_them(status: int) -> None:
    """A gateway that is busy at first is asked again; who is there already stays."""
    answers = [503, status, status]
    asked: list[str] = []

    async def sign_up(request: web.Request) -> web.Response:
        asked.append((await request.json())["userId"])
        return web.Response(status=answers[len(asked) - 1])

    app = web.Application()
    app.router.add_post("/user", sign_up)
    async with TestServer(app) as server:
        await sign_up_all(str(server.make_url("")).rstrip("/"))
    first, second = (account.user_id for account in DEMO_ACCOUNTS)
    assert asked == [first, first, second]


async def test_a_gateway_that_refuses_them_is_told_with_its_answer() -> None:
    async def sign_up(_: web.Request) -> web.Response:
        return web.Response(status=400, text="no such name")

    app = web.Application()
    app.router.add_post("/user", sign_up)
    async with TestServer(app) as server:
        with pytest.raises(TransientFailure, match="minsu: 400 no such name"):
            await sign_up_all(str(server.make_url("")).rstrip("/"), within=0)
