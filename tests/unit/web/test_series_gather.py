"""Series from several workers: sums when all answer, honest when one does not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from chatstream.domain.series import Span
from web.counts.series import SeriesGather, SeriesPart

ASKED = Span(100, 103, 1)


@dataclass(eq=False)
class FakePeer:
    partitions: tuple[int, ...]
    numbers: list[int]
    generation: int = 3
    hangs: bool = False

    async def counts(self, name: str, asked: Span) -> SeriesPart:
        assert (name, asked) == ("chatAdd", ASKED)
        if self.hangs:
            await asyncio.Event().wait()
        return SeriesPart(self.generation, self.partitions, self.numbers)


def gather(*peers: FakePeer) -> SeriesGather:
    # Who answers does so at once; only who hangs is given up.
    seconds = 0.5 if any(peer.hangs for peer in peers) else 30
    return SeriesGather(lambda _: peers, 3, timeout=seconds)


async def test_points_are_summed_over_the_workers() -> None:
    found = await gather(FakePeer((0, 2), [1, 0, 5]), FakePeer((1,), [2, 0, 1])).ask(
        "chatAdd", ASKED
    )
    assert (found.counts, found.complete, found.answered) == ([3, 0, 6], True, 3)


async def test_a_silent_worker_is_missing_and_an_old_generation_is_not_believed() -> None:
    for other in (FakePeer((1,), [9, 9, 9], hangs=True), FakePeer((0, 1), [9, 9, 9], generation=2)):
        found = await gather(FakePeer((0, 2), [1, 0, 5]), other).ask("chatAdd", ASKED)
        assert (found.counts, found.complete) == ([1, 0, 5], False)
        assert (found.expected, found.answered) == (3, 2)
