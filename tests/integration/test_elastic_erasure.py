"""An erased account in real Elasticsearch: nothing names it when the eraser returns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import (
    DEAD_LETTERS,
    EVENTS,
    MESSAGES,
    Document,
    IndexedMessage,
    search_document,
)
from chatstream.domain.event_documents import Change, Origin, event_document
from chatstream.domain.line_documents import line_document
from chatstream.domain.log_lines.datasets import APP
from chatstream.ports.search import SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic import erasure
from infra.elastic.client import connect
from infra.elastic.erasure import MARK, ElasticEraser
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates, template
from infra.elastic.traces import find_documents
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
    assert await ElasticEraser(client, settings).erase(leaver) == {
        "search documents": 8,
        "log lines": 0,
    }

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
    assert await ElasticEraser(client, settings).erase(leaver) == {
        "search documents": 0,
        "log lines": 0,
    }


async def test_a_fact_that_comes_later_is_erased_by_the_next_attempt(
    client: AsyncElasticsearch, settings: ElasticSettings
) -> None:
    leaver, room, handle = str(uuid4()), str(uuid4()), f"u{uuid4().hex[:12]}"
    store, eraser = ElasticDocuments(client, settings), ElasticEraser(client, settings)
    await store.write([search_document(said(leaver, room, 1, 1, handle))])
    assert await eraser.erase(leaver) == {"search documents": 1, "log lines": 0}
    await store.write([search_document(said(leaver, room, 1, 5, handle))])
    assert await eraser.erase(leaver) == {"search documents": 1, "log lines": 0}
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
        assert await ElasticEraser(client, settings).erase(leaver) == {
            "search documents": 1,
            "log lines": 0,
        }
        kept = await client.get(index=begun, id=document.id)
        assert kept["_source"]["user"] == {"id": leaver}
    finally:
        await client.indices.delete(index=begun)


# -- every dataset ---------------------------------------------------------------------------

AT = "2026-11-05T12:00:00.000Z"


def line(text: str, **fields: Any) -> Document:
    """A line of ours, as the log service keeps it."""
    event = {"id": str(uuid4()), "dataset": APP}
    return line_document({"@timestamp": AT, "message": text, "event": event, **fields}, AT)


def happened(account_id: str, target_id: str) -> Document:
    change = Change(
        action="roomEntered",
        category=("session",),
        types=("start",),
        at=AT,
        account_id=account_id,
        target_id=target_id,
        event_id=str(uuid4()),
    )
    return event_document(Origin(topic="topic", partition=0), change, 0)


def letter() -> Document:
    place = f"kakao.user.erasure.DLQ:0:{uuid4().int % 10**9}"
    body = {"@timestamp": AT, "chatstream": {"dead_letter": {"id": place}}}
    return Document(f"{DEAD_LETTERS}-2026.11", place, body)


def lines_about(account_id: str) -> Mapping[str, Document]:
    """Lines that name the account, each in its own way."""
    cut = f"seen {account_id[:-6]}… [+1234]"
    return {
        "field": line("it did this", user={"id": account_id}),
        "text": line(f"partition 3 drifts: it lacks account {account_id} in room r"),
        "glued": line(f"of:{account_id}'s, x_{account_id}_y, {account_id.upper()}"),
        "cut": line(cut),
        "error": line("it failed", error={"message": f"no {account_id}", "stack_trace": "s"}),
        "stack": line("it failed", error={"message": "m", "stack_trace": f"at\n({account_id})"}),
        "unmapped": line(f"see {account_id}", labels={"of": [account_id, 1, None]}),
    }


async def source(client: AsyncElasticsearch, document: Document) -> Any:
    return (await client.get(index=document.index, id=document.id))["_source"]


async def test_every_dataset_has_of_an_erased_account_what_it_may_have(
    client: AsyncElasticsearch, settings: ElasticSettings
) -> None:
    # One that begins with a letter may be one word with what stands before it.
    leaver, other = f"a{str(uuid4())[1:]}", str(uuid4())
    handle, room = f"u{uuid4().hex[:12]}", str(uuid4())
    about, stays = lines_about(leaver), line(f"another, {other}", user={"id": other})
    documents = [
        *about.values(),
        stays,
        search_document(said(leaver, room, 1, 1, handle)),
        happened(leaver, other),
        happened(other, leaver),
        letter(),
    ]
    store = ElasticDocuments(client, settings)
    written = await store.write(documents)
    assert not written.delayed
    assert not written.refused
    eraser = ElasticEraser(client, settings)
    erased = await eraser.erase(leaver)
    assert erased == {"search documents": 1, "log lines": len(about)}

    found = await find_documents(client, leaver)
    assert sorted(found) == [(f"{EVENTS}-2026.11", 2), (f"{MESSAGES}-2026.11", 1)]
    assert await find_documents(client, handle) == []
    for each in about.values():
        body = await source(client, each)
        assert leaver not in str(body).lower()
        assert leaver[:-6] not in str(body)
    text = await source(client, about["text"])
    assert text["message"] == f"partition 3 drifts: it lacks account {MARK} in room r"
    assert (await source(client, about["field"]))["user"] == {}
    assert (await source(client, about["unmapped"]))["labels"] == {"of": [MARK, 1, None]}
    assert (await source(client, stays)) == stays.body

    # What comes again is there already.
    assert not (await store.write(documents)).delayed
    assert await find_documents(client, handle) == []
    assert await eraser.erase(leaver) == {"search documents": 0, "log lines": 0}
