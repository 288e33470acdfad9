"""From what was found out to what is wrong: a function for each card; none asks anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from chatstream.domain.lag.states import LagState
from chatstream.domain.overview.findings import Area, Card, Facts, Level, OverviewFinding
from chatstream.domain.overview.processes import SILENT, UNREADY, Beat, HeardProcess, Hearing
from chatstream.domain.overview.samples import (
    LagSample,
    LogSample,
    PartitionsSample,
    SagasSample,
    SanctionsSample,
)

SETTLES = 60.0
"""Seconds for which a process may be not ready after its start: it reads its tables."""
LETTERS_WAIT = 12 * 3600.0
"""Seconds after which a dead letter is near its end, as the alert has it."""
LINES_STAND = 300.0
"""Seconds without a new line after which the shipper or the log stands, as the alert has it."""
LINES = "chatstream.app"
"""The dataset in which there is a line a minute at least."""
ROUND = 3 * 86_400.0
"""Seconds in which the search should have been compared as a whole."""

_WAITING = "chatstream_dead_letters_waiting"
_OLDEST = "chatstream_dead_letters_oldest_age_seconds"
_CAME_ROUND = "chatstream_log_came_round_timestamp_seconds"
_DIFFERS = "chatstream_log_differences"
_GENERATION = "chatstream_stats_generation"
_TO_RECOVER = "chatstream_tables_recovery_remaining_records"
COUNTED = (_WAITING, _OLDEST, _CAME_ROUND, _DIFFERS, _GENERATION, _TO_RECOVER)
"""Metrics of a process that its heartbeats carry."""


def of_processes(
    found: Sequence[HeardProcess], services: Collection[str], hearing: Hearing, now: float
) -> Card:
    """Who is silent, not ready or waits for a store, and of which service nobody is known.

    A deaf listener says so, and nothing of others.
    """
    area = Area.PROCESSES
    shows = {"count": len(found), "ready": sum(each.state == "ready" for each in found)}
    if hearing.is_deaf(now):
        facts = {} if hearing.last is None else {"since": hearing.last}
        return Card(area, (OverviewFinding(area, Level.UNKNOWN, "deaf", "kafka", facts),), shows)
    findings = [each for process in found for each in _of_process(process, now)]
    known = {each.beat.service for each in found}
    findings += [
        OverviewFinding(area, Level.BAD, "nobody", service, runbook="ServiceDown")
        for service in services
        if service not in known and _is_settled(hearing, now)
    ]
    return Card(area, findings, shows)


def _is_settled(hearing: Hearing, now: float) -> bool:
    """Whether whoever is there has had the time to say so."""
    return hearing.since is not None and now - hearing.since > SETTLES / 2


def _of_process(process: HeardProcess, now: float) -> Iterator[OverviewFinding]:
    beat, area = process.beat, Area.PROCESSES
    page = f"/ops/log?service={beat.service}"
    if process.state == SILENT:
        facts = {"since": process.heard_at}
        yield OverviewFinding(area, Level.BAD, "silent", beat.worker, facts, page, "ProcessDown")
        return
    if process.state == UNREADY:
        level = Level.WARN if now - beat.started_at > SETTLES else Level.UNKNOWN
        checks = {"checks": ",".join(beat.reasons)}
        yield OverviewFinding(area, level, "unready", beat.worker, checks, page, "ProcessDown")
    if process.fell_at is not None:
        facts_fell = {"since": process.fell_at}
        yield OverviewFinding(
            area, Level.WARN, "fell", beat.worker, facts_fell, page, "ProcessRestarts"
        )
    if beat.away:
        facts_away = {"stores": ", ".join(beat.away)}
        yield OverviewFinding(
            area, Level.WARN, "away", beat.worker, facts_away, page, "LaneStalled"
        )


def of_servers(answers: Mapping[str, bool]) -> Card:
    """The servers that were asked, by name, and whether they answered."""
    area = Area.SERVERS
    return Card(
        area,
        [
            OverviewFinding(area, Level.BAD, "serverAway", name, runbook="LaneStalled")
            for name, has_answered in answers.items()
            if not has_answered
        ],
        {"count": len(answers), "answering": sum(answers.values())},
        {name: int(has_answered) for name, has_answered in answers.items()},
    )


_LAG_LEVEL = {
    LagState.WARN: Level.WARN,
    LagState.REWIND: Level.WARN,
    LagState.STALL: Level.BAD,
    LagState.STOP: Level.BAD,
}
_LAG_RUNBOOK = {LagState.STALL: "ConsumerGroupStopped", LagState.STOP: "ConsumerGroupStopped"}


def of_lag(sample: LagSample) -> Card:
    """The groups that do not keep up; UNKNOWN while the monitor is away."""
    area, page = Area.LAG, "/ops/lag"
    states = [LagState(each) for each in sample.states.values()]
    shows = {state.value: states.count(state) for state in LagState}
    if not sample.is_current:
        facts = {} if sample.sampled_at is None else {"since": sample.sampled_at}
        return Card(
            area, (OverviewFinding(area, Level.UNKNOWN, "noSamples", "", facts, page),), shows
        )
    return Card(
        area,
        [
            OverviewFinding(
                area,
                _LAG_LEVEL[LagState(state)],
                f"lag{state}",
                group,
                {"count": sample.records.get(group, 0)},
                page,
                _LAG_RUNBOOK.get(LagState(state), "ConsumerGroupBehind"),
            )
            for group, state in sample.states.items()
            if LagState(state) is not LagState.OK
        ],
        shows,
        _most(sample.records),
    )


def _most(counts: Mapping[str, int]) -> Mapping[str, int]:
    """The three that have most, as far as they have any."""
    some = [(name, count) for name, count in counts.items() if count]
    return dict(sorted(some, key=lambda each: (-each[1], each[0]))[:3])


def of_topics(sample: PartitionsSample) -> Card:
    """Partitions without a leader, and those that lack copies."""
    area, page = Area.TOPICS, "/ops/topics"
    named = ", ".join(sample.named)
    found = [
        OverviewFinding(area, level, code, "", {"count": count, "named": named}, page)
        for level, code, count in (
            (Level.BAD, "leaderless", sample.leaderless),
            (Level.WARN, "lacking", sample.lacking),
        )
        if count
    ]
    for broker, whole in sample.brokers.items():
        if not whole:
            found.append(OverviewFinding(area, Level.BAD, "brokerAway", f"kafka-{broker}"))
    return Card(area, found, {"topics": sample.topics, "partitions": sample.partitions})


def of_log(sample: LogSample, now: float) -> Card:
    """Errors of the last hour, and whether new lines come."""
    area = Area.LOG
    errors = sum(sample.errors.values())
    found = []
    newest = sample.newest.get(LINES)
    if newest is None or now - newest > LINES_STAND:
        facts = {} if newest is None else {"since": newest}
        found.append(
            OverviewFinding(area, Level.WARN, "linesStand", "", facts, "/ops/log", "LogLinesStand")
        )
    if errors:
        most = _most(sample.errors)
        told: Facts = {"count": errors, "named": ", ".join(f"{who} {n}" for who, n in most.items())}
        page = "/ops/log?dataset=logs&level=error"
        found.append(OverviewFinding(area, Level.WARN, "errors", "", told, page))
    shows = {"rate": round(sum(sample.rates.values()), 1), "errors": errors}
    rates = sorted(sample.rates.items(), key=lambda each: each[0])
    return Card(area, found, shows, {name: round(rate, 1) for name, rate in rates})


def of_sagas(sample: SagasSample) -> Card:
    """Erasures that ask for a person."""
    area, found = Area.SAGAS, []
    if sample.stuck:
        facts = {"count": sample.stuck}
        found.append(
            OverviewFinding(area, Level.BAD, "stuck", "", facts, "/ops/sagas", "ErasureStuck")
        )
    return Card(area, found, {"running": sample.running, "stuck": sample.stuck})


def of_sanctions(sample: SanctionsSample) -> Card:
    """Mutes are nothing that is wrong; they are told."""
    return Card(Area.SANCTIONS, (), {"inForce": sample.in_force, "new": sample.new})


def of_letters(beats: Sequence[Beat], now: float) -> Card:
    """What the log service counts of dead letters: by topic, and the age of the oldest."""
    area, page = Area.LETTERS, "/ops/dlq"
    counters = [beat for beat in beats if _OLDEST in beat.counts]
    if not counters:
        return Card(area, (OverviewFinding(area, Level.UNKNOWN, "notCounted", "log", {}, page),))
    told = max(counters, key=lambda beat: beat.started_at).counts
    topics: dict[str, int] = {}
    for name, count in told.items():
        metric, *labels = name.split("|")
        if metric == _WAITING:
            topics[labels[0]] = topics.get(labels[0], 0) + int(count)
    oldest = told[_OLDEST]
    found = [
        OverviewFinding(
            area,
            Level.BAD if oldest > LETTERS_WAIT else Level.WARN,
            "letters",
            topic,
            {"count": count},
            f"{page}?state=waiting",
            "DeadLettersExpire" if oldest > LETTERS_WAIT else "DeadLetters",
        )
        for topic, count in topics.items()
        if count
    ]
    shows: dict[str, int | float] = {"count": sum(topics.values())}
    return Card(area, found, {**shows, "oldest": now - oldest} if found else shows, topics)


def of_rebuilds(beats: Sequence[Beat], serving: int, now: float) -> Card:
    """The generations of the live tables, and what the last comparisons of the search found."""
    area = Area.REBUILDS
    counts = [beat.counts for beat in beats]
    found = []
    shows: dict[str, int | float] = {"generation": serving}
    building = {int(each[_GENERATION]) for each in counts if each.get(_GENERATION, 0) > serving}
    if building:
        shows["building"] = max(building)
    lacking = sum(max(0, int(each.get(_TO_RECOVER, 0))) for each in counts)
    if lacking:
        shows["toRecover"] = lacking
    compared = max((each.get(_CAME_ROUND, 0.0) for each in counts), default=0.0)
    if compared:
        shows["compared"] = compared
    differences = sum(
        int(v) for each in counts for k, v in each.items() if k.split("|")[0] == _DIFFERS
    )
    if differences:
        facts = {"count": differences}
        found.append(OverviewFinding(area, Level.WARN, "differs", "", facts, "", "CopiesDiffer"))
    if compared and now - compared > ROUND:
        found.append(
            OverviewFinding(
                area, Level.WARN, "comparedLongAgo", "", {"since": compared}, "", "WorkStands"
            )
        )
    return Card(area, found, shows)
