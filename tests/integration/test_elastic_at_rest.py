"""Indices that nobody searches do not refresh, and whoever comes then finds all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from infra.elastic.client import connect
from infra.elastic.templates import template
from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

WITHIN = 30.0
QUERY = {"term": {"event.kind": "event"}}

Ask = Callable[[AsyncElasticsearch, str], Awaitable[int]]


@pytest.fixture
async def client(servers: Stack) -> AsyncIterator[AsyncElasticsearch]:
    async with connect(elastic_of(servers)) as client:
        yield client


@pytest.fixture
async def index(client: AsyncElasticsearch) -> AsyncIterator[str]:
    """An index as of the program's template, which rests as soon as it was searched."""
    name = f"trial-{uuid4().hex[:8]}"
    inner = template("chatstream-events")["template"]
    settings = {**inner["settings"], "number_of_replicas": 0, "search.idle.after": "0s"}
    await client.indices.create(index=name, settings=settings, mappings=inner["mappings"])
    yield name
    await client.indices.delete(index=name)


async def _search(client: AsyncElasticsearch, index: str) -> int:
    return len((await client.search(index=index, query=QUERY))["hits"]["hits"])


async def _total(client: AsyncElasticsearch, index: str) -> int:
    return int((await client.count(index=index, query=QUERY))["count"])


async def _together(client: AsyncElasticsearch, index: str) -> int:
    answer = await client.msearch(searches=[{"index": index}, {"query": QUERY}])
    return len(answer["responses"][0]["hits"]["hits"])


async def _by_alias(client: AsyncElasticsearch, index: str) -> int:
    await client.indices.put_alias(index=index, name=f"{index}-alias")
    return await _search(client, f"{index}-alias")


async def _scroll(client: AsyncElasticsearch, index: str) -> int:
    answer = await client.search(index=index, query=QUERY, scroll="1m")
    await client.clear_scroll(scroll_id=answer["_scroll_id"])
    return len(answer["hits"]["hits"])


async def _at_a_moment(client: AsyncElasticsearch, index: str) -> int:
    moment = (await client.open_point_in_time(index=index, keep_alive="1m"))["id"]
    answer = await client.search(pit={"id": moment}, query=QUERY)
    await client.close_point_in_time(id=answer["pit_id"])
    return len(answer["hits"]["hits"])


async def _update(client: AsyncElasticsearch, index: str) -> int:
    return int((await client.update_by_query(index=index, query=QUERY))["total"])


async def _refreshes(client: AsyncElasticsearch, index: str) -> int:
    answer = await client.indices.stats(index=index, metric="refresh")
    return int(answer["indices"][index]["primaries"]["refresh"]["external_total"])


@pytest.mark.parametrize(
    "ask",
    [_search, _total, _together, _by_alias, _scroll, _at_a_moment, _update],
)
async def test_who_asks_an_index_at_rest_is_waited_for_by_a_refresh(
    client: AsyncElasticsearch, index: str, ask: Ask
) -> None:
    """It comes with the question: what is not asked for stays as it is."""
    await client.create(index=index, id="1", document={"event": {"kind": "event"}})
    before = -1

    async def is_found() -> bool:
        nonlocal before
        before = await _refreshes(client, index)
        return await ask(client, index) == 1

    # Not at once: Elasticsearch looks each second for what is to be refreshed.
    await eventually(is_found, WITHIN)

    async def has_refreshed() -> bool:
        return await _refreshes(client, index) > before

    await eventually(has_refreshed, WITHIN)


async def test_a_write_that_waits_until_it_is_found_wakes_the_index(
    client: AsyncElasticsearch, index: str
) -> None:
    document = {"event": {"kind": "event"}}
    patient = client.options(request_timeout=WITHIN)
    await patient.create(index=index, id="1", document=document, refresh="wait_for")
    assert await _search(client, index) == 1


async def test_a_document_is_read_by_its_id_without_any_refresh(
    client: AsyncElasticsearch, index: str
) -> None:
    before = await _refreshes(client, index)
    await client.create(index=index, id="1", document={"event": {"kind": "event"}})
    assert (await client.get(index=index, id="1"))["found"]
    assert await _refreshes(client, index) == before
