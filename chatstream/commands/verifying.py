"""Comparing what stats workers hold with a recount from Postgres by the same dictionary."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from agents.stats.counting import SOURCES
from agents.stats.recount import Recounter
from chatstream.domain.drift import TornError
from chatstream.domain.generations import Generations
from chatstream.errors import ConfigurationError
from infra.postgres.facts import PostgresFacts
from infra.text.dictionary import Dictionary
from infra.text.korean import Words
from web.counts.generation_http import DICTIONARY

_TRIES = 20
_SHOWN = 10
_WITHIN = aiohttp.ClientTimeout(total=600)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    rows: list[Any]
    dictionary: int


class Verifier:
    """Compares partitions; every result is said in plain lines."""

    def __init__(self, facts: PostgresFacts, known: Generations, say: Say) -> None:
        self._facts = facts
        self._known = known
        self._say = say
        self._recounters: dict[int, Recounter] = {}

    async def wrong(self, workers: Sequence[str], partitions: Sequence[int]) -> int:
        """How many counts differ or partitions cannot be compared, of these workers'."""
        return sum([await self._compare(workers, each) for each in partitions])

    def _recounter(self, dictionary: int) -> Recounter:
        if dictionary not in self._recounters:
            try:
                lists = self._known.lists(dictionary)
            except KeyError as error:
                raise ConfigurationError(f"there is no dictionary {dictionary}; again?") from error
            words = Words(Dictionary.of(lists))
            self._recounters[dictionary] = Recounter(self._facts, words)
        return self._recounters[dictionary]

    async def _compare(self, workers: Sequence[str], partition: int) -> int:
        for _ in range(_TRIES):
            snapshot = await _snapshot(workers, partition)
            if snapshot is None:
                self._say(f"partition {partition}: no worker can be asked for it")
                return 1
            recounter = self._recounter(snapshot.dictionary)
            try:
                held, found = await recounter.compare(partition, snapshot.rows)
            except TornError:
                await asyncio.sleep(0.2)
                continue
            heads = [await self._facts.head(topic, partition) for topic in SOURCES]
            self._say(
                f"partition {partition}: {held.messages} of {heads[0]} facts of messages,"
                f" {held.accounts} of {heads[1]} of accounts, {len(held.words)} words"
                f" by dictionary {snapshot.dictionary}: {len(found)} counts differ"
            )
            for each in found[:_SHOWN]:
                self._say(f"  {each.table} {each.name}: {each.held}, should be {each.counted}")
            return len(found)
        self._say(f"partition {partition}: it is being written all the time")
        return 1


async def _snapshot(workers: Sequence[str], partition: int) -> _Snapshot | None:
    """The rows of the worker that owns the partition; None when none has it."""
    async with aiohttp.ClientSession(timeout=_WITHIN) as http:
        for worker in workers:
            url = f"{worker.rstrip('/')}/internal/snapshots/{partition}"
            try:
                async with http.get(url) as response:
                    if response.status == 200:
                        rows = msgspec.json.Decoder().decode_lines(await response.read())
                        return _Snapshot(list(rows), int(response.headers[DICTIONARY]))
            except (aiohttp.ClientError, TimeoutError):
                continue
    return None
