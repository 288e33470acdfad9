"""Indices of the search that are filled beside those that serve, and exchanged for them at once.

A month of generation 2 is `chatstream-messages.v3.g2-2026.11`, found by no search. What it was
begun for and how far it has come stands in its mapping, so that a run that was ended is gone on
with.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import MESSAGES, Document
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure
from infra.elastic.months import (
    check_template,
    count_of,
    create_beside,
    held_back,
    serving_months,
    write_all,
)
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import template, version_of

_OWN = re.compile(rf"{re.escape(MESSAGES)}\.v\d+\.g(\d+)-")


class FreshMonths:
    """One run's indices: of the `months` (YYYY.MM) or, when none is named, of all."""

    def __init__(
        self, client: AsyncElasticsearch, settings: ElasticSettings, months: Collection[str] = ()
    ) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)
        self._store = ElasticDocuments(client, settings)
        self._replicas = settings.replicas
        self._body = template(MESSAGES)
        self._months = sorted(set(months))
        self._generation = 1
        self._reached: dict[str, int] = {}
        self.targets: dict[str, str] = {}
        """The index that is filled, by the name of its month."""

    async def begin(self) -> Mapping[int, int]:
        """Make what is missing, remove what belongs to no run; how far it came, by partition.

        Raises ConfigurationError when the template is not in place, TransientFailure when
        Elasticsearch is away.
        """
        await check_template(self._client, self._body)
        try:
            serving = await serving_months(self._client)
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
        found = await self._client.indices.get(index=f"{MESSAGES}.v*.g*-*", allow_no_indices=True)
        reached = []
        for index, state in found.items():
            if index in serving:
                continue
            meta = state["mappings"].get("_meta", {}).get("rebuild", {})
            name = f"{MESSAGES}-{index.partition('-')[2].partition('-')[2]}"
            if meta.get("months") == self._months and index == self._target(name):
                self.targets[name] = index
                reached.append(meta["reached"])
            else:
                await self._client.indices.delete(index=index, ignore_unavailable=True)
        return reached

    def _target(self, name: str) -> str:
        month = name.removeprefix(f"{MESSAGES}-")
        return f"{MESSAGES}.v{version_of(self._body)}.g{self._generation}-{month}"

    async def _ensure(self, name: str) -> bool:
        """The month's index, made where it is missing; whether the month is one of this run."""
        if self._months and name.removeprefix(f"{MESSAGES}-") not in self._months:
            return False
        if name not in self.targets:
            target = self._target(name)
            await create_beside(self._client, self._body, self._replicas, target, self._meta())
            self.targets[name] = target
        return True

    def _meta(self) -> dict[str, Any]:
        run = {"months": self._months, "reached": self._reached}
        return {"version": version_of(self._body), "rebuild": run}

    async def write(self, documents: Sequence[Document]) -> None:
        """Write what belongs to the months of this run; on return it is stored."""
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
        """Writes into the indices that serve these months wait."""
        try:
            async with held_back(self._client, (await self._sources()).values()):
                yield
        except ELASTIC_ERRORS as error:
            raise failure(error) from error

    async def _sources(self) -> Mapping[str, str]:
        serving = await serving_months(self._client)
        return {name: index for name, index in serving.items() if name in self.targets}

    async def counts(self) -> Mapping[str, tuple[int, int]]:
        """How many documents serve and how many shall, by the name of the month."""
        sources = await self._sources()
        found = {}
        for name, target in self.targets.items():
            source = sources.get(name)
            before = 0 if source is None else await count_of(self._client, source)
            found[name] = (before, await count_of(self._client, target))
        return found

    async def switch(self) -> None:
        """From those that serve to these in one step; the others are deleted.

        Raises ConfigurationError when another run has taken their place.
        """
        sources = await self._sources()
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
    found = _OWN.match(index)
    return int(found[1]) if found else 0
