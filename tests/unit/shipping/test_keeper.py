"""What is kept around rsyslogd, so that its end at any moment loses nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.shipping import followed, keeper
from infra.shipping.keeper import link_rotated


def test_after_a_clean_end_it_goes_on_with_what_it_remembers(tmp_path: Path) -> None:
    keeper.begin(tmp_path)
    (tmp_path / "work" / "state").write_text("1")
    keeper.end(tmp_path)
    keeper.begin(tmp_path)
    assert (tmp_path / "work" / "state").read_text() == "1"


def test_after_any_other_end_what_it_remembered_since_its_start_is_taken_back(
    tmp_path: Path,
) -> None:
    keeper.begin(tmp_path)
    (tmp_path / "work" / "state").write_text("1")
    keeper.end(tmp_path)
    for _ in range(2):
        keeper.begin(tmp_path)
        assert (tmp_path / "work" / "state").read_text() == "1"
        (tmp_path / "work" / "state").write_text("2")
        (tmp_path / "work" / "queue").write_text("lines")
    keeper.begin(tmp_path)
    assert [each.name for each in (tmp_path / "work").iterdir()] == ["state"]


def test_a_rotated_file_has_one_link_under_whatever_name_it_comes(tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    live, old = tmp_path / "chat-1.log", tmp_path / "chat-1.log.1"
    live.write_text("a")
    keeper.link_rotated([live], linked)
    assert [*linked.iterdir()] == []
    live.rename(old)
    keeper.link_rotated([live], linked)
    old.rename(tmp_path / "chat-1.log.2")
    (tmp_path / "chat-10.log.1").write_text("another process")
    (tmp_path / "chat-1.log.gz").write_text("no rotated file")
    keeper.link_rotated([live], linked)
    (link,) = linked.iterdir()
    assert link.name == f"chat-1.log.{link.stat().st_ino}"
    assert link.read_text() == "a"


def test_a_folder_is_read_while_its_last_change_is_young_and_when_its_names_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked, logs = tmp_path / "linked", tmp_path / "logs"
    linked.mkdir()
    logs.mkdir()
    live, looks = logs / "chat-1.log", list[Path]()

    def noted(files: Sequence[Path], linked: Path) -> None:
        looks.extend(files)
        link_rotated(files, linked)

    monkeypatch.setattr(keeper, "link_rotated", noted)
    rotations = keeper.Rotations([live], linked)
    for _ in range(2):
        rotations.look()
    assert looks == [live] * 2, "the folder was made just now"
    changed = time.time() - keeper.UNSURE_SECONDS - 1
    os.utime(logs, (changed, changed))
    for _ in range(2):
        rotations.look()
    assert looks == [live] * 3
    live.write_text("a")
    live.rename(logs / "chat-1.log.1")
    os.utime(logs, (changed + 0.5, changed + 0.5))
    rotations.look()
    assert [each.read_text() for each in linked.iterdir()] == ["a"]


def test_a_folder_that_comes_later_is_read_then(tmp_path: Path) -> None:
    linked, logs = tmp_path / "linked", tmp_path / "logs"
    linked.mkdir()
    rotations = keeper.Rotations([logs / "chat-1.log"], linked)
    rotations.look()
    logs.mkdir()
    (logs / "chat-1.log.1").write_text("a")
    rotations.look()
    assert [each.read_text() for each in linked.iterdir()] == ["a"]


def test_links_do_not_fill_the_disk(tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    live = tmp_path / "a.log"
    for number in range(12):
        (tmp_path / f"a.log.{number}").write_text(str(number))
    keeper.link_rotated([live], linked)
    assert len([*linked.iterdir()]) == keeper.KEPT == followed.KEPT


COUNTED = """
import pathlib, signal, sys, time
place = pathlib.Path(sys.argv[1], "work", "starts")
starts = int(place.read_text()) + 1 if place.exists() else 1
place.write_text(str(starts))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if starts == 3:
    sys.exit(5)
while True:
    time.sleep(0.01)
"""


COMPLAINING = """
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
def end(*_):
    sys.stderr.write("omkafka: onDestroy Failed to send remaining '3' messages\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / "found").write_text(str((folder / "work" / "state").exists()))
(folder / "work" / "state").write_text("read")
with (folder / "starts").open("a") as starts:
    starts.write(".")
if (folder / "starts").stat().st_size == 2:
    sys.exit(5)
while True:
    time.sleep(0.01)
"""


@pytest.mark.timeout(60)
def test_an_end_after_a_complaint_about_the_broker_is_not_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "CHECKPOINT_SECONDS", 1.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    command = [sys.executable, "-c", COMPLAINING, str(tmp_path)]
    assert keeper.keep(command, tmp_path, []) == 5
    assert (tmp_path / "found").read_text() == "False"


@pytest.mark.timeout(60)
def test_it_is_started_again_for_a_checkpoint_and_its_own_end_is_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "CHECKPOINT_SECONDS", 1.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    command = [sys.executable, "-c", COUNTED, str(tmp_path)]
    assert keeper.keep(command, tmp_path, []) == 5
    assert (tmp_path / "base" / "starts").read_text() == "2"
    assert (tmp_path / "running").exists()
