"""What the overview says: areas, what was found in each, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How grave something is, in that order; UNKNOWN: what would tell it does not answer."""

    WELL = "well"
    UNKNOWN = "unknown"
    WARN = "warn"
    BAD = "bad"


class Area(StrEnum):
    """The cards, in the order in which equally grave ones are told."""

    PROCESSES = "processes"
    SERVERS = "servers"
    TOPICS = "topics"
    LAG = "lag"
    LETTERS = "letters"
    SAGAS = "sagas"
    SANCTIONS = "sanctions"
    LOG = "log"
    REBUILDS = "rebuilds"


_GRAVITY = {level: number for number, level in enumerate(Level)}
_PLACE = {area: number for number, area in enumerate(Area)}

Facts = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class OverviewFinding:
    """Something that is not as it should be: `code` says what, `of` whom or what it is about.

    `facts` are the numbers and names of it, `page` is where one acts, `runbook` the section that
    says how (empty: none).
    """

    area: Area
    level: Level
    code: str
    of: str = ""
    facts: Facts = field(default_factory=dict)
    page: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """An area: its findings, and what it tells when nothing is wrong too.

    `shows` are numbers by what they are of, `rows` those of each one that it has, by name.
    """

    area: Area
    findings: Sequence[OverviewFinding] = ()
    shows: Facts = field(default_factory=dict)
    rows: Facts = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """That of its gravest finding."""
        return worst(each.level for each in self.findings)


def worst(levels: Iterable[Level]) -> Level:
    """The gravest; WELL of none."""
    return max(levels, key=_GRAVITY.__getitem__, default=Level.WELL)


def level_of(cards: Iterable[Card]) -> Level:
    """How the whole does: as its worst card."""
    return worst(card.level for card in cards)


def worst_first(cards: Iterable[Card]) -> Sequence[OverviewFinding]:
    """Every finding of every card once: the gravest first, then by area, code and name."""
    return sorted(
        (each for card in cards for each in card.findings),
        key=lambda each: (-_GRAVITY[each.level], _PLACE[each.area], each.code, each.of),
    )


def in_order(cards: Iterable[Card]) -> Sequence[Card]:
    """The cards in the order of the areas, which never changes, so that a page does not jump."""
    return sorted(cards, key=lambda card: _PLACE[card.area])


def no_answer(area: Area, store: str) -> Card:
    """The card of an area whose store does not answer."""
    return Card(area, (OverviewFinding(area, Level.UNKNOWN, "noAnswer", store),))
