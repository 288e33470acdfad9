"""What /ops answers."""

from __future__ import annotations

from pydantic import Field

from chatstream.domain.overview.findings import (
    Area,
    Card,
    Level,
    OverviewFinding,
    in_order,
    level_of,
)
from chatstream.domain.overview.findings import worst_first as findings_of
from chatstream.domain.overview.processes import HeardProcess
from chatstream.domain.times import text_of
from web.edge.bodies import Shape


class FindingView(Shape):
    """Something that is not as it should be; `page` is where one acts, `runbook` a section of it.

    `facts`: `count`, `since` (seconds since 1970) and what else the code is about.
    """

    area: Area
    level: Level
    code: str
    of: str
    facts: dict[str, str | int | float]
    page: str
    runbook: str


class CardView(Shape):
    """An area: as grave as its worst finding; `shows` and `rows` are what it tells anyway."""

    area: Area
    level: Level
    shows: dict[str, str | int | float]
    rows: dict[str, str | int | float]


class ProcessView(Shape):
    """A process; `state`: ready, unready or silent, of which `heardAt` is the last word.

    `away` are the stores for which it waits.
    """

    worker: str
    service: str
    version: str
    state: str
    started_at: str
    heard_at: str
    reasons: dict[str, str]
    away: list[str]


class OverviewView(Shape):
    """The whole: `findings` of all cards, the worst first; none while all is well."""

    at: str
    level: Level = Field(description="as grave as its worst card")
    findings: list[FindingView]
    cards: list[CardView]
    processes: list[ProcessView]


def view(at: float, cards: list[Card], processes: list[HeardProcess]) -> OverviewView:
    """The answer made of these."""
    return OverviewView(
        at=text_of(at),
        level=level_of(cards),
        findings=[_finding(each) for each in findings_of(cards)],
        cards=[
            CardView(area=each.area, level=each.level, shows=dict(each.shows), rows=dict(each.rows))
            for each in in_order(cards)
        ],
        processes=[_process(each) for each in processes],
    )


def _finding(finding: OverviewFinding) -> FindingView:
    return FindingView(
        area=finding.area,
        level=finding.level,
        code=finding.code,
        of=finding.of,
        facts=dict(finding.facts),
        page=finding.page,
        runbook=finding.runbook,
    )


def _process(process: HeardProcess) -> ProcessView:
    beat = process.beat
    return ProcessView(
        worker=beat.worker,
        service=beat.service,
        version=beat.version,
        state=process.state,
        started_at=text_of(beat.started_at),
        heard_at=text_of(process.heard_at),
        reasons=dict(beat.reasons),
        away=list(beat.away),
    )
