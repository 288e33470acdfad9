"""The search documents of older mappings, indexed anew while their old index serves.

A month's documents are found and written under one name, `chatstream-messages-YYYY.MM`: first an
index of that name, after a reindex an alias of it. The new index is filled beside the old one, by
the old one's sequence numbers: every write has a higher one than those before, so that what comes
meanwhile is read by the next pass. Documents keep their versions, so a copy never hides a later
write. Last, writes are held back for the moment of the final pass and of the switch, which is one
atomic step; a sink whose write is held back repeats it, then into the new index.

Whatever ends it before the switch changes nothing that is searched, and a repeat goes on where it
was: how far a new index has come stands in its mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES, Document, renewed
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings
from infra.elastic.beside import (
    check_template,
    count_of,
    create_beside,
    held_back,
    name_of,
    write_all,
)
from infra.elastic.client import ELASTIC_ERRORS, failure
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import stale_indices, template, version_of

PAGE = 500
"""Documents of one read."""

PASSES = 20
"""Before the last one at most; each is as short as the writes were many during the one before."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month's documents: what they are found under, where they are, and where they shall be."""

    name: str
    source: str
    source_id: str
    target: str


class Reindex:
    """One run over every month; `say` is told what was done."""

    def __init__(
        self, client: AsyncElasticsearch, settings: ElasticSettings, say: Callable[[str], None]
    ) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)
        self._store = ElasticDocuments(client, settings)
        self._replicas = settings.replicas
        self._body = template(MESSAGES)
        self._say = say

    async def run(self) -> int:
        """Bring every month to this program's mapping; how many were not. Idempotent.

        Raises ConfigurationError when the template is not in place or a document cannot be taken,
        TransientFailure when Elasticsearch is away or refuses for now.
        """
        await check_template(self._client, MESSAGES, self._body)
        try:
            months = [await self._month(index) for index in await stale_indices(self._client)]
            for month in months:
                await self._renew(month)
            await self._complete()
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        return len(months)

    async def _month(self, index: str) -> Month:
        state = (await self._client.indices.get(index=index))[index]
        name = name_of(MESSAGES, index, state)
        target = f"{MESSAGES}.v{version_of(self._body)}-{name.removeprefix(f'{MESSAGES}-')}"
        return Month(name, index, state["settings"]["index"]["uuid"], target)

    async def _renew(self, month: Month) -> None:
        copied = await self._begin(month)
        for _ in range(PASSES):
            ends = await self._ends(month.source)
            read = await self._pass(month, copied, ends)
            copied = {shard: max(end, copied.get(shard, -1)) for shard, end in ends.items()}
            await self._note(month, copied)
            if read <= PAGE:
                break
        async with held_back(self._client, [month.source]):
            await self._pass(month, copied, dict.fromkeys(copied))
            await self._switch(month)
        self._say(f"{month.name}: switched to {month.target}")

    async def _begin(self, month: Month) -> dict[str, int]:
        """The new index, made where it is missing; how far it has come, by shard of the old one."""
        indices = self._client.indices
        if await indices.exists(index=month.target):
            mapping = (await indices.get_mapping(index=month.target))[month.target]["mappings"]
            meta = mapping.get("_meta", {})
            if meta.get("source") == month.source_id:
                return dict(meta["copied"])
            # Of an index that is not there any more, or made by a write that came late.
            await indices.delete(index=month.target)
        meta = self._meta(month, {})
        await create_beside(self._client, self._body, self._replicas, month.target, meta)
        return {}

    async def _note(self, month: Month, copied: Mapping[str, int]) -> None:
        await self._client.indices.put_mapping(
            index=month.target, meta=self._meta(month, copied), properties={}
        )

    def _meta(self, month: Month, copied: Mapping[str, int]) -> dict[str, Any]:
        return {"version": version_of(self._body), "source": month.source_id, "copied": copied}

    async def _ends(self, index: str) -> dict[str, int]:
        """The sequence number, by shard, up to which every write is done on all copies.

        Asked before the refresh that makes those writes visible: one with a lower number than a
        visible one may still be under way.
        """
        answer = await self._client.indices.stats(index=index, level="shards", metric="docs")
        shards = answer["indices"][index]["shards"]
        ends = {
            shard: next(
                int(copy["seq_no"]["global_checkpoint"])
                for copy in copies
                if copy["routing"]["primary"]
            )
            for shard, copies in shards.items()
        }
        await self._client.indices.refresh(index=index)
        return ends

    async def _pass(
        self, month: Month, copied: Mapping[str, int], ends: Mapping[str, int | None]
    ) -> int:
        """Copy what is behind `copied`, up to `ends` at least (None: all); how many were read."""
        read = 0
        for shard, end in ends.items():
            after = copied.get(shard, -1)
            while end is None or after < end:
                hits = await self._read(
                    month.source, f"_shards:{shard}", {"range": {"_seq_no": {"gt": after}}}
                )
                await self._write(hits, month.target)
                read += len(hits)
                if len(hits) < PAGE:
                    break
                after = hits[-1]["_seq_no"]
                self._say(f"{month.name}: {read} documents")
        return read

    async def _read(
        self, index: str, preference: str | None, query: Mapping[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        """The documents with the lowest sequence numbers, at most a page."""
        answer = await self._client.search(
            index=index,
            preference=preference,
            query=query,
            sort=[{"_seq_no": "asc"}],
            size=PAGE,
            version=True,
            seq_no_primary_term=True,
            track_total_hits=False,
            allow_partial_search_results=False,
        )
        hits: Sequence[Mapping[str, Any]] = answer["hits"]["hits"]
        return hits

    async def _write(self, hits: Sequence[Mapping[str, Any]], index: str) -> None:
        documents = [
            Document(index, hit["_id"], renewed(hit["_source"]), hit["_version"]) for hit in hits
        ]
        await write_all(self._store, documents)

    async def _switch(self, month: Month) -> None:
        """From one to the other in one step, when both hold as much; the old index is deleted."""
        counts = [await count_of(self._client, index) for index in (month.source, month.target)]
        if counts[0] != counts[1]:
            raise ConfigurationError(
                f"{month.source} has {counts[0]} documents, {month.target} {counts[1]}:"
                f" delete {month.target} and run the command again"
            )
        await self._client.indices.update_aliases(
            actions=[
                {"remove_index": {"index": month.source}},
                {"add": {"index": month.target, "alias": month.name, "is_write_index": True}},
            ]
        )

    async def _complete(self) -> None:
        """Write anew what an older worker has written into an index of this mapping."""
        query = {
            "bool": {
                "filter": [{"exists": {"field": "user.id"}}],
                "must_not": [{"exists": {"field": "folded"}}],
            }
        }
        await self._client.indices.refresh(index=f"{MESSAGES}-*")
        while hits := await self._read(f"{MESSAGES}-*", None, query):
            for index in sorted({hit["_index"] for hit in hits}):
                await self._write([hit for hit in hits if hit["_index"] == index], index)
            self._say(f"{len(hits)} documents of an older worker completed")
            await self._client.indices.refresh(index=f"{MESSAGES}-*")
