"""The proofs that the copy of the posts is up to date, by whoever holds their table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass

from mode import Service
from prometheus_client import Counter

from chatstream.domain.backoff import Backoff
from chatstream.domain.content.freshness import Proofs
from chatstream.errors import TransientFailure
from chatstream.ports.hot_posts import PostHolders
from chatstream.ports.post_copies import CopyProof, PostCopy

log = logging.getLogger(__name__)

EVERY = 0.25
"""Seconds between two proofs: a fourth of what one is good for."""
LONGEST_WAIT = 2.0

PROOFS = Counter("chatstream_post_copy_proofs", "partitions of the copy of posts that were proved")


@dataclass(frozen=True)
class Holding:
    """What a worker has: its claims, which partitions it can read, and whom it tells of a doubt."""

    proofs: Proofs
    readable: Callable[[], Collection[int]]
    doubt: Callable[[int], None]


class CopyProving(Service):
    """Proves again and again what the copy has of the partitions that `proofs` has claimed.

    A proof is about what the copy holds, whoever wrote it; the claim is for what is settled. Who
    had the partition before, and the server that was used before, prove nothing that is younger
    than the claim or the first look at this server: a window later all of that has ended.
    """

    def __init__(
        self, held: Holding, holders: PostHolders, copy: PostCopy, every: float = EVERY
    ) -> None:
        super().__init__()
        self._held = held
        self._proofs = held.proofs
        self._holders = holders
        self._copy = copy
        self._every = every
        self._history = ""
        self._since = 0.0

    @Service.task
    async def _prove_on(self) -> None:
        backoff = Backoff(self._every, LONGEST_WAIT)
        while not self.should_stop:
            try:
                await self.prove()
            except TransientFailure as error:
                log.warning("the copy of posts is not proved: %s", error)
                await self.sleep(backoff.wait())
                continue
            backoff.end()
            await self.sleep(self._every)

    async def prove(self) -> None:
        """Once, all partitions that have come to their heads."""
        partitions = sorted(self._held.readable())
        if not partitions:
            return
        asked_at = self._proofs.clock()
        moment = await self._copy.now(partitions)
        if moment.history != self._history:
            self._history, self._since = moment.history, asked_at
        lines = await self._holders.lines(partitions)
        proofs: dict[int, CopyProof] = {}
        for partition, line in lines.items():
            claimed_at = self._proofs.claimed_at(partition, line.claim)
            if claimed_at is None:
                self._proofs.forget(partition)  # by a claim of before: it is to be claimed anew
                continue
            if moment.cursors.get(partition, 0) > line.head:
                self._held.doubt(partition)
                continue
            is_alone = asked_at - max(claimed_at, self._since) >= self._proofs.window
            proofs[partition] = CopyProof(line.head, line.head if is_alone else 0)
        if proofs:
            PROOFS.inc(await self._copy.prove(moment, proofs))
