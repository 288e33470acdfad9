"""Indices removed by their age, on real Elasticsearch, by a clock of the test.

In a year of which no other test has an index: the clock's removals are for all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from elasticsearch import AsyncElasticsearch
from prometheus_client import REGISTRY

from agents.log_maintenance.retention import LogRetention
from chatstream.domain.documents import DEAD_LETTERS, EVENTS, LAG, LOGS, MESSAGES
from infra.elastic.client import connect
from infra.elastic.retention import remove_expired
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

DAYS = {LOGS: 14, EVENTS: 400, DEAD_LETTERS: 90, LAG: 31}
KEPT = f"{MESSAGES}-0501.03"
SECOND = timedelta(seconds=1)


def last_second(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, tzinfo=UTC)


LAST_SEEN = {
    f"{LOGS}-0501.03.01": last_second(501, 3, 15),
    f"{LOGS}-0501.03.02": last_second(501, 3, 16),
    f"{LAG}-0501.03": last_second(501, 5, 1),
    f"{DEAD_LETTERS}-0501.03": last_second(501, 6, 29),
    f"{EVENTS}-0501.03": last_second(502, 5, 5),
}
"""The last moment at which each is there, in their order."""


def removed(dataset: str) -> float:
    found = REGISTRY.get_sample_value("chatstream_log_indices_removed_total", {"dataset": dataset})
    return found or 0


async def left(client: AsyncElasticsearch) -> set[str]:
    return set(await client.indices.get(index="chatstream-*-0501.03*"))


async def test_what_is_old_enough_goes_whole_and_messages_never(servers: Stack) -> None:
    names = {*LAST_SEEN, KEPT}
    async with connect(elastic_of(servers)) as client:
        await ensure_templates(client)
        before = {dataset: removed(dataset) for dataset in DAYS}
        try:
            for name in names:
                await client.index(index=name, document={"@timestamp": "0501-03-01T12:00:00.000Z"})
            for name, day in LAST_SEEN.items():
                for moment, is_there in ((day, True), (day + SECOND, False)):
                    clock = partial(datetime.fromtimestamp, moment.timestamp(), UTC)
                    step = LogRetention(partial(remove_expired, client, DAYS), 0, clock)
                    await step.check()
                    assert (name in await left(client)) is is_there
                names.discard(name)
                assert await left(client) == names
            assert names == {KEPT}
            told = {dataset: removed(dataset) - before[dataset] for dataset in DAYS}
            assert told == {LOGS: 2, EVENTS: 1, DEAD_LETTERS: 1, LAG: 1}
        finally:
            for name in await left(client):
                await client.indices.delete(index=name)
