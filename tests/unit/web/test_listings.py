"""The lists of a stats worker: every key of a partition that it holds, and of no other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from agents.stats.counters import MessageCounter
from tests.fakes.tables import NAMES, FakeStats
from tests.unit.web.test_counted_words import NOW, said
from web.counts import dumps
from web.counts.words_http import explain_refusals

Client = TestClient[Request, Application]


class Words:
    def count(self, text: str) -> Mapping[str, int]:
        return Counter(text.split())


@pytest.fixture
async def worker() -> AsyncIterator[Client]:
    stats = FakeStats(lambda: NOW)
    counter = MessageCounter(stats.tables, Words(), lambda: NOW)
    await counter.count(0, 0, [said(1, "open", "a", "tea tea milk"), said(2, "open", "b", "tea")])
    await stats.move()
    app = Application(middlewares=[explain_refusals])
    dumps.register(app, stats.tables)
    async with TestClient(TestServer(app)) as client:
        yield client


async def listed(worker: Client, table: str) -> list[list[object]]:
    answer = await worker.get(f"/internal/tables/{table}/0")
    assert answer.status == 200
    assert answer.content_type == "application/x-ndjson"
    return [json.loads(line) for line in (await answer.text()).splitlines()]


async def test_a_list_has_every_key_and_of_a_tally_not_who_used_the_word(worker: Client) -> None:
    assert await listed(worker, "word_counts") == [["milk", 1, 1, 1], ["tea", 3, 2, 3]]
    assert await listed(worker, "room_word_counts") == [["open:milk", 1, 1], ["open:tea", 3, 2]]
    assert [row[1] for row in await listed(worker, "chat_added")] == [2]


async def test_what_the_worker_does_not_hold_is_not_found(worker: Client) -> None:
    for path in (*(f"{name}/1" for name in NAMES), "nothing/0"):
        assert (await worker.get(f"/internal/tables/{path}")).status == 404
