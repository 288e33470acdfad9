"""What people decided about each other, in memory, with the rules of the stores."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.ports.blocks import BlockNews


class FakeBlocks:
    """ports.blocks.BlockStore; `known` has the newest news of each pair."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], BlockNews] = {}

    @property
    def held(self) -> set[tuple[str, str]]:
        """The pairs (blocker, blocked) that hold now."""
        return {pair for pair, one in self.known.items() if one.holds}

    async def store(self, news: Sequence[BlockNews]) -> None:
        for one in news:
            pair = (one.blocker_id, one.blocked_id)
            if pair not in self.known or self.known[pair].fact_no < one.fact_no:
                self.known[pair] = one
