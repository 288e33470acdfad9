"""Brokers as they are configured: back soon after a kill, and nothing with fewer copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.embedded.brokers import Brokers, create_brokers, names, port_names
from infra.embedded.kafka import ELECTION_MS, FETCH_MS, SECOND_COMPILER_LATER, Kafka
from infra.embedded.layout import Layout

# Seconds after which a killed broker may have been refused by its own controller, and within which
# the partitions that it led have another leader.
WITHIN = 5.0


def brokers(folder: Path, count: int) -> Brokers:
    ports = {name: 9001 + at for at, name in enumerate(port_names(count))}
    return create_brokers(Layout(folder), folder / "jars", ports, count)


@pytest.fixture
def kafka(tmp_path: Path) -> Kafka:
    return brokers(tmp_path, 1).by_name()["kafka"]


def test_a_killed_broker_may_register_again_within_seconds(kafka: Kafka) -> None:
    session = float(kafka.properties()["broker.session.timeout.ms"]) / 1000
    beat = float(kafka.properties()["broker.heartbeat.interval.ms"]) / 1000
    # It asks once a beat.
    assert session + beat < WITHIN


def test_a_broker_that_is_only_slow_misses_several_beats_before_it_is_fenced(kafka: Kafka) -> None:
    session = int(kafka.properties()["broker.session.timeout.ms"])
    assert session >= 5 * int(kafka.properties()["broker.heartbeat.interval.ms"])


def test_the_quorum_chooses_anew_before_a_session_that_it_counts_would_be_too_long(
    kafka: Kafka,
) -> None:
    session = int(kafka.properties()["broker.session.timeout.ms"])
    assert (FETCH_MS + ELECTION_MS + session) / 1000 < WITHIN


def test_the_second_compiler_waits_and_three_of_one_machine_do_without_it(tmp_path: Path) -> None:
    (alone,) = brokers(tmp_path, 1).by_name().values()
    assert set(SECOND_COMPILER_LATER) <= set(alone.program().command)
    for each in brokers(tmp_path, 3).by_name().values():
        assert "-XX:TieredStopAtLevel=1" in each.program().command


def test_clients_are_told_all_brokers_and_how_many_copies_there_are(tmp_path: Path) -> None:
    three = brokers(tmp_path, 3)
    assert three.bootstrap == "127.0.0.1:9001,127.0.0.1:9003,127.0.0.1:9005"
    assert three.environment == {"CHATSTREAM_KAFKA__REPLICATION": "3"}
    assert brokers(tmp_path, 1).bootstrap == "127.0.0.1:9001"


def test_three_brokers_vote_and_each_has_its_own_place(tmp_path: Path) -> None:
    found = [each.properties() for each in brokers(tmp_path, 3).by_name().values()]
    assert {each["controller.quorum.voters"] for each in found} == {
        "1@127.0.0.1:9002,2@127.0.0.1:9004,3@127.0.0.1:9006"
    }
    for own in ("node.id", "listeners", "advertised.listeners", "log.dirs"):
        assert len({each[own] for each in found}) == 3, own


@pytest.mark.parametrize(("count", "told"), [(1, "1"), (3, "2")])
def test_every_topic_has_all_copies_and_a_producer_is_told_after_all_but_one(
    count: int, told: str, tmp_path: Path
) -> None:
    for each in brokers(tmp_path, count).by_name().values():
        properties = each.properties()
        copies = {name: value for name, value in properties.items() if "replication.factor" in name}
        assert set(copies.values()) == {str(count)}
        assert len(copies) == 4, "those of clients, of groups, of transactions, of shared groups"
        least = {name: value for name, value in properties.items() if name.endswith("min.isr")}
        assert set(least.values()) == {told} == {properties["min.insync.replicas"]}


@pytest.mark.parametrize(("count", "is_told"), [(1, False), (3, True)])
def test_that_nothing_happens_is_written_where_other_controllers_follow(
    count: int, is_told: bool, tmp_path: Path
) -> None:
    for each in brokers(tmp_path, count).by_name().values():
        assert ("metadata.max.idle.interval.ms" not in each.properties()) == is_told


def test_the_only_broker_keeps_its_name_and_its_folder(tmp_path: Path) -> None:
    assert names(1) == ["kafka"]
    assert names(3) == ["kafka-1", "kafka-2", "kafka-3"]
    assert brokers(tmp_path, 1).by_name()["kafka"].folder == Layout(tmp_path).data("kafka")


def test_a_broker_that_lost_its_folder_starts_after_those_that_have_theirs(tmp_path: Path) -> None:
    three = brokers(tmp_path, 3)
    everything = [*names(3), "elasticsearch"]
    assert three.in_turns(everything) == [everything]
    three.lost.append("kafka-2")
    assert three.in_turns(everything) == [["kafka-1", "kafka-3", "elasticsearch"], ["kafka-2"]]
