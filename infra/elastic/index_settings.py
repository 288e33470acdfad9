"""What older templates set in their indices, and these of today leave to Elasticsearch.

An index keeps the settings that it was made with, whatever becomes of its template.
"""

from __future__ import annotations

from collections.abc import Mapping

from elasticsearch import AsyncElasticsearch

FORMER: Mapping[str, str] = {"refresh_interval": "1s"}
"""By setting the value that they had of a template; another one was somebody's own decision."""


async def leave_former(client: AsyncElasticsearch, index: str) -> None:
    """Take from an index what only an older template set. Idempotent; raises like the client."""
    answer = await client.indices.get_settings(index=index)
    own = answer[index]["settings"]["index"]
    left = {f"index.{name}": None for name, value in FORMER.items() if own.get(name) == value}
    if left:
        await client.indices.put_settings(index=index, settings=left)
