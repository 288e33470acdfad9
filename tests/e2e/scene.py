"""The scene the product began with: two browsers, one message, and where it can be found after."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import psycopg2
from aiokafka import AIOKafkaConsumer

from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import parse, wished
from schemas.contexts.messages import MESSAGE
from tests.client.api import PASSWORD, open_room, sign_up
from tests.client.waiting import eventually
from tests.e2e.readers import DEADLINE

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

TEXT = "Message Check! I am sending it!"


class Stores(Protocol):
    """Where the stores of a stack are, whoever runs it."""

    @property
    def bootstrap(self) -> str: ...
    @property
    def dsns(self) -> dict[str, str]: ...
    @property
    def elastic_url(self) -> str: ...


async def _log_in(browser: Browser, base_url: str, user_id: str, room_id: str) -> Page:
    context = await browser.new_context()
    context.set_default_timeout(DEADLINE)
    page = await context.new_page()
    answer = await context.request.post(
        f"{base_url}/user/login",
        data=json.dumps({"userId": user_id, "password": PASSWORD}),
        headers={"content-type": "application/json", "origin": base_url},
    )
    assert answer.ok
    await page.goto(f"{base_url}/rooms/{room_id}")
    return page


async def _traces_sent(page: Page) -> list[str]:
    """Opens the page once more; from there on it fills with the traces of what the page sends."""
    traces: list[str] = []

    def sent(frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode()
        traces.extend(re.findall(r"^traceparent:00-([0-9a-f]{32})-", text, re.MULTILINE))

    page.on("websocket", lambda socket: socket.on("framesent", sent))
    await page.reload()
    return traces


async def _from_kafka(stores: Stores, room_id: str, text: str) -> dict[str, Any]:
    consumer = AIOKafkaConsumer(
        MESSAGE.response.name,
        bootstrap_servers=stores.bootstrap,
        auto_offset_reset="earliest",
        group_id=None,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            async for record in consumer:
                fact = json.loads(record.value)
                if fact["roomId"] == room_id and fact.get("message") == text:
                    assert record.key == room_id.encode()
                    assert record.partition == partition_of(room_id, 8)
                    headers = dict(record.headers)
                    assert wished(headers["wished"])
                    return {**fact, "trace": parse(headers["traceparent"])}
    finally:
        await consumer.stop()
    raise AssertionError("the topic ended")


def _from_postgres(stores: Stores, message_id: str) -> list[tuple[str, int, int]]:
    rows: list[tuple[str, int, int]] = []
    for name, dsn in stores.dsns.items():
        if name.startswith("chat-"):
            connection = psycopg2.connect(dsn)
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "select body, seq, fact_no from messages where message_id = %s", (message_id,)
                )
                rows += cursor.fetchall()
            connection.close()
    return rows


async def _from_elasticsearch(stores: Stores, document_id: str) -> dict[str, Any] | None:
    query = {"query": {"ids": {"values": [document_id]}}}
    url = f"{stores.elastic_url}/chatstream-messages-*/_search"
    async with aiohttp.ClientSession() as http, http.post(url, json=query) as response:
        if not response.ok:  # an index that has just been made
            return None
        hits = (await response.json())["hits"]["hits"]
    return dict(hits[0]["_source"]) if hits else None


async def two_browsers_chat(stores: Stores, base_url: str, browser: Browser) -> None:
    """One message, shown to both, traced, in every store, found and counted; asserts all of it."""
    mark = f"mark{uuid.uuid4().hex[:6]}"
    text = f"{TEXT} {mark}"
    alice, bob = await sign_up(base_url, "alice"), await sign_up(base_url, "bob")
    room_id = await open_room(alice, bob, name="장면")
    pages = [await _log_in(browser, base_url, user.user_id, room_id) for user in (alice, bob)]

    traces = await _traces_sent(pages[0])
    composer = pages[0].get_by_role("textbox").last
    await composer.wait_for()
    await composer.fill(text)
    await composer.press("Enter")
    for page in pages:
        await page.get_by_text(text).first.wait_for(timeout=60_000)

    fact = await _from_kafka(stores, room_id, text)
    assert fact["trace"] in traces
    assert _from_postgres(stores, fact["messageId"]) == [(text, fact["seq"], fact["factNo"])]
    document = await eventually(lambda: _from_elasticsearch(stores, f"{room_id}:{fact['seq']}"))
    assert text in json.dumps(document, ensure_ascii=False)

    async def found() -> bool:
        answer = await bob.insist("GET", f"/search/messages?q={mark}")
        return [hit["messageId"] for hit in answer["hits"]] == [fact["messageId"]]

    await eventually(found)

    async def counted() -> bool:
        answer = await bob.insist("GET", "/stats/words/sending")
        return bool(answer["complete"] and answer["count"] >= 1)

    await eventually(counted)
    for page in pages:
        await page.context.close()
    await alice.close()
    await bob.close()
