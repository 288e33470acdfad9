"""An erased account in real Elasticsearch: nothing names it when the eraser returns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES, IndexedMessage, search_document
from chatstream.ports.search import SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic import erasure
from infra.elastic.client import connect
from infra.elastic.erasure import ElasticEraser
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates, template
from infra.embedded.stack import Stack
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

MONTHS = ("2026-10", "2026-11")


@pytest.fixture
def settings(servers: Stack) -> ElasticSettings:
    return elastic_of(servers)


@pytest.fixture
async def client(settings: ElasticSettings) -> AsyncIterator[AsyncElasticsearch]:
    async with connect(settings) as client:
        await ensure_templates(client)
        yield client


def said(account_id: str, room_id: str, seq: int, rev: int, handle: str) -> IndexedMessage:
    return IndexedMessage(
        room_id=room_id,
        seq=seq,
        rev=rev,
        message_id=str(uuid4()),
        account_id=account_id,
        user_id=handle,
        user_name="떠나는이",
        text=f"picnic {rev}",
        at=f"{MONTHS[seq % 2]}-05T00:00:00.000Z",
    )


async def named(client: AsyncElasticsearch, field: str, value: str) -> int:
    answer = await client.count(index=f"{MESSAGES}-*", query={"term": {field: value}})
    count: int = answer["count"]
    return count


async def test_nothing_names_an_erased_account_and_no_late_fact_does(
    client: AsyncElasticsearch, settings: ElasticSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "AT_ONCE", 3)
    leaver, room, handle = str(uuid4()), str(uuid4()), f"u{uuid4().hex[:12]}"
    stays, other = str(uuid4()), f"u{uuid4().hex[:12]}"
    store = ElasticDocuments(client, settings)
    facts = [said(leaver, room, seq, seq, handle) for seq in range(1, 9)]
    written = [*map(search_document, facts), search_document(said(stays, room, 9, 9, other))]
    assert not (await store.write(written)).delayed
    assert await ElasticEraser(client, settings).erase(leaver) == {"search documents": 8}

    query: dict[str, Any] = {"text": "picnic", "sort": "newest", "limit": 50}
    search = ElasticSearch(client, settings)

    async def seen() -> tuple[int, int]:
        await client.indices.refresh(index=f"{MESSAGES}-*")
        hits, _ = await search.search(SearchQuery(**query, sender=handle), [room])
        return len(hits), await named(client, "user.name", handle)

    assert await seen() == (0, 0)
    everything, _ = await search.search(SearchQuery(**query), [room])
    assert sorted(str(hit.message.user_id) for hit in everything) == ["None"] * 8 + [other]
    assert not (await store.write(written)).delayed
    assert await seen() == (0, 0)
    assert await ElasticEraser(client, settings).erase(leaver) == {"search documents": 0}


async def test_a_fact_that_comes_later_is_erased_by_the_next_attempt(
    client: AsyncElasticsearch, settings: ElasticSettings
) -> None:
    leaver, room, handle = str(uuid4()), str(uuid4()), f"u{uuid4().hex[:12]}"
    store, eraser = ElasticDocuments(client, settings), ElasticEraser(client, settings)
    await store.write([search_document(said(leaver, room, 1, 1, handle))])
    assert await eraser.erase(leaver) == {"search documents": 1}
    await store.write([search_document(said(leaver, room, 1, 5, handle))])
    assert await eraser.erase(leaver) == {"search documents": 1}
    assert await named(client, "user.name", handle) == 0


async def test_an_index_that_a_reindex_has_begun_to_fill_names_nobody_either(
    client: AsyncElasticsearch, settings: ElasticSettings
) -> None:
    leaver, begun = str(uuid4()), f"{MESSAGES}.v99-{MONTHS[0]}"
    document = search_document(said(leaver, str(uuid4()), 2, 2, f"u{uuid4().hex[:12]}"))
    inner = template(MESSAGES)["template"]
    await client.indices.create(index=begun, settings=inner["settings"], mappings=inner["mappings"])
    try:
        await client.index(index=begun, id=document.id, document=document.body, refresh=True)
        assert await ElasticEraser(client, settings).erase(leaver) == {"search documents": 1}
        kept = await client.get(index=begun, id=document.id)
        assert kept["_source"]["user"] == {"id": leaver}
    finally:
        await client.indices.delete(index=begun)
