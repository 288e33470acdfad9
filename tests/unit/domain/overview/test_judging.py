"""From what was found out to what is wrong: each card, and the laws of the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.lag.states import LagState
from chatstream.domain.overview import judging
from chatstream.domain.overview.findings import (
    Area,
    Card,
    Level,
    OverviewFinding,
    in_order,
    level_of,
    no_answer,
    worst,
    worst_first,
)
from chatstream.domain.overview.processes import READY, SILENT, UNREADY, Beat, HeardProcess, Hearing
from chatstream.domain.overview.samples import (
    LagSample,
    LogSample,
    PartitionsSample,
    SagasSample,
    SanctionsSample,
)

NOW = 1_795_953_600.0
BEAT = Beat("chat-1", "chat", "a", NOW - 900)


def hearing() -> Hearing:
    found = Hearing("own")
    for ago in range(300, -1, -10):
        found.heard(NOW - ago)
    return found


def codes(card: Card) -> list[tuple[str, str, Level]]:
    return [(each.code, each.of, each.level) for each in card.findings]


def processes(*found: HeardProcess, services: tuple[str, ...] = ("chat",)) -> Card:
    return judging.of_processes(found, services, hearing(), NOW)


def process(state: str = READY, **more: object) -> HeardProcess:
    return HeardProcess(replace(BEAT, **more), NOW - 60, state)  # type: ignore[arg-type]


def test_processes_that_are_ready_are_nothing_to_tell_of() -> None:
    card = processes(process())
    assert (card.level, codes(card), dict(card.shows)) == (
        Level.WELL,
        [],
        {"count": 1, "ready": 1},
    )


def test_a_silent_process_is_told_exactly_once() -> None:
    card = processes(process(SILENT, away=("chat-0",), reasons={"worker": "x"}))
    assert codes(card) == [("silent", "chat-1", Level.BAD)]
    assert card.findings[0].facts == {"since": NOW - 60}


def test_a_service_of_which_nobody_is_known_is_told() -> None:
    card = processes(process(), services=("chat", "log"))
    assert codes(card) == [("nobody", "log", Level.BAD)]
    assert card.findings[0].runbook == "ServiceDown"


def test_one_that_is_not_ready_is_given_a_minute_after_its_start() -> None:
    late = process(UNREADY, reasons={"tail": "it is behind"})
    assert codes(processes(late)) == [("unready", "chat-1", Level.WARN)]
    fresh = process(UNREADY, reasons={"tail": "it is behind"}, started_at=NOW - 30)
    assert codes(processes(fresh)) == [("unready", "chat-1", Level.UNKNOWN)]
    assert processes(late).findings[0].facts == {"checks": "tail"}


def test_a_process_that_waits_for_a_store_or_fell_is_told() -> None:
    fallen = replace(process(away=("chat-0", "elastic")), fell_at=NOW - 100)
    assert codes(processes(fallen)) == [
        ("fell", "chat-1", Level.WARN),
        ("away", "chat-1", Level.WARN),
    ]


def test_who_hears_nothing_says_so_and_nothing_of_others() -> None:
    deaf = Hearing("own")
    card = judging.of_processes([process(SILENT)], ("chat", "log"), deaf, NOW)
    assert codes(card) == [("deaf", "kafka", Level.UNKNOWN)]


def test_nobody_is_missed_before_they_had_the_time_to_speak() -> None:
    young = Hearing("own")
    young.heard(NOW - 5)
    assert judging.of_processes([], ("chat",), young, NOW).level is Level.WELL


def test_a_server_that_does_not_answer_is_told() -> None:
    card = judging.of_servers({"Elasticsearch": False, "postgres-auth": True})
    assert codes(card) == [("serverAway", "Elasticsearch", Level.BAD)]
    assert card.rows == {"Elasticsearch": 0, "postgres-auth": 1}


@pytest.mark.parametrize("state", list(LagState))
def test_a_group_is_told_by_its_state(state: LagState) -> None:
    card = judging.of_lag(LagSample({"g": state, "h": "OK"}, {"g": 7, "h": 0}, NOW, True))
    expected = [] if state is LagState.OK else [f"lag{state}"]
    assert [each.code for each in card.findings] == expected
    assert all(each.facts == {"count": 7} for each in card.findings)
    assert card.rows == {"g": 7}


def test_while_the_monitor_is_away_no_group_is_judged() -> None:
    card = judging.of_lag(LagSample({"g": "STOP"}, {"g": 7}, NOW - 300, False))
    assert codes(card) == [("noSamples", "", Level.UNKNOWN)]


def test_partitions_without_a_leader_are_worse_than_those_that_lack_copies() -> None:
    sample = PartitionsSample(3, 24, 2, 1, {1: 24, 2: 0}, ("t/0",))
    assert codes(judging.of_topics(sample)) == [
        ("leaderless", "", Level.BAD),
        ("lacking", "", Level.WARN),
        ("brokerAway", "kafka-2", Level.BAD),
    ]
    assert judging.of_topics(PartitionsSample(3, 24, 0, 0, {1: 24})).level is Level.WELL


def test_the_log_tells_of_errors_by_service_and_of_lines_that_stand() -> None:
    fresh = {judging.LINES: NOW - 10}
    card = judging.of_log(LogSample({"chat": 4.0}, {"chat": 2}, fresh), NOW)
    assert codes(card) == [("errors", "", Level.WARN)]
    assert card.findings[0].facts == {"count": 2, "named": "chat 2"}
    assert (dict(card.shows), card.rows) == ({"rate": 4.0, "errors": 2}, {"chat": 4.0})
    stands = judging.of_log(LogSample({}, {}, {judging.LINES: NOW - 301}), NOW)
    assert codes(stands) == [("linesStand", "", Level.WARN)]
    assert judging.of_log(LogSample({}, {}, {}), NOW).findings[0].facts == {}


def test_a_stuck_erasure_is_told_and_one_that_runs_is_not() -> None:
    assert judging.of_sagas(SagasSample(4, 0)).level is Level.WELL
    assert codes(judging.of_sagas(SagasSample(4, 1))) == [("stuck", "", Level.BAD)]


def test_mutes_are_nothing_wrong() -> None:
    card = judging.of_sanctions(SanctionsSample(9, 2))
    assert (card.level, dict(card.shows)) == (Level.WELL, {"inForce": 9, "new": 2})


def letters(oldest: float, **waiting: int) -> Beat:
    name = "chatstream_dead_letters_waiting"
    counts = {f"{name}|{topic}|{why}": 1.0 * n for topic, n in waiting.items() for why in "ab"}
    more = {"chatstream_dead_letters_oldest_age_seconds": oldest}
    return replace(BEAT, worker="log-1", service="log", counts=counts | more)


def test_dead_letters_are_told_by_topic_and_are_worse_near_their_end() -> None:
    card = judging.of_letters([BEAT, letters(60, t=2, u=0)], NOW)
    assert codes(card) == [("letters", "t", Level.WARN)]
    assert dict(card.shows) == {"count": 4, "oldest": NOW - 60}
    assert judging.of_letters([letters(13 * 3600, t=1)], NOW).level is Level.BAD
    assert judging.of_letters([letters(0)], NOW).level is Level.WELL


def test_letters_that_nobody_counts_are_not_known() -> None:
    assert codes(judging.of_letters([BEAT], NOW)) == [("notCounted", "log", Level.UNKNOWN)]


def test_rebuilds_tell_of_generations_and_of_the_last_comparison() -> None:
    beats = [
        replace(BEAT, counts={"chatstream_stats_generation": 2.0}),
        replace(BEAT, counts={"chatstream_stats_generation": 3.0}),
        replace(
            BEAT,
            counts={
                "chatstream_log_came_round_timestamp_seconds": NOW - 100,
                "chatstream_log_differences|missing": 2.0,
                "chatstream_tables_recovery_remaining_records": 5.0,
            },
        ),
        replace(BEAT, counts={"chatstream_tables_recovery_remaining_records": -2.0}),
    ]
    card = judging.of_rebuilds(beats, 2, NOW)
    assert codes(card) == [("differs", "", Level.WARN)]
    assert dict(card.shows) == {
        "generation": 2,
        "building": 3,
        "toRecover": 5,
        "compared": NOW - 100,
    }
    old = replace(BEAT, counts={"chatstream_log_came_round_timestamp_seconds": 1.0})
    assert codes(judging.of_rebuilds([old], 0, NOW)) == [("comparedLongAgo", "", Level.WARN)]


findings = st.builds(
    OverviewFinding,
    area=st.sampled_from(Area),
    level=st.sampled_from([Level.UNKNOWN, Level.WARN, Level.BAD]),
    code=st.sampled_from(["a", "b"]),
    of=st.sampled_from(["x", "y"]),
)
cards = st.lists(st.builds(Card, st.sampled_from(Area), st.lists(findings)), max_size=9)


@given(cards)
def test_the_worst_card_decides_and_what_is_worst_comes_first(found: list[Card]) -> None:
    assert level_of(found) == worst(card.level for card in found)
    told = worst_first(found)
    assert len(told) == sum(len(card.findings) for card in found)
    gravity = [list(Level).index(each.level) for each in told]
    assert gravity == sorted(gravity, reverse=True)
    assert (level_of(found) is Level.WELL) == (not told)
    assert not told or told[0].level == level_of(found)
    assert [card.area for card in in_order(found)] == sorted(
        (card.area for card in found), key=list(Area).index
    )


@given(st.sampled_from(Area))
def test_a_store_that_is_away_is_its_cards_one_finding(area: Area) -> None:
    assert codes(no_answer(area, "Kafka")) == [("noAnswer", "Kafka", Level.UNKNOWN)]
