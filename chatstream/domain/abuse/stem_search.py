"""Many stems looked for at one place of a text in one go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from chatstream.domain.abuse.stems import Stem

_Spans = tuple[tuple[int, int], ...]


class StemSearch:
    """Stems as one pattern that always matches, with a group for each stem.

    Those that begin alike are tried only where anything begins so.
    """

    def __init__(self, stems: Sequence[Stem]) -> None:
        alike = sorted(enumerate(stems), key=lambda each: each[1].start)
        numbers = {order: number for number, (order, _) in enumerate(alike, start=1)}
        self._stems = [(numbers[order], stem) for order, stem in enumerate(stems)]
        groups = groupby((stem for _, stem in alike), key=attrgetter("start"))
        self._pattern = re.compile("".join(_any_of(start, list(each)) for start, each in groups))

    def matches(self, text: str, start: int) -> list[tuple[Stem, int]]:
        """The stems that match at exactly `start`, each with its end; in the order given."""
        found = self._pattern.match(text, start)
        if found is None or found.lastindex is None:
            return []
        spans: _Spans = found.regs
        return [(stem, end) for number, stem in self._stems if (end := spans[number][1]) > start]


def _any_of(start: str, stems: Sequence[Stem]) -> str:
    each = "".join(f"(?:(?=({stem.pattern}))|)" for stem in stems)
    return f"(?:(?={start}){each}|)"
