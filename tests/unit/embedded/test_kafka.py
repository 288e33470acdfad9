"""The broker of a stack is back soon after it was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.embedded.kafka import Kafka
from infra.embedded.layout import Layout

# Seconds after which a killed broker may have been refused by its own controller.
WITHIN = 5.0


@pytest.fixture
def kafka(tmp_path: Path) -> Kafka:
    return Kafka(Layout(tmp_path), tmp_path / "jars", 9001, 9002)


def test_a_killed_broker_may_register_again_within_seconds(kafka: Kafka) -> None:
    session = float(kafka.properties()["broker.session.timeout.ms"]) / 1000
    beat = float(kafka.properties()["broker.heartbeat.interval.ms"]) / 1000
    # It asks once a beat.
    assert session + beat < WITHIN


def test_a_broker_that_is_only_slow_misses_several_beats_before_it_is_fenced(kafka: Kafka) -> None:
    session = int(kafka.properties()["broker.session.timeout.ms"])
    assert session >= 5 * int(kafka.properties()["broker.heartbeat.interval.ms"])
