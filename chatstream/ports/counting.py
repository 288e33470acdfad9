"""What the live tables count from: facts read back, and the words of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class FactReader(Protocol):
    """Reads facts back from Postgres, to fill a gap in a fact line."""

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        """(fact_no, the RESPONSE record's bytes) for `after < fact_no <= upto`, ascending."""
        ...


class LineHeads(Protocol):
    """Knows how far a fact line goes."""

    async def head(self, topic: str, partition: int) -> int:
        """The number of the line's last fact, 0 when it has none."""
        ...


class Tokenizer(Protocol):
    """Finds the words of a text, by the rules of `chatstream.domain.words`."""

    def count(self, text: str) -> Mapping[str, int]:
        """The words that count and how often each is in the text; the same for ever."""
        ...
