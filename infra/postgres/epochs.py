"""Epochs of fact lines: who may write a (RESPONSE topic, partition)."""

from __future__ import annotations

from collections.abc import Iterable

from infra.postgres.pool import Database


class LineEpochs:
    """This worker's epochs for the lines of one topic in one database.

    A line is claimed (its epoch raised) on the first batch of each consumer generation rather than
    in the assignment itself: a claim there would hold the whole group while a database is down.
    Until the claim an older worker may still store: that is in order, since the line row's lock
    puts one after the other; from the claim on it is fenced.
    """

    def __init__(self, database: Database, topic: str) -> None:
        self.topic = topic
        self._database = database
        self._claims: dict[int, tuple[int | None, int]] = {}

    async def epochs(self, generation: int | None, partitions: Iterable[int]) -> dict[int, int]:
        """The epoch of each partition, claimed now when this generation has not done so yet."""
        wanted = sorted(set(partitions))
        missing = [p for p in wanted if p not in self._claims or self._claims[p][0] != generation]
        if missing:
            rows = await self._database.fetch(
                "select part, claimed from claim_lines(%s, %s::int[])", (self.topic, missing)
            )
            self._claims.update({part: (generation, epoch) for part, epoch in rows})
        return {p: self._claims[p][1] for p in wanted}
