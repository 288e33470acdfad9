"""Secrets and private words, planted wherever they may come in, are in no log and no document."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
import psycopg2
import pytest
from aiokafka import AIOKafkaProducer
from yarl import URL

from chatstream.domain.documents import EVENTS, LOGS, MESSAGES
from chatstream.domain.log_lines import read
from chatstream.domain.log_lines.datasets import APP
from infra.embedded.stack import Stack
from schemas.catalogue import TOPICS
from schemas.contexts.accounts import SESSION
from schemas.contexts.reading import READ
from schemas.contexts.saving import SAVED
from tests.client.api import User, open_room, sign_up
from tests.client.waiting import eventually
from tests.integration.test_accounts import PASSWORD, login, new_handle, signup

pytestmark = pytest.mark.stack

MARK = uuid4().hex
TOKEN = f"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ{MARK}.c2VjcmV0{MARK}"
ENCODED = "".join(f"%{byte:02X}" for byte in TOKEN.encode())
WORD = f"비밀낱말{MARK}"
LAST = "127.0.77.77"  # whose line in the access log is written after all others
ROOM = str(uuid4())

READ_BY_FRONTS = (READ.response, SAVED.response, SESSION.response)

SLOW = "select pg_sleep(1.2), %(word)s::text"
FAILING = (
    "select %(word)s::int",
    f"do $$ begin raise exception 'x %%', '{WORD}'; end $$",
    f"do $$ begin raise warning 'x %%', '{WORD}'; end $$",
    f"select syntax error '{WORD}'",
    "with doubled as (select %(word)s as w) select 1 / 0 from doubled where w = %(word)s",
    "create temp table planted (w text primary key);"
    " insert into planted values (%(word)s), (%(word)s)",
)


def files(folder: Path) -> Iterator[Path]:
    """Every log file there is, also those of the servers' own and what was rotated."""
    return (path for path in folder.rglob("*") if path.is_file())


def holding(folder: Path, planted: str) -> list[str]:
    return [
        path.name for path in files(folder) if planted.encode().lower() in path.read_bytes().lower()
    ]


async def ask(http: aiohttp.ClientSession, path: str, **headers: str) -> int:
    url = URL(str(http._base_url).rstrip("/") + path, encoded=True)
    async with http.get(url, headers=headers) as response:
        return response.status


async def plant_in_requests(http: aiohttp.ClientSession) -> None:
    quoted = URL("/").with_path(f"/{WORD}").raw_path
    for path in (
        f"/chat/{TOKEN}",
        f"/chat/{ENCODED}",
        f"/chat?token={TOKEN}",
        f"/chat?x={ENCODED}",
        f"/user/{ENCODED}?access_token={ENCODED}",
        f"/user/friends/{TOKEN}",
        f"/stats/words{quoted}",
        f"/search/messages?q={quoted[1:]}",
        f"/static/{TOKEN}{quoted}",
        f"/stomp/chat?token={TOKEN}",
    ):
        await ask(http, path)
        await ask(http, path, Accept="text/html", Referer=f"http://a/{TOKEN}")
        await ask(http, path, Authorization=f"Bearer {TOKEN}", Cookie=f"access={TOKEN}")


async def plant_in_stomp(base_url: str, origin: str) -> None:
    async with aiohttp.ClientSession() as http:
        for connect in (
            f"CONNECT\naccept-version:1.2\nAuthorization:Bearer {TOKEN}\n\n\0",
            f"{WORD}\nAuthorization:Bearer {TOKEN}\n\n\0",
        ):
            async with http.ws_connect(
                f"{base_url}/stomp/chat", protocols=("v12.stomp",), origin=origin
            ) as socket:
                await socket.send_str(connect)
                await socket.receive(timeout=20)


async def plant_in_raw_lines(port: int) -> None:
    for line in (f"FOO /{TOKEN} HTTP/1.1", f"GET /{WORD} HTTP/1.1", f"GET {TOKEN} HTTP/9.9"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{line}\r\nHost: {TOKEN}\r\nConnection: close\r\n\r\n".encode())
        await asyncio.wait_for(reader.read(), 20)
        writer.close()


def plant_in_database(dsn: str) -> None:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(SLOW, {"word": WORD})
        for statement in FAILING:
            with contextlib.suppress(psycopg2.Error):
                cursor.execute(statement, {"word": WORD})


async def plant_in_elastic(url: str) -> None:
    index = f"{url}/chatstream-planted-{uuid4()}"
    slow = {"query.trace": "0ms", "fetch.trace": "0ms"}
    settings = {
        **{f"index.search.slowlog.threshold.{name}": value for name, value in slow.items()},
        "index.indexing.slowlog.threshold.index.trace": "0ms",
    }
    body = {"settings": settings, "mappings": {"properties": {"at": {"type": "date"}}}}
    async with aiohttp.ClientSession() as http:
        for method, path, sent in (
            ("PUT", "", body),
            ("POST", "/_doc?refresh=true", {"text": WORD}),
            ("POST", "/_doc", {"at": WORD}),
            ("POST", "/_search", {"query": {"match": {"text": WORD}}}),
            ("POST", "/_search", {"query": {"query_string": {"query": f"{WORD} AND ("}}}),
            ("POST", "/_search", {"query": {"script": {"script": f"throw new {WORD}"}}}),
            ("POST", f"/_search?q={WORD}", None),
            ("DELETE", "", None),
        ):
            async with http.request(method, index + path, json=sent) as response:
                await response.read()


async def plant_on_topics(bootstrap: str) -> None:
    """Records that are none, where no other test reads what there is."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for spec in TOPICS:
        if spec.name.endswith("REQUEST") or spec in READ_BY_FRONTS:
            for value in (WORD, f'{{"type": "{WORD}", "token": "{TOKEN}"}}'):
                await producer.send_and_wait(spec.name, value.encode(), key=ROOM.encode())
    await producer.stop()


async def plant_in_chat(base_url: str) -> tuple[str, list[str]]:
    """A room where it is talked of, by people who log in: the room, and what only they know."""
    owner, guest = await sign_up(base_url), await sign_up(base_url)
    people = (owner, guest)
    room_id = await open_room(owner, guest)
    sent = await owner.call("POST", f"/chat/{room_id}", {"message": WORD})
    await guest.call("POST", f"/chat/{room_id}", {"message": f"{TOKEN} {WORD}"})
    path = f"/chat/{room_id}/messages/{sent['messageId']}"
    await owner.call("PATCH", path, {"message": f"{WORD} {WORD}"})
    await owner.call("GET", "/search/messages", params={"q": WORD, "roomId": room_id})
    await owner.call("GET", f"/stats/words/{WORD}")
    known = [each.token for each in people]
    for each in people:
        await each.close()
    return room_id, known


async def found_in(url: str, index: str, query: Mapping[str, object]) -> str:
    """The sources of all documents of an index that a query finds, as one text."""
    body = {"size": 10_000, "query": query}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/{index}-*/_search", json=body) as response,
    ):
        assert response.status == 200
        return (await response.text()).partition('"hits":[')[2]


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def test_nothing_planted_is_in_any_log(http: aiohttp.ClientSession, stack: Stack) -> None:
    began = datetime.now(UTC)
    user_id = new_handle()
    assert await signup(http, user_id) == 201
    tokens = await login(http, user_id)
    room_id, known = await plant_in_chat(stack.base_url)
    await ask(http, f"/user/me?token={tokens['accessToken']}")
    await plant_in_requests(http)
    await plant_in_raw_lines(stack.port)
    for front in ("front-1", "front-2"):
        await plant_in_raw_lines(stack.endpoints.ports[front])
    await plant_in_stomp(stack.base_url, stack.base_url)
    await plant_on_topics(stack.bootstrap)
    await plant_in_elastic(stack.elastic_url)
    await asyncio.gather(
        *(asyncio.to_thread(plant_in_database, dsn) for dsn in stack.dsns.values())
    )
    for front in ("front-1", "front-2"):
        await asyncio.to_thread(stack.kill, front)
    await plant_in_requests(http)
    for front in ("front-1", "front-2"):
        await asyncio.to_thread(stack.wait_ready, front)
    last = User(stack.base_url, user_id, address=LAST)
    async with last.http.get(f"{stack.base_url}/healthz"):
        await last.http.close()
    access = stack.layout.log / "nginx-access.log"

    async def written() -> str:
        text = await asyncio.to_thread(access.read_text)
        return text if LAST in text else ""

    lines = await eventually(written)
    assert '"route":"/chat/{roomId}","status":503' in lines
    # Everything was looked through: what logs on purpose has done so.
    assert holding(stack.layout.log, "record refused")
    secrets = [TOKEN, ENCODED, MARK, WORD, PASSWORD, *known]
    secrets += [tokens["accessToken"], tokens["refreshToken"]]
    assert {each: holding(stack.layout.log, each) for each in secrets} == {
        each: [] for each in secrets
    }
    await look_through_documents(stack.elastic_url, room_id, began, secrets)
    look_through_lines(stack)


async def look_through_documents(
    url: str, room_id: str, began: datetime, secrets: Sequence[str]
) -> None:
    """Texts are where messages are searched, and in no other document of that time."""
    of_room = {"term": {"chatstream.room.id": room_id}}

    async def is_whole() -> bool:
        return MARK in await found_in(url, MESSAGES, of_room)

    await eventually(is_whole)
    since = {"range": {"@timestamp": {"gte": began.isoformat()}}}
    facts = await found_in(url, EVENTS, since)
    assert room_id in facts
    lines = await found_in(url, LOGS, since)
    assert not [each for each in secrets if each in facts or each in lines]


def look_through_lines(stack: Stack) -> None:
    """Every line of our processes is a document that names the process and itself."""
    names: set[str] = set()
    identities: list[str] = []
    for worker in stack.workers:
        lines = stack.layout.log_file(worker.name).read_text().split("\n")
        found = [read(APP, line) for line in lines if line]
        assert {each["service"]["name"] for each in found} == {worker.service}
        names |= {each["service"]["node"]["name"] for each in found}
        identities += [each["event"]["id"] for each in found]
    assert names == {worker.name for worker in stack.workers}
    assert len(identities) == len(set(identities))
