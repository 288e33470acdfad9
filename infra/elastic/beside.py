"""Indices that one is made beside, and which then takes their place.

What `log rebuild`, `search reindex` and `content reindex` have in common. Documents of a dataset
are found and written under names that begin with it, as `chatstream-messages-2026.11`: each is an
index, or an alias of one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import Document
from chatstream.errors import ConfigurationError, TransientFailure
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import template_fault


def name_of(dataset: str, index: str, state: Mapping[str, Any]) -> str:
    """What it is searched and written under: an alias of the index, or the index itself."""
    return next((name for name in state["aliases"] if name.startswith(f"{dataset}-")), index)


async def serving_indices(client: AsyncElasticsearch, dataset: str) -> Mapping[str, str]:
    """Every index that is searched, by what it is searched under; raises like the client."""
    found = await client.indices.get(index=f"{dataset}-*", allow_no_indices=True)
    return {name_of(dataset, index, state): index for index, state in found.items()}


async def check_template(client: AsyncElasticsearch, dataset: str, body: Mapping[str, Any]) -> None:
    """ConfigurationError when the template that `body` is, is not in place."""
    fault = await template_fault(client, dataset, body)
    if fault is not None:
        raise ConfigurationError(f"{fault}: run `python -m chatstream migrate`")


async def create_beside(
    client: AsyncElasticsearch,
    body: Mapping[str, Any],
    replicas: int,
    index: str,
    meta: Mapping[str, Any],
) -> None:
    """Make an index of the template that no search finds; `meta` says for what. As the client."""
    inner = body["template"]
    await client.indices.create(
        index=index,
        settings={**inner["settings"], "number_of_replicas": replicas},
        mappings=inner["mappings"] | {"_meta": meta},
    )


async def write_all(store: ElasticDocuments, documents: Sequence[Document]) -> None:
    """On return they are stored.

    ConfigurationError for one that never can be, TransientFailure for one that has to wait.
    """
    written = await store.write(documents)
    for number, reason in written.refused.items():
        refused = documents[number]
        raise ConfigurationError(f"{refused.index} does not take {refused.id}: {reason}")
    for number, reason in written.delayed.items():
        index = documents[number].index
        raise TransientFailure(f"{index}: {reason}; run the command again, it goes on")


async def count_of(client: AsyncElasticsearch, index: str) -> int:
    """How many documents the index has by now; raises like the client."""
    await client.indices.refresh(index=index)
    return int((await client.count(index=index))["count"])


@asynccontextmanager
async def held_back(client: AsyncElasticsearch, indices: Collection[str]) -> AsyncIterator[None]:
    """Nothing is written into the indices meanwhile; those that are there then are let go."""
    if not indices:
        yield
        return
    names = ",".join(sorted(indices))
    await client.indices.add_block(index=names, block="write")
    try:
        await client.indices.refresh(index=names)
        yield
    finally:
        await client.options(ignore_status=404).indices.put_settings(
            index=names, settings={"index.blocks.write": None}, ignore_unavailable=True
        )
