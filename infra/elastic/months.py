"""The months of the search: which index serves each, and their writes held back for a switch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES

_PREFIX = f"{MESSAGES}-"


def name_of(index: str, state: Mapping[str, Any]) -> str:
    """What a month is searched and written under: an alias of its index, or the index itself."""
    return next((name for name in state["aliases"] if name.startswith(_PREFIX)), index)


async def serving_months(client: AsyncElasticsearch) -> Mapping[str, str]:
    """The index of every month that is searched, by the month's name; raises like the client."""
    found = await client.indices.get(index=f"{_PREFIX}*", allow_no_indices=True)
    return {name_of(index, state): index for index, state in found.items()}


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
