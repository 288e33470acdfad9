"""Indices of the search that are filled beside those that serve, and exchanged for them at once.

A month of generation 2 is `chatstream-messages.v3.g2-2026.11`, found by no search; all posts are
`chatstream-content.v1.g2-posts`. What it was begun for and how far it has come stands in its
mapping, so that a run that was ended is gone on with.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import Document
from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.beside import (
    check_template,
    count_of,
    create_beside,
    held_back,
    serving_indices,
    write_all,
)
from infra.elastic.client import ELASTIC_ERRORS, failure
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import template, version_of

_GENERATION = re.compile(r"[^.]+\.v\d+\.g(\d+)-")


class FreshIndices:
    """One run's indices of a dataset: those of the `parts` (months as YYYY.MM), of none: all."""

    def __init__(
        self,
        client: AsyncElasticsearch,
        settings: ElasticSettings,
        dataset: str,
        parts: Collection[str] = (),
    ) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)
        self._store = ElasticDocuments(client, settings)
        self._replicas = settings.replicas
        self._dataset = dataset
        self._body = template(dataset)
        self._parts = sorted(set(parts))
        self._generation = 1
        self._reached: dict[str, int] = {}
        self._held_back: Mapping[str, str] = {}
        self.targets: dict[str, str] = {}
        """The index that is filled, by the name that it shall be searched under."""

    async def begin(self) -> Mapping[int, int]:
        """Make what is missing, remove what belongs to no run; how far it came, by partition.

        Raises ConfigurationError when the template is not in place, TransientFailure when
        Elasticsearch is away.
        """
        await check_template(self._client, self._dataset, self._body)
        try:
            serving = await serving_indices(self._client, self._dataset)
            self._generation = 1 + max(map(_generation, serving.values()), default=0)
            reached = await self._go_on(set(serving.values()))
            begun = set(self.targets)
            for name in serving:
                await self._ensure(name)
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        if set(self.targets) != begun or not reached:
            return {}
        every = {partition for each in reached for partition in each}
        self._reached = {each: min(one.get(each, 0) for one in reached) for each in every}
        return {int(partition): number for partition, number in self._reached.items()}

    async def _go_on(self, serving: set[str]) -> Sequence[Mapping[str, int]]:
        """Take over what was begun for the same, and how far each is; delete the rest."""
        own = f"{self._dataset}.v*.g*-*"
        found = await self._client.indices.get(index=own, allow_no_indices=True)
        reached = []
        for index, state in found.items():
            if index in serving:
                continue
            meta = state["mappings"].get("_meta", {}).get("rebuild", {})
            part = index.removeprefix(f"{self._dataset}.").partition("-")[2]
            name = f"{self._dataset}-{part}"
            if meta.get("parts") == self._parts and index == self._target(name):
                self.targets[name] = index
                reached.append(meta["reached"])
            else:
                await self._client.indices.delete(index=index, ignore_unavailable=True)
        return reached

    def _part(self, name: str) -> str:
        return name.removeprefix(f"{self._dataset}-")

    def _target(self, name: str) -> str:
        version = version_of(self._body)
        return f"{self._dataset}.v{version}.g{self._generation}-{self._part(name)}"

    async def _ensure(self, name: str) -> bool:
        """The index of the name, made where it is missing; whether it is one of this run."""
        if self._parts and self._part(name) not in self._parts:
            return False
        if name not in self.targets:
            target = self._target(name)
            await create_beside(self._client, self._body, self._replicas, target, self._meta())
            self.targets[name] = target
        return True

    def _meta(self) -> dict[str, Any]:
        run = {"parts": self._parts, "reached": self._reached}
        return {"version": version_of(self._body), "rebuild": run}

    async def write(self, documents: Sequence[Document]) -> None:
        """Write what belongs to the parts of this run; on return it is stored."""
        try:
            own = [each for each in documents if await self._ensure(each.index)]
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        placed = [replace(each, index=self.targets[each.index]) for each in own]
        await write_all(self._store, placed)

    async def note(self, reached: Mapping[int, int]) -> None:
        """Keep how far the lines of facts were read."""
        self._reached = {str(partition): number for partition, number in reached.items()}
        if not self.targets:
            return
        try:
            await self._client.indices.put_mapping(
                index=",".join(self.targets.values()), meta=self._meta(), properties={}
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error

    @asynccontextmanager
    async def held_back(self) -> AsyncIterator[None]:
        """Writes into the indices that these are beside wait."""
        try:
            self._held_back = await self._sources()
            async with held_back(self._client, self._held_back.values()):
                yield
        except ELASTIC_ERRORS as error:
            raise failure(error) from error

    async def _sources(self) -> Mapping[str, str]:
        serving = await serving_indices(self._client, self._dataset)
        return {name: index for name, index in serving.items() if name in self.targets}

    async def counts(self) -> Mapping[str, tuple[int, int]]:
        """How many documents serve and how many shall, by what they are searched under."""
        sources = await self._sources()
        found = {}
        for name, target in self.targets.items():
            source = sources.get(name)
            before = 0 if source is None else await count_of(self._client, source)
            found[name] = (before, await count_of(self._client, target))
        return found

    async def switch(self) -> None:
        """From those that serve to these in one step; the others are deleted.

        Raises ConfigurationError when another run has taken their place, TransientFailure when one
        serves since writes were held back: what is written into it would be lost.
        """
        sources = await self._sources()
        if new := sorted(sources.items() - self._held_back.items()):
            raise TransientFailure(f"{new[0][1]} has just been made: run the command again")
        actions: list[Mapping[str, Any]] = []
        for name, target in self.targets.items():
            state = (await self._client.indices.get_mapping(index=target))[target]["mappings"]
            if state.get("_meta") != self._meta():
                raise ConfigurationError(f"{target} is not of this run: another one goes on")
            if name in sources:
                actions.append({"remove_index": {"index": sources[name]}})
            actions.append({"add": {"index": target, "alias": name, "is_write_index": True}})
        if actions:
            await self._client.indices.update_aliases(actions=actions)


def _generation(index: str) -> int:
    found = _GENERATION.match(index)
    return int(found[1]) if found else 0
