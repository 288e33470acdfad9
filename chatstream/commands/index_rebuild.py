"""What `log rebuild` and `content reindex` have in common: an index made anew while the old serves.

The lines of facts are followed in Postgres: first everything, then what came meanwhile, again until
that is little; the last of it while writes into the old indices wait, so that nothing is in them
that is not in the new ones.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from chatstream.errors import ChatStreamError
from infra.elastic.fresh_indices import FreshIndices

SLICE = 500
"""Facts of one read."""

PASSES = 20
"""Before the last one at most; each is as short as the facts were many during the one before."""

_SAY_EVERY = 5.0

Say = Callable[[str], None]


class IndexRebuildError(ChatStreamError):
    """It has ended too early; what serves is as it was."""


class IndexRebuild(ABC):
    """One run; what goes wrong before the switch has changed nothing that is searched."""

    def __init__(self, fresh: FreshIndices, say: Say) -> None:
        self._fresh = fresh
        self._say = say
        self._reached: dict[int, int] = {}
        self._said = time.monotonic()

    @abstractmethod
    async def heads(self) -> Mapping[int, int]:
        """The number of the last fact of each partition's line."""

    @abstractmethod
    async def copy(self, partition: int, after: int, upto: int) -> None:
        """Write what facts `after < number <= upto` are about; on return it is stored."""

    async def run(self, *, fewer: bool = False) -> int:
        """Fill and switch; how many indices serve anew.

        Raises IndexRebuildError when fewer documents would serve than before, unless `fewer` allows
        it; ConfigurationError when a document is refused or another run interferes;
        TransientFailure when a store is away. Run again, it goes on where it was.
        """
        self._reached = dict(await self._fresh.begin())
        if any(self._reached.values()):
            self._say(f"goes on behind {sum(self._reached.values())} facts")
        for _ in range(PASSES):
            if await self._follow() <= SLICE:
                break
        async with self._fresh.held_back():
            await self._follow()
            await self._check_counts(fewer=fewer)
            await self._fresh.switch()
        for name, index in sorted(self._fresh.targets.items()):
            self._say(f"{name}: switched to {index}")
        return len(self._fresh.targets)

    async def _follow(self) -> int:
        """Bring every line to its head of this moment; how many facts that were."""
        heads, done = await self.heads(), 0
        for partition, head in sorted(heads.items()):
            for after in range(self._reached.get(partition, 0), head, SLICE):
                upto = min(after + SLICE, head)
                await self.copy(partition, after, upto)
                self._reached[partition] = upto
                done += upto - after
                await self._tell(heads)
        await self._fresh.note(self._reached)
        return done

    async def _tell(self, heads: Mapping[int, int]) -> None:
        if time.monotonic() - self._said < _SAY_EVERY:
            return
        self._said = time.monotonic()
        await self._fresh.note(self._reached)
        self._say(f"{sum(self._reached.values())} of {sum(heads.values())} facts")

    async def _check_counts(self, *, fewer: bool) -> None:
        for name, (before, after) in sorted((await self._fresh.counts()).items()):
            self._say(f"{name}: {before} documents served, {after} shall")
            if after < before and not fewer:
                raise IndexRebuildError(
                    f"{name} would lose {before - after} documents that Postgres does not know:"
                    " is it the right database? With --fewer they go"
                )
