"""Templates and Korean search on real Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import Said, search_document
from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.ports.search import SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import (
    check_templates,
    ensure_template,
    ensure_templates,
    template_fault,
)
from infra.embedded.stack import Stack

pytestmark = pytest.mark.servers


@pytest.fixture
def settings(servers: Stack) -> ElasticSettings:
    return ElasticSettings(url=servers.elastic_url)


@pytest.fixture
async def client(settings: ElasticSettings) -> AsyncIterator[AsyncElasticsearch]:
    async with connect(settings) as client:
        yield client


# -- templates -------------------------------------------------------------------------------


@pytest.fixture
async def name(client: AsyncElasticsearch) -> AsyncIterator[str]:
    """A template's name that nobody else uses; it and its indices are gone afterwards."""
    name = f"chatstream-trial-{uuid4().hex[:8]}"
    yield name
    forgiving = client.options(ignore_status=404)
    await forgiving.indices.delete(index=f"{name}-2026.10")
    await forgiving.indices.delete_index_template(name=name)


def body(name: str, version: int, **fields: str) -> Mapping[str, Any]:
    properties = {field: {"type": kind} for field, kind in fields.items()}
    return {
        "index_patterns": [f"{name}-*"],
        "priority": 300,
        "_meta": {"version": version},
        "template": {
            "settings": {"number_of_shards": 1},
            "mappings": {
                "dynamic": "strict",
                "_meta": {"version": version},
                "properties": properties,
            },
        },
    }


async def test_a_template_is_created_once_and_then_present(
    client: AsyncElasticsearch, name: str
) -> None:
    first = body(name, 1, a="keyword")
    assert await template_fault(client, name, first) == f"index template {name} is not there"
    assert await ensure_template(client, name, first, 0) == "created"
    assert await ensure_template(client, name, first, 0) == "present"
    assert await template_fault(client, name, first) is None


async def test_a_newer_version_also_reaches_the_indices_that_are_there(
    client: AsyncElasticsearch, name: str
) -> None:
    await ensure_template(client, name, body(name, 1, a="keyword"), 0)
    await client.index(index=f"{name}-2026.10", document={"a": "x"})
    second = body(name, 2, a="keyword", b="long")
    fault = await template_fault(client, name, second)
    assert fault == f"index template {name} is at version 1, this program needs 2"
    assert await ensure_template(client, name, second, 0) == "updated from version 1"
    await client.index(index=f"{name}-2026.10", document={"a": "x", "b": 7})


async def test_a_downgrade_is_refused_and_a_worker_of_the_old_version_may_run(
    client: AsyncElasticsearch, name: str
) -> None:
    await ensure_template(client, name, body(name, 2, a="keyword"), 0)
    with pytest.raises(ConfigurationError, match="is at version 2, this program knows only 1"):
        await ensure_template(client, name, body(name, 1, a="keyword"), 0)
    assert await template_fault(client, name, body(name, 1, a="keyword")) is None


async def test_a_change_an_index_cannot_take_is_named(
    client: AsyncElasticsearch, name: str
) -> None:
    await ensure_template(client, name, body(name, 1, a="keyword"), 0)
    await client.index(index=f"{name}-2026.10", document={"a": "x"})
    with pytest.raises(ConfigurationError, match=rf"index {name}-2026.10 cannot be changed"):
        await ensure_template(client, name, body(name, 2, a="long"), 0)


async def test_the_number_of_replicas_can_be_changed(client: AsyncElasticsearch, name: str) -> None:
    first = body(name, 1, a="keyword")
    await ensure_template(client, name, first, 0)
    assert await ensure_template(client, name, first, 1) == "changed to 1 replicas"
    assert await ensure_template(client, name, first, 1) == "present"


async def test_the_programs_own_templates_are_accepted(client: AsyncElasticsearch) -> None:
    await ensure_templates(client)
    assert set((await ensure_templates(client)).values()) == {"present"}
    await check_templates(client)


async def test_an_elasticsearch_that_is_away_is_a_transient_failure() -> None:
    async with connect(ElasticSettings(url="http://127.0.0.1:1")) as client:
        with pytest.raises(TransientFailure):
            await check_templates(client)


# -- Korean ----------------------------------------------------------------------------------

TEXTS = (
    "학교에서 점심을 먹었다",
    "학교는 내일 쉰다",
    "오늘 점심시간에 뭐 먹지?",
    "회의록을 공유했습니다",
    "김밥천국 갈래?",
    "카카오톡으로 사진 보내줘",
    "Message Check! I am sending it!",
    "축하해 🎉",
    "밥",
)


@pytest.fixture(scope="module")
async def korean_room(servers: Stack) -> str:
    """A room in which each of the texts was said, in order, and can be found."""
    settings, room_id = ElasticSettings(url=servers.elastic_url), str(uuid4())
    async with connect(settings) as client:
        await ensure_templates(client)
        written = await ElasticDocuments(client, settings).write(
            [search_document(_said(room_id, seq, text)) for seq, text in enumerate(TEXTS)]
        )
        assert (written.refused, written.delayed) == ({}, {})
        await client.indices.refresh(index="chatstream-messages-2001.02")
    return room_id


def _said(room_id: str, seq: int, text: str) -> Said:
    return Said(
        room_id=room_id,
        seq=seq,
        rev=seq,
        message_id=str(seq),
        account_id="a",
        user_id="ara",
        user_name="아라",
        text=text,
        at="2001-02-03T04:05:06.789Z",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("학교", {0, 1}, id="particles are dropped from the text"),
        pytest.param("학교에서", {0, 1}, id="and from the query"),
        pytest.param("학교는 내일", {1}, id="every word"),
        pytest.param("점심", {0, 2}, id="part of a compound"),
        pytest.param("점심시간", {2}, id="the compound"),
        pytest.param("먹다", {0, 2}, id="a verb by its dictionary form"),
        pytest.param("회의", {3}, id="noun in a compound"),
        pytest.param("의록", {3}, id="two letters across morphemes"),
        pytest.param("밥천", {4}, id="two letters across a compound's parts"),
        pytest.param("천국", {4}, id="the second part"),
        pytest.param("카오톡", {5}, id="the end of a foreign word"),
        pytest.param("사진 카카오톡", {5}, id="in any order"),
        pytest.param("check message", {6}, id="english"),
        pytest.param("SENDING", {6}, id="english in capitals"),
        pytest.param("send", {6}, id="english, begun"),
        pytest.param("🎉", {7}, id="emoji"),
        pytest.param("밥", {8}, id="one syllable, as a word"),
        pytest.param("학원", set(), id="shares one syllable only"),
        pytest.param("심점", set(), id="letters in another order"),
        pytest.param("은", set(), id="a particle alone"),
        pytest.param("!?", set(), id="punctuation alone"),
    ],
)
async def test_korean_and_english_words_are_found(
    client: AsyncElasticsearch,
    settings: ElasticSettings,
    korean_room: str,
    text: str,
    found: set[int],
) -> None:
    hits, _ = await ElasticSearch(client, settings).search(SearchQuery(text=text), [korean_room])
    assert {hit.message.seq for hit in hits} == found
