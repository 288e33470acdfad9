"""Connect beside a stack: its configuration, and the jars it is given."""

from __future__ import annotations

from pathlib import Path

from infra.embedded.cache import read_checksums
from infra.embedded.captured import COUNTS
from infra.embedded.connect import DEBEZIUM_VERSION, Connect, debezium_folder
from infra.embedded.downloads import HERE
from infra.embedded.layout import Layout
from infra.embedded.services import workers


def test_its_topics_are_its_own_and_nothing_of_it_is_reached_from_elsewhere(tmp_path: Path) -> None:
    told = Connect(Layout(tmp_path), tmp_path, tmp_path, "127.0.0.1:1", 3, 8099).properties()
    internal = [value for name, value in told.items() if name.endswith(".storage.topic")]
    assert sorted(internal) == [f"kakao.cdc.connect.{n}" for n in ("configs", "offsets", "status")]
    assert {v for name, v in told.items() if name.endswith("replication.factor")} == {"3"}
    assert told["listeners"] == "http://127.0.0.1:8099"
    assert told["value.converter.schemas.enable"] == "false"


def test_debezium_is_pinned_whole_without_what_connect_has(tmp_path: Path) -> None:
    pinned = read_checksums(HERE / f"checksums/debezium-{DEBEZIUM_VERSION}.sha256")
    assert f"debezium-connector-postgres-{DEBEZIUM_VERSION}.Final.jar" in pinned
    assert not [name for name in pinned if name.startswith(("kafka-", "connect-"))]
    assert f">{DEBEZIUM_VERSION}.Final<" in (HERE / "maven/debezium.xml").read_text()
    assert debezium_folder(tmp_path).name.startswith(f"debezium-{DEBEZIUM_VERSION}-")


def test_a_captured_stack_runs_the_reports() -> None:
    assert "reporting" in [each.name for each in workers(dict(COUNTS))]
    assert "reporting" not in [each.name for each in workers({})]
