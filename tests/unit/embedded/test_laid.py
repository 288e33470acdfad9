"""What a clone was laid for: another number of brokers is refused, a lost folder is known."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.doctor import kafka_data
from infra.embedded.laid import Laid, lay, lost_of, note_whole
from infra.embedded.layout import Layout


def folders(layout: Layout, count: int) -> list[Path]:
    return [layout.data(f"kafka-{n}" if count > 1 else "kafka") for n in range(1, count + 1)]


def format_all(layout: Layout, found: Sequence[Path]) -> None:
    """What the brokers' own tool does."""
    for folder in found:
        folder.mkdir(exist_ok=True)
        cluster = Laid.read(layout).cluster
        (folder / "meta.properties").write_text(f"#\nversion=1\ncluster.id={cluster}\n")


def laid(layout: Layout, count: int) -> list[Path]:
    found = folders(layout, count)
    assert lay(layout, found) == []
    format_all(layout, found)
    note_whole(layout)
    return found


def test_all_brokers_of_a_new_clone_are_of_one_cluster(layout: Layout) -> None:
    laid(layout, 3)
    cluster = Laid.read(layout).cluster
    assert len(cluster) == 22
    assert Laid.read(layout) == Laid(3, cluster, is_whole=True)
    assert lay(layout, folders(layout, 3)) == []
    assert Laid.read(layout).cluster == cluster


@pytest.mark.parametrize(("there", "wanted"), [(3, 1), (1, 3)])
def test_another_number_of_brokers_is_refused_with_the_fix(
    there: int, wanted: int, layout: Layout
) -> None:
    laid(layout, there)
    with pytest.raises(ConfigurationError, match=f"make run BROKERS={there}; or .*clean-data"):
        lay(layout, folders(layout, wanted))
    assert kafka_data(layout, wanted).mark == "MISSING"
    assert kafka_data(layout, None).mark == "ok"


def test_a_clone_of_before_has_one_broker_and_keeps_its_cluster(layout: Layout) -> None:
    layout.data("kafka").mkdir()
    (layout.data("kafka") / "meta.properties").write_text("cluster.id=abc\nnode.id=1\n")
    assert lay(layout, folders(layout, 1)) == []
    assert Laid.read(layout) == Laid(1, "abc", is_whole=True)
    with pytest.raises(ConfigurationError, match="BROKERS=1"):
        lay(layout, folders(layout, 3))


def test_a_folder_that_was_lost_is_made_again_for_the_same_cluster(layout: Layout) -> None:
    found = laid(layout, 3)
    cluster = Laid.read(layout).cluster
    shutil.rmtree(found[1])
    finding = kafka_data(layout, 3)
    assert (finding.mark, "kafka-2" in finding.found) == ("note", True)
    assert lay(layout, found) == [found[1]]
    assert Laid.read(layout).cluster == cluster


def test_an_emptied_folder_is_a_lost_one(layout: Layout) -> None:
    found = laid(layout, 3)
    (found[2] / "meta.properties").unlink()
    assert lost_of(layout, found) == [found[2]]


def test_empty_brokers_may_not_outvote_the_one_that_knows(layout: Layout) -> None:
    found = laid(layout, 3)
    for folder in found[:2]:
        shutil.rmtree(folder)
    with pytest.raises(ConfigurationError, match=r"kafka-1 and .*kafka-2 are gone.*clean-data"):
        lay(layout, found)
    assert kafka_data(layout, None).mark == "MISSING"


def test_where_all_are_gone_they_begin_together(layout: Layout) -> None:
    found = laid(layout, 3)
    for folder in found:
        shutil.rmtree(folder)
    assert lay(layout, found) == []


def test_a_start_that_ended_while_it_formatted_goes_on(layout: Layout) -> None:
    found = folders(layout, 3)
    lay(layout, found)
    format_all(layout, found[:1])
    cluster = Laid.read(layout).cluster
    assert lay(layout, found) == []
    assert Laid.read(layout).cluster == cluster


def test_where_there_is_nothing_it_says_so(layout: Layout) -> None:
    with pytest.raises(ConfigurationError, match="no data of Kafka"):
        Laid.read(layout)
    assert kafka_data(layout, None).mark == "ok"
