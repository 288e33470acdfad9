"""What `brokers` says of the partitions, and when a broker may not begin anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatstream.commands.brokers import BEHIND_MOST, lines_of
from chatstream.errors import ConfigurationError
from infra.embedded import rebuilding
from infra.embedded.kafka import Kafka
from infra.embedded.rebuilding import rebuild
from infra.kafka.replicas import Replicas
from tests.unit.embedded.test_kafka import brokers

ALL = frozenset({1, 2, 3})


def replicas(partition: int, leader: int = 1, *in_sync: int) -> Replicas:
    return Replicas("t", partition, leader, ALL, frozenset(in_sync or ALL))


def test_each_broker_has_a_line_and_so_has_what_lacks_something() -> None:
    found = [replicas(0), replicas(1, 2, 1, 2), replicas(2, -1, 1)]
    assert list(lines_of(found)) == [
        "broker 1: leads 1 partitions, has all of 3 of 3",
        "broker 2: leads 1 partitions, has all of 2 of 3",
        "broker 3: leads 0 partitions, has all of 1 of 3",
        "t/1: behind are 3",
        "t/2: behind are 2, 3; nobody leads",
    ]


def test_of_many_partitions_only_some_are_named() -> None:
    lines = list(lines_of([replicas(n, 1, 1, 2) for n in range(BEHIND_MOST + 7)]))
    assert lines[-1] == "and 7 partitions more"
    assert len(lines) == 3 + BEHIND_MOST + 1


class Stack:
    """One with so many brokers, of which some answer; notes what it was asked to do."""

    def __init__(self, folder: Path, count: int) -> None:
        self.servers: Any = type("Servers", (), {"brokers": brokers(folder, count)})
        self.bootstrap = ""
        self.asked: list[str] = []

    def stop_process(self, name: str) -> None:
        self.asked.append(name)


@pytest.mark.parametrize(
    ("count", "name", "away", "in_sync", "said"),
    [
        (1, "kafka", (), ALL, "none of several brokers"),
        (3, "chat-1", (), ALL, "none of several brokers: kafka-1, kafka-2, kafka-3"),
        (3, "kafka-2", ("kafka-3",), ALL, "kafka-3 must be there first"),
        (3, "kafka-2", (), {2}, "only kafka-2 has all of t/0: wait"),
    ],
)
def test_a_broker_begins_anew_only_where_the_others_have_everything(
    count: int,
    name: str,
    away: tuple[str, ...],
    in_sync: frozenset[int],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [Replicas("t", 0, 2, ALL, frozenset(in_sync))]
    monkeypatch.setattr(Kafka, "is_ready", lambda each: each.node.name not in away)
    monkeypatch.setattr(rebuilding, "_replicas", lambda _stack: found)
    stack: Any = Stack(tmp_path, count)
    with pytest.raises(ConfigurationError, match=said):
        rebuild(stack, name, print)
    assert stack.asked == []
