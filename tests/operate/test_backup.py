"""A backup, then databases, tables and indices are lost; and all of it is there again."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chatstream.commands.redo_stores import RedoStores
from chatstream.domain.backups import MANIFEST
from chatstream.errors import ConfigurationError
from infra.embedded import postgres
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from schemas.contexts.conduct import SANCTION
from tests.client.api import PASSWORD, Refused, User
from tests.client.known import rows
from tests.client.waiting import eventually
from tests.folders import server_folder
from tests.operate.restored import (
    WITHIN,
    Rows,
    Scene,
    heads_of,
    lose_databases,
    lose_search,
    lose_tables,
    rows_of,
    start_services,
    stop_services,
)
from tests.servers import TEST_ENVIRONMENT, claimed_port

pytestmark = [pytest.mark.operate, pytest.mark.timeout(1800)]

log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def lost(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with (
        server_folder(request, "backup") as root,
        claimed_port() as port,
        Stack(root, port, StackShape(extra_env=TEST_ENVIRONMENT)) as stack,
    ):
        stack.start_servers()
        stack.command("migrate")
        stack.command("topics", "create")
        start_services(stack)
        yield stack


@pytest.fixture
async def scene(lost: Stack) -> AsyncIterator[Scene]:
    scene = Scene(lost)
    yield scene
    await scene.close()


async def test_what_was_acknowledged_is_there_again_after_everything_is_lost(
    lost: Stack, scene: Scene, tmp_path: Path
) -> None:
    await scene.before()
    log.info(lost.command("backup", "create", str(tmp_path)))
    path = check_files(tmp_path)
    await scene.after()

    with pytest.raises(ConfigurationError, match=r"in use: .*auth by .*Stop every service first"):
        lost.command("backup", "restore", str(path), "--replace")
    stop_services(lost)
    with pytest.raises(ConfigurationError, match="is not empty: --replace gives up"):
        lost.command("backup", "restore", str(path))
    known, heads = rows_of(lost), heads_of(lost)
    lose_databases(lost)
    assert await lose_tables(lost)
    assert await lose_search(lost)

    told = lost.command("backup", "restore", str(path))
    log.info(told)
    assert "NOT done again" not in told
    assert heads_of(lost) == heads
    assert {topic for topic, _ in heads} == RedoStores.lines - {SANCTION.response.name}

    start_services(lost)
    # The steps of the erasure run again: until then names are as they were in the dump.
    await scene.until_erased()
    found = rows_of(lost)
    assert {name: differing(known[name], found[name]) for name in known} == dict.fromkeys(known)
    assert heads_of(lost) == heads
    lost.command("stats", "rebuild")
    lost.command("log", "rebuild")
    await agree(lost)
    await check_people(scene)

    stop_services(lost)
    known, heads = rows_of(lost), heads_of(lost)
    told = lost.command("backup", "restore", str(path), "--replace", "--without-log")
    assert "facts since are given up, their numbers too" in told
    assert heads_of(lost) == heads
    assert said(rows_of(lost)) == 8 < said(known)


def said(found: Rows) -> int:
    """How many messages there are."""
    return sum(len(each) for name, each in found.items() if name.endswith(".messages"))


def check_files(folder: Path) -> Path:
    """A dump of each database that only its owner reads, and a manifest with its rows."""
    (path,) = folder.iterdir()
    manifest = json.loads((path / MANIFEST).read_text())
    assert len(manifest["databases"]) == len(postgres.SERVERS)
    assert sum(each["rows"].get("messages", 0) for each in manifest["databases"]) == 8
    for file in path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return path


def differing(known: list[str], found: list[str]) -> tuple[list[str], list[str]] | None:
    """The rows that only one of them has; None when they are the same."""
    if known == found:
        return None
    return sorted(set(known) - set(found)), sorted(set(found) - set(known))


async def agree(stack: Stack) -> None:
    """Tables and search agree with a recount from Postgres."""
    found = ""

    async def verified() -> bool:
        nonlocal found
        try:
            found = stack.command("stats", "verify") + stack.command("log", "verify")
        except ConfigurationError as error:
            found = str(error)
            return False
        return "the tables are right" in found and "the log is right" in found

    try:
        await eventually(verified, WITHIN, 1)
    except AssertionError as error:
        raise AssertionError(f"{error}: {found}") from error


async def check_people(scene: Scene) -> None:
    """Rooms, words and search are there; who is erased stays so; the next message has its place."""
    ara, room = scene.people["ara"], scene.rooms[0]
    await ara.log_in()
    history = await ara.insist("GET", f"/chat/{room}/messages")
    seqs = [each["seq"] for each in history["messages"]]
    assert sorted(seqs) == list(range(1, len(scene.said[room]) + 1))
    (gone,) = [each for each in history["messages"] if each["message"] == "나는 이제 간다"]
    assert (gone["userId"], gone["userName"]) == (None, None)
    dan = User(scene.stack.base_url, scene.people["dan"].user_id)
    account = {"userId": dan.user_id, "password": PASSWORD, "name": "누구"}
    with pytest.raises(Refused, match="401"):
        await dan.log_in()
    with pytest.raises(Refused, match="409"):
        await dan.insist("POST", "/user", account)
    await dan.close()
    hits = await ara.insist("GET", "/search/messages?q=고마워")
    assert [hit["roomId"] for hit in hits["hits"]] == [scene.rooms[1]]
    told = await scene.say("ara", room, "다시 만나서 반가워")
    assert told["seq"] == max(seqs) + 1
    ((count,),) = rows(scene.stack.dsns["auth"], "select count(*) from accounts")
    assert count == len(scene.people)
