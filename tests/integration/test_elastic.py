"""Index templates on real Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.templates import (
    check_templates,
    ensure_template,
    ensure_templates,
    template_fault,
)
from infra.embedded.stack import Stack
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@pytest.fixture
def settings(servers: Stack) -> ElasticSettings:
    return elastic_of(servers)


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
    for month in ("2026.09", "2026.10"):
        await forgiving.indices.delete(index=f"{name}-{month}")
    await forgiving.indices.delete_index_template(name=name)


def body(
    name: str, version: int, settings: Mapping[str, str] = NO_SETTINGS, **fields: str
) -> Mapping[str, Any]:
    properties = {field: {"type": kind} for field, kind in fields.items()}
    return {
        "index_patterns": [f"{name}-*"],
        "priority": 300,
        "_meta": {"version": version},
        "template": {
            "settings": {"number_of_shards": 1, **settings},
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


async def test_what_an_older_template_set_is_taken_from_its_indices_and_nothing_else(
    client: AsyncElasticsearch, name: str
) -> None:
    former, own = f"{name}-2026.09", f"{name}-2026.10"
    await ensure_template(client, name, body(name, 1, {"refresh_interval": "1s"}, a="keyword"), 0)
    for index in (former, own):
        await client.index(index=index, document={"a": "x"})
    await client.indices.put_settings(index=own, settings={"index.refresh_interval": "30s"})
    for _ in range(2):
        await ensure_template(client, name, body(name, 2, a="keyword"), 0)
        found = await client.indices.get_settings(index=f"{name}-*")
        assert "refresh_interval" not in found[former]["settings"]["index"]
        assert found[own]["settings"]["index"]["refresh_interval"] == "30s"


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
