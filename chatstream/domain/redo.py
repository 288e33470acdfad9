"""The order in which what the log says is done again on a state that is older than the log.

Facts are the truth: only what was accepted is done again, in the order and at the time that the
facts tell, so that it takes the same numbers. What was refused stays refused. What others' copies
forbid (an erasure, a block, a mute) comes last and what they permit first: a wish that was accepted
is accepted again, however late the copy was then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Any

Line = tuple[str, int]
"""A RESPONSE topic and the number of a partition."""


@dataclass(frozen=True, slots=True)
class ToldFact:
    """A fact as the log has it; `at` is RFC 3339, by the clock of the database that stored it.

    `rev` is the number by which the facts of one room follow one another (0: has none).
    """

    line: Line
    fact_no: int
    at: str
    rev: int
    record: Any


@dataclass(frozen=True, slots=True)
class MissingFacts:
    """Facts of a line that cannot be done again: those after `head`, up to `last`."""

    line: Line
    head: int
    last: int

    def __str__(self) -> str:
        """For people."""
        topic, partition = self.line
        return f"{topic}/{partition}: facts {self.head + 1} to {self.last}"


def beyond(
    heads: Mapping[Line, int], told: Iterable[ToldFact]
) -> tuple[dict[Line, list[ToldFact]], list[MissingFacts]]:
    """The facts that each line lacks, by number and each once, and where they cannot follow.

    A line of which the next fact is not there has none of those behind it either.
    """
    known: dict[Line, dict[int, ToldFact]] = {}
    for fact in told:
        if fact.fact_no > heads.get(fact.line, 0):
            known.setdefault(fact.line, {}).setdefault(fact.fact_no, fact)
    lines: dict[Line, list[ToldFact]] = {}
    gaps = []
    for line, facts in sorted(known.items()):
        head = heads.get(line, 0)
        while head + 1 in facts:
            head += 1
            lines.setdefault(line, []).append(facts[head])
        if head < max(facts):
            gaps.append(MissingFacts(line, head, max(facts)))
    return lines, gaps


def in_order(lines: Iterable[Sequence[ToldFact]]) -> Iterator[ToldFact]:
    """The facts of all lines by their times, each line by its numbers, a room by its revisions."""
    return merge(*lines, key=lambda fact: (fact.at, fact.rev, fact.line))


def batches(facts: Iterable[ToldFact], homes: Mapping[int, str]) -> Iterator[list[ToldFact]]:
    """The facts in runs of one topic, moment and home: what one transaction may have stored."""
    for _, run in groupby(
        facts, key=lambda fact: (fact.line[0], fact.at, homes.get(fact.line[1], ""))
    ):
        yield list(run)
