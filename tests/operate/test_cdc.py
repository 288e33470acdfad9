"""Change data capture on a stack of its own: real Debezium, whatever is killed and lost.

The tests play one scene in their order: people chat, and the reports are compared with the
databases row by row.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from aiohttp import ClientSession

from chatstream.settings import KafkaSettings
from infra.connect.connectors import SLOT, name_of
from infra.embedded import connect, gateway, kafka, postgres
from infra.embedded.attached import attach
from infra.embedded.captured import COUNTS, CapturedStack
from infra.embedded.rolling import Rolling
from infra.embedded.shape import StackShape
from infra.kafka.traces import find_records
from infra.postgres.traces import find_rows
from schemas.cdc import CAPTURED
from schemas.services import REPORTING
from tests.client.api import PASSWORD, User, open_room, sign_up
from tests.client.metrics import samples, total
from tests.client.stomp import Socket
from tests.client.waiting import eventually
from tests.folders import server_folder
from tests.servers import TEST_ENVIRONMENT, claimed_port

pytestmark = pytest.mark.operate

WITHIN = 180.0
STARTED_WITHIN = 600.0
WORKERS = (
    *("user-1", "friend-1", "coupon-1", "content-1", "chat-1"),
    *("front-1", "front-auth", "reporting"),
)
SETTINGS = {**TEST_ENVIRONMENT, "CHATSTREAM_CDC__WATCH_INTERVAL": "1"}
ROOMS = 6
KEPT = 32
"""Megabytes of its log that a database keeps for a reader that is away."""
SECRET = f"비밀-{uuid4().hex}"
ROOM_NAME = f"room-{uuid4().hex}"


class Scene:
    """The stack, its people, and what they do."""

    def __init__(self, stack: CapturedStack) -> None:
        self.stack = stack
        self.people: list[User] = []
        self.sockets: list[Socket] = []
        self.rooms: list[str] = []
        self.said = 0

    async def begin(self) -> None:
        """Three people in six rooms or more, so that both chat databases have some."""
        self.people = [await sign_up(self.stack.base_url, "reported") for _ in range(3)]
        first, *others = self.people
        while len(self.rooms) < ROOMS or not self._is_everywhere():
            self.rooms.append(await open_room(first, *others, name=ROOM_NAME))
        self.sockets = [Socket(each) for each in self.people]
        for socket in self.sockets:
            await socket.connect()

    def _is_everywhere(self) -> bool:
        chats = [name for name in self.stack.dsns if name.startswith("chat-")]
        return all(self.rows(name, "select count(*) from rooms") != [(0,)] for name in chats)

    async def chat(self, count: int) -> list[tuple[str, str]]:
        """Messages in all rooms by everybody; (room, message id) of each."""
        done = []
        for _ in range(count):
            for room in self.rooms:
                message_id = str(uuid4())
                socket = self.sockets[self.said % len(self.sockets)]
                await socket.say(room, message_id, f"{SECRET} {self.said}")
                done.append((room, message_id))
                self.said += 1
        return done

    async def remove(self, who: int, room: str) -> None:
        """Somebody who does not speak there is removed from a room by its owner."""
        leaver = self.people[who].user_id
        await self.people[0].insist("DELETE", f"/chat/{room}/participants/{leaver}")

    async def verify(self) -> str:
        """The command that compares every row; raises with what differs."""
        return await asyncio.to_thread(
            self.stack.command, "reporting", "verify", "--within", str(WITHIN)
        )

    def rows(self, database: str, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What a database says."""
        connection = psycopg2.connect(self.stack.dsns[database])
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def account_of(self, user: User) -> str:
        """The id of somebody."""
        sql = "select account_id::text from accounts where user_id = %s"
        ((found,),) = self.rows("auth", sql, user.user_id)
        return str(found)

    async def metric(self, name: str, **labels: str) -> float:
        """What the reporting service measures."""
        return total(await samples(self.stack, "reporting"), name, **labels)

    async def close(self) -> None:
        """Everybody leaves."""
        for socket in self.sockets:
            await socket.close()
        for each in self.people:
            await each.close()


@pytest.fixture(scope="module")
def captured(request: pytest.FixtureRequest) -> Iterator[CapturedStack]:
    with (
        pytest.MonkeyPatch.context() as patch,
        claimed_port() as port,
        server_folder(request, "cdc") as root,
    ):
        patch.setitem(postgres.CONFIGURATION, "max_slot_wal_keep_size", f"{KEPT}MB")
        with CapturedStack(root, port, StackShape(COUNTS, SETTINGS)) as stack:
            start(stack)
            yield stack


def start(stack: CapturedStack) -> None:
    """What takes part: neither search nor live counts are captured or read reports."""
    stack.start_servers([kafka.NAME, *postgres.SERVERS, "postgres-reporting"])
    for part in ("keys", "databases"):
        stack.command("migrate", "--only", part)
    stack.command("topics", "create")
    for names in (WORKERS, [gateway.NAME]):
        for name in names:
            stack.start_process(name)
        for name in names:
            stack.wait_ready(name, STARTED_WITHIN)
    stack.start_capture()


@pytest.fixture(scope="module")
async def scene(captured: CapturedStack) -> AsyncIterator[Scene]:
    scene = Scene(captured)
    await scene.begin()
    yield scene
    await scene.close()


async def test_reports_are_row_by_row_as_the_databases_through_kills_of_who_tells_and_who_keeps(
    scene: Scene,
) -> None:
    await scene.chat(3)
    # Whoever is removed below was told of: what a snapshot does not find leaves no mark.
    assert "every row is as in its source" in await scene.verify()
    await asyncio.to_thread(scene.stack.kill, connect.NAME)
    await scene.chat(2)
    await asyncio.to_thread(scene.stack.kill, REPORTING.name)
    (room, message_id), *_ = await scene.chat(3)
    await scene.people[0].insist("DELETE", f"/chat/{room}/messages/{message_id}")
    await scene.remove(1, scene.rooms[-1])
    assert "every row is as in its source" in await scene.verify()
    counts = "select count(*), count(deleted_at), count(distinct source) from messages"
    assert scene.rows("reporting", counts) == [(scene.said, 1, 2)]
    by_day = "select sum(messages), sum(taken_back) from messages_by_room_and_day"
    assert scene.rows("reporting", by_day) == [(scene.said, 1)]
    ((gone,),) = scene.rows("reporting", "select count(*) from members where gone_at is not null")
    assert gone == 1


async def test_no_credential_no_name_and_no_words_leave_this_way(scene: Scene) -> None:
    secrets = {"password": PASSWORD, "text": SECRET, "room": ROOM_NAME}
    for number, user in enumerate(scene.people):
        secrets |= {
            f"access token {number}": user.token,
            f"refresh token {number}": user.refresh_token,
            f"handle {number}": user.user_id,
        }
    hashes = scene.rows("auth", "select password_hash from accounts where password_hash <> ''")
    secrets |= {f"hash {number}": value for number, (value,) in enumerate(hashes)}
    settings = KafkaSettings(bootstrap_servers=scene.stack.bootstrap)
    seen = await find_records(settings, scene.rooms[0])
    assert {each.topic for each in CAPTURED if "room_id" in each.key} <= seen.keys()
    for what, secret in secrets.items():
        found = await find_records(settings, secret)
        # As it stands in JSON that is not UTF-8 as well.
        found = {**found, **await find_records(settings, json.dumps(secret)[1:-1])}
        leaks = [topic for topic in found if topic.startswith("kakao.cdc")]
        assert leaks == [], what
        assert list(find_rows(scene.stack.dsns["reporting"], secret)) == [], what


async def test_a_lost_slot_is_noticed_and_its_database_read_anew(scene: Scene) -> None:
    stack = scene.stack
    await asyncio.to_thread(stack.stop_process, connect.NAME)
    await scene.chat(1)
    await scene.remove(2, scene.rooms[0])
    losing = [name for name in stack.dsns if name.startswith("chat-")]
    state = "select wal_status from pg_replication_slots where slot_name = %s"

    async def is_lost() -> bool:
        for name in losing:
            for _ in range(8):
                noise = "select pg_logical_emit_message(false, 'noise', repeat('x', 4000000))"
                scene.rows(name, f"{noise}, pg_switch_wal()")
            connection = psycopg2.connect(stack.dsns[name])
            connection.autocommit = True
            connection.cursor().execute("checkpoint")
            connection.close()
        return all(scene.rows(name, state, SLOT) == [("lost",)] for name in losing)

    await eventually(is_lost, WITHIN)
    await asyncio.to_thread(stack.start_process, connect.NAME)

    async def are_renewed() -> bool:
        """People chat on: some of it is under way when the new slots are made."""
        await scene.chat(1)
        done = [await scene.metric("cdc_renewals_total", database=n) for n in losing]
        return all(each >= 1 for each in done)

    await eventually(are_renewed, WITHIN)
    assert "every row is as in its source" in await scene.verify()
    assert scene.rows("reporting", "select count(*) from messages") == [(scene.said,)]

    async def are_swept() -> bool:
        unswept = "select count(*) from snapshots where lsn > swept_lsn"
        return scene.rows("reporting", unswept) == [(0,)]

    await eventually(are_swept, WITHIN)
    await scene.chat(1)
    assert "every row is as in its source" in await scene.verify()


def replace_as_an_operator(stack: CapturedStack) -> None:
    """Connect and the service, by whoever attaches to the stack; with connectors given anew."""
    with attach(stack.layout.root) as attached:
        assert isinstance(attached, CapturedStack)
        attached.stop_process(connect.NAME)
        attached.start_process(connect.NAME)
        attached.wait_ready(connect.NAME, STARTED_WITHIN)
        Rolling(attached, lambda _: None).replace([REPORTING.name])
        attached.give_connectors()


async def test_whoever_attaches_knows_connect_and_gives_it_its_connectors_anew(
    scene: Scene,
) -> None:
    stack, name = scene.stack, name_of("chat-0")
    before = stack.pid(connect.NAME), stack.pid(REPORTING.name)
    async with ClientSession(stack.connect.url) as http:
        async with http.delete(f"/connectors/{name}") as answer:
            assert answer.status == 204
        await asyncio.to_thread(replace_as_an_operator, stack)
        async with http.get("/connectors") as answer:
            assert name in await answer.json()
    assert not {*before} & {stack.pid(connect.NAME), stack.pid(REPORTING.name)}
    await scene.chat(1)
    assert "every row is as in its source" in await scene.verify()


async def test_an_erasure_reaches_the_reports_and_what_counts_stays(scene: Scene) -> None:
    user = scene.people[1]
    account_id = scene.account_of(user)
    written = "select count(*) from messages where account_id = %s::uuid"
    ((before,),) = scene.rows("reporting", written, account_id)
    assert before
    saga = await user.insist("DELETE", "/user/me", {"password": PASSWORD})

    async def is_done() -> Any:
        found = await user.insist("GET", f"/ops/sagas/{saga['sagaId']}")
        (step,) = [each for each in found["steps"] if each["step"] == "reporting"]
        return step["doneAt"]

    await eventually(is_done, WITHIN)
    assert "every row is as in its source" in await scene.verify()
    assert list(find_rows(scene.stack.dsns["reporting"], account_id)) == []
    blank = "select count(*) from messages where account_id is null"
    assert scene.rows("reporting", blank) == [(before,)]
    assert scene.rows("reporting", "select count(*) from messages") == [(scene.said,)]
